"""Counting agreements again from scratch: to mend what is stored, to check it, or to try a sample of it.

`rebuild` and `check` work agreement by agreement. The caller ends the transaction after each step (commits
what was rebuilt, rolls back what was checked), so both can be interrupted and run again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from heapq import nsmallest
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.db import begin_write
from server.errors import NotFound
from server.events import emit
from server.fulfilment import adapter, counting, summary
from server.fulfilment.events import FulfilmentChanged, Stream
from server.fulfilment.models import Drift, StaleStream
from server.fulfilment.rules import facts
from server.fulfilment.service import COUNTED_STATES, PassedOver, mark, streams_of
from server.organisations.revisions import hold_revisions
from server.prepared import Prepared, ask


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored window that is not what it should be: of a subject, or (None) the sum over all of them.

    `stored` and `computed` hold what differs, by name; `stored` is empty where there is no row, `computed`
    where there should be none.
    """

    agreement_id: UUID
    commitment_id: UUID
    subject_id: UUID | None
    start: date
    stored: dict[str, Any]
    computed: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """One agreement is done, the `done`-th of `of`: `different` windows were not what they should be, and
    `differences` says of `check` how. `waiting` of its streams are marked for a recount."""

    done: int
    of: int
    agreement_id: UUID
    records: int
    streams: int
    different: int
    waiting: int = 0
    differences: Sequence[Difference] = field(default=())


def rebuild(session: Session, agreement_ids: Collection[UUID] | None, now: datetime) -> Iterator[Progress]:
    """Count all streams of these agreements (None: of all that count) and store what differs.

    Raises NotFound for an agreement that does not count. The caller commits after each step.
    """
    chosen = _counted(session, agreement_ids)
    session.rollback()  # each step opens a writer's transaction of its own
    for done, agreement_id in enumerate(chosen, start=1):
        begin_write(session)
        promises = _locked(session, agreement_id)
        counted = counting.count(session, promises, now)
        wrong = len(counted.changes) or len(_sum_differences(session, promises.id, counted.clauses))
        if wrong:
            writes = counting.writes(session, promises, counted.changes)
            summary.resum(session, promises.id, counted.clauses, after=writes)
        # What stands above is made again, whatever it says now.
        emit(session, FulfilmentChanged(promises.id))
        _FORGET_MARKS.run(session.connection(), {"agreement": promises.id})
        yield Progress(done, len(chosen), promises.id, counted.records, counted.streams, wrong)


def check(session: Session, agreement_ids: Collection[UUID] | None, now: datetime) -> Iterator[Progress]:
    """Count as `rebuild` does and write nothing. Streams that wait for their recount may differ.

    The caller rolls back after each step: until then nobody else changes the agreement's facts.
    """
    chosen = _counted(session, agreement_ids)
    for done, agreement_id in enumerate(chosen, start=1):
        promises = _locked(session, agreement_id)
        waiting = _waiting(session, promises.id)
        counted = counting.count(session, promises, now)
        wrong = [_of_change(promises.id, each) for each in counted.changes if _key(each) not in waiting]
        wrong += _sum_differences(session, promises.id, counted.clauses)
        read = counted.records, counted.streams
        yield Progress(done, len(chosen), promises.id, *read, len(wrong), len(waiting), tuple(wrong))


def _counted(session: Session, agreement_ids: Collection[UUID] | None) -> Sequence[UUID]:
    statement = select(Agreement.id).where(Agreement.state.in_(COUNTED_STATES)).order_by(Agreement.id)
    if agreement_ids is not None:
        statement = statement.where(Agreement.id.in_(agreement_ids))
    found = session.scalars(statement).all()
    if agreement_ids is not None and set(agreement_ids) != set(found):
        raise NotFound("agreement")
    return found


def _locked(session: Session, agreement_id: UUID) -> adapter.Promises:
    """What the agreement promises, read under its institution's lock."""
    ((institution,),) = _INSTITUTION.rows(session.connection(), {"agreement": agreement_id})
    hold_revisions(session, [institution])
    return adapter.promises(session, agreement_id)


_INSTITUTION = Prepared(select(Agreement.institution_id).where(Agreement.id == bindparam("agreement")))
_FORGET_MARKS = Prepared(delete(StaleStream).where(StaleStream.agreement_id == bindparam("agreement")))


def _waiting(session: Session, agreement_id: UUID) -> set[tuple[UUID, UUID]]:
    marked = select(StaleStream.commitment_id, StaleStream.subject_id)
    rows = session.execute(marked.where(StaleStream.agreement_id == agreement_id))
    return {(commitment_id, subject_id) for commitment_id, subject_id in rows}


def _key(change: counting.Change) -> tuple[UUID, UUID]:
    return change.commitment_id, change.subject_id


def _of_change(agreement_id: UUID, change: counting.Change) -> Difference:
    stored, computed = change.differing
    return Difference(agreement_id, change.commitment_id, change.subject_id, change.start, stored, computed)


_OF_WINDOW = ("commitment_id", "start", "end")


def _sum_differences(
    session: Session, agreement_id: UUID, clauses: Mapping[UUID, facts.Commitment]
) -> list[Difference]:
    """Where a window of a commitment is not the sum of its obligations as they are stored now."""
    asked = summary.sums_asked(agreement_id, clauses), summary.stored_sums_asked(clauses)
    computed, stored = map(_by_window, ask(session.connection(), *asked))
    found = []
    for window in sorted(computed.keys() | stored.keys()):
        is_, should = stored.get(window, {}), computed.get(window, {})
        names = [name for name in (should or is_) if is_.get(name) != should.get(name)]
        if names:
            told = [{name: row[name] for name in names if row} for row in (is_, should)]
            found.append(Difference(agreement_id, window[0], None, window[1], *told))
    return found


def _by_window(rows: Iterable[dict[str, Any]]) -> dict[tuple[UUID, date, date], dict[str, Any]]:
    return {(row["commitment_id"], row["start"], row["end"]): row for row in rows}


def sample(
    session: Session, now: datetime, count: int, seed: int, failing: PassedOver | None = None
) -> list[Drift]:
    """Count about `count` streams again, drawn by the seed from as many agreements; what differs, as rows.

    The rows are not added. What waits for its recount is no drift, and what looks like one is looked at again
    under the institution's lock: somebody may have written between two reads. With `failing` an agreement
    that cannot be counted is passed over; without, it raises.
    """
    ids = session.scalars(select(Agreement.id).where(Agreement.state.in_(COUNTED_STATES))).all()
    drawn = _draw(ids, count, seed)
    each = -(-count // len(drawn)) if drawn else 0
    drifts: list[Drift] = []
    for agreement_id in drawn:
        with failing.around(session, agreement_id) if failing else nullcontext():
            drifts += _drifts_of(session, agreement_id, now, each, seed)
    return drifts


def _drifts_of(session: Session, agreement_id: UUID, now: datetime, count: int, seed: int) -> list[Drift]:
    promises = adapter.promises(session, agreement_id)
    chosen: dict[UUID, set[UUID]] = defaultdict(set)
    for stream in _draw(streams_of(session, promises), count, seed):
        chosen[stream.commitment_id].add(stream.subject_id)
    if not _drifted(session, promises, now, chosen):
        return []
    found = _drifted(session, _locked(session, agreement_id), now, chosen)
    return [_drift(difference, now) for difference in found]


_Item = TypeVar("_Item", UUID, Stream)


def _draw(items: Iterable[_Item], count: int, seed: int) -> list[_Item]:
    return nsmallest(count, items, key=lambda item: blake2b(f"{seed} {item}".encode()).digest())


def _drifted(
    session: Session, promises: adapter.Promises, now: datetime, chosen: dict[UUID, set[UUID]]
) -> list[Difference]:
    waiting = _waiting(session, promises.id)
    counted = counting.count(session, promises, now, chosen)
    wrong = [_of_change(promises.id, each) for each in counted.changes if _key(each) not in waiting]
    return wrong + _sum_differences(session, promises.id, counted.clauses)


def _drift(difference: Difference, now: datetime) -> Drift:
    return Drift(
        found_at=now,
        agreement_id=difference.agreement_id,
        commitment_id=difference.commitment_id,
        subject_id=difference.subject_id,
        start=difference.start,
        stored=_in_words(difference.stored),
        computed=_in_words(difference.computed),
    )


def _in_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON keeps them: days and ids as text."""
    return {name: str(value) if isinstance(value, date | UUID) else value for name, value in values.items()}


def mend(session: Session, drifts: Collection[Drift], now: datetime) -> None:
    """Sum the windows of the agreements that drifted again, and leave all their streams to `drain`."""
    ids = {drift.agreement_id for drift in drifts}
    institutions = select(Agreement.institution_id).where(Agreement.id.in_(ids))
    hold_revisions(session, session.scalars(institutions))
    for promises in (adapter.promises(session, one) for one in sorted(ids)):
        mark(session, set(streams_of(session, promises)), now)
        summary.resum(session, promises.id, {each: plan.commitment for each, plan in promises.plans.items()})
        emit(session, FulfilmentChanged(promises.id))
