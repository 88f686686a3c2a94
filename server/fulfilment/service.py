"""Keeping obligations true: every change marks the streams it touches, and the engine recounts those.

Few streams are recounted before the commit of the request that touched them; more are marked, and drained by
a job. Whoever counts or marks streams of an institution first locks its revision: the next one to do so reads
what the one before it committed, so no window misses a record, no sum an obligation and no drain a mark.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server import clock
from server.agreements.events import AgreementChanged
from server.agreements.queries import with_promises
from server.demands.events import DemandChanged
from server.events import emit, savepoint
from server.fulfilment import adapter, counting, summary
from server.fulfilment.adapter import Promises
from server.fulfilment.events import FulfilmentChanged, Stream, StreamsTouched
from server.fulfilment.models import Obligation, StaleStream
from server.fulfilment.rules.facts import Commitment
from server.organisations.models import InstitutionRevision
from server.organisations.revisions import hold_revisions
from server.prepared import Question
from server.residents.events import ResidentChanged
from server.residents.models import Resident, Stay
from server.rounds.events import RecordChanged
from server.rounds.models import ServiceRecord

log = logging.getLogger(__name__)

# A record can still matter to an agreement that ended this many days before it, by the clause's makeup days.
LONGEST_MAKEUP = timedelta(days=366)
# So many streams are counted in the request that touched them, in some 200 ms; of more it only leaves marks.
AT_ONCE = 600
COUNTED_STATES = adapter.COUNTED_STATES


def on_records_changed(session: Session, events: Sequence[RecordChanged], _now: datetime) -> None:
    found = _in_force(session, {event.institution_id for event in events}, _still_open(events))
    touch_recorded(session, events, found)


def promised_to(events: Sequence[RecordChanged]) -> Question[list[Promises]]:
    """What is promised for which these records may count, for `touch_recorded`: to be asked with others, by
    who holds the revisions of their institutions."""
    return adapter.in_force_asked({event.institution_id for event in events}, _still_open(events))


def _still_open(events: Sequence[RecordChanged]) -> date:
    return min((event.on for event in events), default=date.max) - LONGEST_MAKEUP


def touch_recorded(session: Session, events: Sequence[RecordChanged], found: Sequence[Promises]) -> None:
    """Have the streams recounted for which these records may count under what was `found` promised."""
    asking: dict[tuple[UUID, str], list[tuple[Promises, UUID, Commitment]]] = defaultdict(list)
    for promises in found:
        for commitment_id, plan in promises.plans.items():
            for service in set(plan.commitment.services):
                asking[promises.institution_id, service].append((promises, commitment_id, plan.commitment))
    streams = (
        Stream(event.institution_id, promises.id, commitment_id, subject)
        for event in events
        for promises, commitment_id, commitment in asking.get((event.institution_id, event.service), ())
        if _can_count(event, promises, commitment)
        and (subject := event.subject_id if _for_residents(commitment) else event.institution_id)
    )
    _touch(session, streams, found)


def _can_count(event: RecordChanged, promises: Promises, commitment: Commitment) -> bool:
    """Whether a record of this day and party is taken at all: earlier and later terms are left in peace."""
    if commitment.kind == "on_demand" or event.on > promises.last_day + timedelta(commitment.makeup_days):
        return False
    if commitment.kind == "once":
        return True
    return promises.medical_id == event.medical_id and event.on >= promises.starts


def on_residents_changed(session: Session, events: Sequence[ResidentChanged], _now: datetime) -> None:
    """Terms that ended before the day from which the resident's facts differ are none of it."""
    since = min(event.since for event in events)
    found = _in_force(session, {event.institution_id for event in events}, since)
    streams = (
        Stream(promises.institution_id, promises.id, commitment_id, event.resident_id)
        for event in events
        for promises in found
        if promises.institution_id == event.institution_id and promises.last_day >= event.since
        for commitment_id, plan in promises.plans.items()
        if _for_residents(plan.commitment)
    )
    _touch(session, streams, found)


def _in_force(session: Session, institutions: Collection[UUID], ended_after: date) -> list[Promises]:
    """What is promised at these institutions by agreements that count, read under their locks."""
    session.flush()  # what this transaction promises is asked of the database
    hold_revisions(session, institutions)
    return adapter.in_force(session, institutions, ended_after)


def on_agreements_changed(session: Session, events: Sequence[AgreementChanged], now: datetime) -> None:
    """Check what is promised in every state; count it once the agreement is active."""
    ids = {event.agreement_id for event in events}
    agreements = session.scalars(with_promises(ids).execution_options(populate_existing=True)).all()
    for agreement in agreements:
        adapter.promises_of(agreement, clock.local_day(now, agreement.timezone))
    # An amendment locks nothing by itself: who is moving in meanwhile is waited for, and counted with it.
    hold_revisions(session, {each.institution_id for each in agreements})
    counted = [adapter.promises(session, each.id) for each in agreements if each.state in COUNTED_STATES]
    _touch(session, (stream for promises in counted for stream in streams_of(session, promises)))


def on_demands_changed(session: Session, events: Sequence[DemandChanged], _now: datetime) -> None:
    """Requests are judged when they are read: only the rates above them may be others now."""
    asked = {(event.institution_id, event.medical_id, event.service) for event in events}
    session.flush()
    for promises in adapter.in_force(session, {institution for institution, _, _ in asked}, date.min):
        parties = (promises.institution_id, promises.medical_id)
        for plan in promises.plans.values():
            services = plan.commitment.services if plan.commitment.kind == "on_demand" else ()
            if any((*parties, service) in asked for service in services):
                emit(session, FulfilmentChanged(promises.id))


def on_streams_touched(session: Session, events: Sequence[StreamsTouched], now: datetime) -> None:
    streams: set[Stream] = set().union(*(event.streams for event in events))
    touch_streams(session, streams, now, [each for event in events for each in event.promises])


def _touch(session: Session, streams: Iterable[Stream], promises: Sequence[Promises] = ()) -> None:
    if touched := frozenset(streams):
        emit(session, StreamsTouched(touched, promises))


def _for_residents(commitment: Commitment) -> bool:
    return commitment.scope == "resident"


def streams_of(session: Session, promises: Promises) -> Iterator[Stream]:
    """Every stream of an agreement: all who live there in its term, and all who have records or windows of it
    although they do not."""
    subjects = session.scalars(_subjects(promises)).all()
    home = promises.institution_id
    for commitment_id, plan in promises.plans.items():
        if plan.commitment.kind == "on_demand":
            continue
        if plan.commitment.scope == "institution":
            yield Stream(home, promises.id, commitment_id, home)
        else:
            yield from (Stream(home, promises.id, commitment_id, one) for one in subjects if one != home)


def _subjects(promises: Promises) -> Select[UUID]:
    services = {service for plan in promises.plans.values() for service in plan.commitment.services}
    living = (
        select(Stay.resident_id.label("subject_id"))
        .join(Resident, Resident.id == Stay.resident_id)
        .where(
            Resident.institution_id == promises.institution_id,
            Stay.starts <= promises.last_day,
            or_(Stay.ends.is_(None), Stay.ends >= promises.starts),
        )
    )
    recorded = select(ServiceRecord.subject_id).where(
        ServiceRecord.institution_id == promises.institution_id,
        ServiceRecord.medical_id == promises.medical_id,
        ServiceRecord.service.in_(services),
        ServiceRecord.on.between(promises.starts, promises.last_day + LONGEST_MAKEUP),
        ServiceRecord.subject_id.is_not(None),
    )
    stored = select(Obligation.subject_id).where(Obligation.commitment_id.in_(promises.plans))
    every = living.union(recorded, stored).subquery()
    return select(every.c.subject_id)


def touch_streams(
    session: Session, streams: Collection[Stream], now: datetime, known: Iterable[Promises] = ()
) -> None:
    """Recount these streams now, or mark all of them when they are more than `AT_ONCE`."""
    if len(streams) <= AT_ONCE:
        recount(session, streams, now, known)
    else:
        mark(session, streams, now)


def mark(session: Session, streams: Collection[Stream], now: datetime) -> None:
    """Leave these streams to `drain`."""
    hold_revisions(session, {stream.institution_id for stream in streams})
    rows = [{**stream._asdict(), "marked_at": now} for stream in sorted(streams)]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.connection().execute(dialect.insert(StaleStream).on_conflict_do_nothing(), rows)


def recount(
    session: Session, streams: Collection[Stream], now: datetime, known: Iterable[Promises] = ()
) -> int:
    """Recompute these streams by the engine and store what differs. Returns how many windows changed.

    `known` is what agreements promise, as read under their institution's lock in this transaction; others are
    read here.
    """
    if not streams:
        return 0
    session.flush()  # the engine reads what this transaction wrote
    hold_revisions(session, {stream.institution_id for stream in streams})
    by_agreement: dict[UUID, dict[UUID, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for stream in streams:
        by_agreement[stream.agreement_id][stream.commitment_id].add(stream.subject_id)
    promises = {each.id: each for each in known}
    # Read under the lock: what an agreement promises may have been another before.
    counted = [
        recount_agreement(session, promises.get(one) or adapter.promises(session, one), now, chosen)
        for one, chosen in sorted(by_agreement.items())
    ]
    return sum(len(each.changes) for each in counted)


def recount_agreement(
    session: Session,
    promises: Promises,
    now: datetime,
    chosen: dict[UUID, set[UUID]] | None = None,
) -> counting.Counted:
    """Count an agreement's streams (`chosen` subjects by commitment, or all), store what differs, sum it up.

    The caller holds its institution's revision.
    """
    counted = counting.count(session, promises, now, chosen)
    if counted.changes:
        writes = counting.writes(session, promises, counted.changes)
        starts = {(change.commitment_id, change.start) for change in counted.changes}
        summary.resum(session, promises.id, counted.clauses, starts, after=writes)
        emit(session, FulfilmentChanged(promises.id))
    return counted


@dataclass(slots=True)
class PassedOver:
    """Agreements that cannot be counted, so that they stop none beside them: those known, and those `found`,
    each with why."""

    known: frozenset[UUID] = frozenset()
    found: dict[UUID, Exception] = field(default_factory=dict)

    @contextmanager
    def around(self, session: Session, agreement_id: UUID) -> Iterator[None]:
        """What is done inside is undone, and the agreement noted, when it raises. A database in trouble is
        not the agreement's fault."""
        try:
            with savepoint(session):
                yield
        except OperationalError:
            raise
        except Exception as error:
            log.error("agreement %s cannot be counted", agreement_id, exc_info=error)
            self.found[agreement_id] = error


def drain(session: Session, now: datetime, *, limit: int = 500, failing: PassedOver | None = None) -> int:
    """Recount up to `limit` marked streams of one institution and take their marks away.

    Returns how many; 0 when nothing was left to do. The caller finishes the transaction and calls again. With
    `failing` an agreement that cannot be counted keeps its marks and is passed over; without, it raises.
    """
    after: UUID | None = None
    while (institution := _next_marked(session, after, _left_out(failing))) is not None:
        marked = (
            select(*(getattr(StaleStream, name) for name in Stream._fields))
            .where(StaleStream.institution_id == institution)
            .where(StaleStream.agreement_id.not_in(_left_out(failing)))
            .order_by(StaleStream.agreement_id, StaleStream.commitment_id, StaleStream.subject_id)
            .limit(limit)
        )
        streams = [Stream(*row) for row in session.execute(marked)]
        if done := sum(_drained(session, one, now, failing) for one in _by_agreement(streams)):
            return done
        if not streams:
            after = institution  # somebody else drained it while this one waited
    return 0


def _left_out(failing: PassedOver | None) -> set[UUID]:
    return {*failing.known, *failing.found} if failing else set()


def _by_agreement(streams: Iterable[Stream]) -> list[set[Stream]]:
    return [set(of_one) for _, of_one in groupby(streams, key=attrgetter("agreement_id"))]


def _drained(session: Session, streams: set[Stream], now: datetime, failing: PassedOver | None) -> int:
    """Recount the marked streams of one agreement. Returns how many; 0 when it is passed over."""
    agreement_id = next(iter(streams)).agreement_id
    with failing.around(session, agreement_id) if failing else nullcontext():
        recount(session, streams, now)
        _unmark(session, streams)
    return 0 if failing and agreement_id in failing.found else len(streams)


def _next_marked(session: Session, after: UUID | None, left_out: Collection[UUID]) -> UUID | None:
    """An institution with marks, locked: rather one that nobody works on than wait for another's end.

    Institutions are waited for in id order, as everywhere: drains and writers never deadlock.
    """
    counter = InstitutionRevision.institution_id
    marks = select(StaleStream.commitment_id).where(
        StaleStream.institution_id == counter, StaleStream.agreement_id.not_in(left_out)
    )
    statement = select(counter).where(marks.exists()).order_by(counter).limit(1)
    if after is not None:
        statement = statement.where(counter > after)
    free = session.scalar(statement.with_for_update(skip_locked=True))
    return free if free is not None else session.scalar(statement.with_for_update())


def _unmark(session: Session, streams: Collection[Stream]) -> None:
    key = tuple_(StaleStream.commitment_id, StaleStream.subject_id)
    named = [(stream.commitment_id, stream.subject_id) for stream in streams]
    session.connection().execute(delete(StaleStream).where(key.in_(named)))


def stale_counts(session: Session, agreement_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many streams of each agreement wait for their recount; those without any are not named."""
    rows = session.execute(
        select(StaleStream.agreement_id, func.count())
        .where(StaleStream.agreement_id.in_(set(agreement_ids)))
        .group_by(StaleStream.agreement_id)
    )
    return dict(iter(rows))
