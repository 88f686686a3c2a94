"""Duties to see somebody again: made and closed by records, in the transaction that stores them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry
from server.audit.service import entry as trail_entry
from server.audit.tags import Tag
from server.catalogue.queries import form_of, services
from server.db import among
from server.errors import Refusal, invalid
from server.followups.events import FollowUpStated
from server.followups.models import FollowUp, FollowUpWord
from server.followups.rules import (
    DONE_REASONS,
    PLACES,
    Duty,
    Known,
    Reading,
    due_on,
    duties,
    duty_id,
    left_on,
    matter_of,
    matters,
    near,
    sees_to,
)
from server.organisations.revisions import hold_revisions
from server.prepared import Prepared, Question
from server.residents.events import ResidentChanged
from server.residents.models import Stay
from server.rounds.events import FollowedRecorded, RecordChanged
from server.rounds.models import ServiceRecord
from server.rounds.rules import Line
from server.rounds.service import Act, Deeds

_RESIDENTS = 100  # in one transaction
_Stream = tuple[UUID, str]  # a resident and a matter


@cache
def touched(service: str) -> frozenset[str]:
    """The matters that a record of a service may open or close: what its form finds urgent, and itself."""
    return frozenset({service, *matters(form_of(service), service)})


@cache
def _seeing_to(matter: str) -> frozenset[str]:
    """The services whose records may open or close a matter; one that is known no more sees to itself."""
    return frozenset(code for code in services() if matter in touched(code)) | {matter}


def duty_of(lines: Mapping[UUID, Line], wanted: UUID) -> Known | None:
    """The duty of this id that an urgent record of the same batch will make."""
    for place in range(PLACES):
        line = lines.get(near(wanted, place))
        if line is None or line.subject_id is None or line.state == "void":
            continue
        form = form_of(line.service)
        for matter in {matter_of(form, line.service, code) for code in line.urgent}:
            if duty_id(line.id, form, line.service, matter) == wanted:
                return Known(wanted, line.institution_id, line.medical_id, line.subject_id, matter, "open")
    return None


def state_why_none(deeds: Deeds, act: Act, duty: Known, reason: str, text: str | None) -> None:
    """Say why no record closes a duty. `duty` is what is known of it, or of the record that makes it."""
    if duty.medical_id not in act.actor.medical:
        raise Refusal("not_yours")
    if duty.state != "open":
        raise Refusal("void" if duty.state == "void" else "already_closed")
    if reason not in DONE_REASONS:
        raise invalid("payload.reason", "unknown_choice")
    if reason == "other" and not text:
        raise invalid("payload.text", "required")
    said = {"by_id": act.actor.id, "at": act.at, "reason": reason, "text": text}
    deeds.rows[FollowUpWord].append({"follow_up_id": duty.id, "entry_id": act.entry_id, **said})
    deeds.rows[AuditEntry].append(
        trail_entry(
            act.actor,
            Tag.FOLLOW_UP_DONE,
            act.now,
            subject=duty.id,
            organisation=duty.medical_id,
            other=duty.institution_id,
            reason=reason,
        )
    )
    duty.state = "done"


_WATCHED = Prepared(
    select(FollowUp.subject_id, FollowUp.matter).where(among(FollowUp.subject_id, "subjects")).distinct()
)


def watched(subjects: Collection[UUID]) -> Question[set[_Stream]]:
    """In which matters these residents have, or had, duties: to be asked with others."""
    return Question(_WATCHED, {"subjects": subjects}, lambda rows: {(row[0], row[1]) for row in rows})


def concerns(watching: Collection[_Stream], subject: UUID, service: str) -> bool:
    """Whether a record of the service may close one of the duties that are watched, or close it no more."""
    return any((subject, matter) in watching for matter in touched(service))


def on_records_changed(session: Session, events: Sequence[RecordChanged], _now: datetime) -> None:
    """Count anew where there are duties already: a record may close one, or close it no more."""
    changed = {
        (event.subject_id, matter)
        for event in events
        if event.subject_id
        for matter in touched(event.service)
    }
    if not changed:
        return
    known = session.execute(
        select(FollowUp.subject_id, FollowUp.matter)
        .where(FollowUp.subject_id.in_({subject for subject, _ in changed}))
        .distinct()
    )
    _recount(session, changed & {(row.subject_id, row.matter) for row in known})


def on_followed_recorded(session: Session, events: Sequence[FollowedRecorded], _now: datetime) -> None:
    _recount(session, {(event.subject_id, matter) for event in events for matter in touched(event.service)})


def on_stated(session: Session, events: Sequence[FollowUpStated], _now: datetime) -> None:
    _recount(session, {(event.subject_id, event.matter) for event in events})


def on_residents_changed(session: Session, events: Sequence[ResidentChanged], _now: datetime) -> None:
    """Somebody moved out, and what was open closes; or came back, and it is open again."""
    gone = and_(FollowUp.state == "done", FollowUp.closed_by_id.is_(None), FollowUp.closed_on.is_not(None))
    rows = session.execute(
        select(FollowUp.subject_id, FollowUp.matter)
        .where(
            FollowUp.subject_id.in_({event.resident_id for event in events}),
            or_(FollowUp.state == "open", gone),
        )
        .distinct()
    )
    _recount(session, {(row.subject_id, row.matter) for row in rows})


def recount_next(session: Session, after: UUID) -> UUID | None:
    """Count the duties of the next residents anew, by id after `after`; the last of them, None at the end."""
    wanted = select(FollowUp.subject_id).where(FollowUp.subject_id > after).distinct()
    chosen = session.scalars(wanted.order_by(FollowUp.subject_id).limit(_RESIDENTS)).all()
    if not chosen:
        return None
    theirs = FollowUp.subject_id.in_(chosen)
    hold_revisions(session, session.scalars(select(FollowUp.institution_id).where(theirs).distinct()))
    rows = session.execute(select(FollowUp.subject_id, FollowUp.matter).where(theirs).distinct())
    _recount(session, {(row.subject_id, row.matter) for row in rows})
    return chosen[-1]


def _recount(session: Session, streams: Collection[_Stream]) -> None:
    """Make the rows of these streams what their records say: idempotent, whatever came first."""
    if not streams:
        return
    session.flush()
    subjects = {subject for subject, _ in streams}
    records = _records(session, streams)
    stored = {
        row.id: row for row in session.scalars(select(FollowUp).where(FollowUp.subject_id.in_(subjects)))
    }
    words, left = _words(session, records), _left(session, subjects)
    for stream in sorted(streams):
        matter = stream[1]
        named = {_id(record, matter): record for record in records[stream]}
        readings = [_reading(id_, record, matter) for id_, record in named.items()]
        _reconcile(session, stream, named, stored, duties(readings, words, left.get(stream[0])))


def _reconcile(
    session: Session,
    stream: _Stream,
    named: Mapping[UUID, ServiceRecord],
    stored: dict[UUID, FollowUp],
    counted: Sequence[Duty],
) -> None:
    for duty in counted:
        if duty.id not in stored:
            stored[duty.id] = _new(session, duty.id, named[duty.id])
        _set(stored[duty.id], stream[1], duty, named)
    standing = {duty.id for duty in counted}
    for row in stored.values():
        if (row.subject_id, row.matter) == stream and row.id not in standing:
            row.state, row.closed_on, row.closed_by_id, row.word_of = "void", None, None, None


def _id(record: ServiceRecord, matter: str) -> UUID:
    return duty_id(record.id, form_of(record.service), record.service, matter)


def _urgent(record: ServiceRecord, matter: str) -> list[str]:
    """The record's urgent codes that are about a matter."""
    form = form_of(record.service)
    return [code for code in record.urgent if matter_of(form, record.service, code) == matter]


def _reading(id_: UUID, record: ServiceRecord, matter: str) -> Reading:
    due = due_on(record.on, record.assessment) if _urgent(record, matter) else None
    seen = sees_to(form_of(record.service), record.service, record.form, matter)
    counts = seen and record.outcome == "done" and record.not_counted is None
    return Reading(id_, record.on, record.made_at, counts, due)


def _new(session: Session, id_: UUID, record: ServiceRecord) -> FollowUp:
    same = "institution_id medical_id performer_id subject_id service on"
    said = {name: getattr(record, name) for name in same.split()}
    made = FollowUp(**said, id=id_, record_id=record.id, state="open")
    session.add(made)
    return made


def _set(row: FollowUp, matter: str, duty: Duty, named: Mapping[UUID, ServiceRecord]) -> None:
    row.matter, row.state = matter, "open" if duty.open else "done"
    row.due_on, row.urgent = duty.due_on, _urgent(named[duty.id], matter)
    row.closed_on, row.word_of = duty.closed_on, duty.word_of
    row.closed_by_id = named[duty.closed_by].id if duty.closed_by else None


def _records(session: Session, streams: Collection[_Stream]) -> Mapping[_Stream, list[ServiceRecord]]:
    """Of each stream the records that were not withdrawn, of all services that may see to it."""
    wanted = {service for _, matter in streams for service in _seeing_to(matter)}
    found: dict[_Stream, list[ServiceRecord]] = defaultdict(list)
    for row in session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.subject_id.in_({subject for subject, _ in streams}),
            ServiceRecord.service.in_(wanted),
            ServiceRecord.state != "void",
        )
        .execution_options(populate_existing=True)  # the door writes past the session
    ):
        if row.subject_id:
            for matter in touched(row.service):
                found[row.subject_id, matter].append(row)
    return found


def _left(session: Session, subjects: Collection[UUID]) -> Mapping[UUID, date]:
    """The last days of those of these residents who live there no more."""
    stays: dict[UUID, list[tuple[date, date | None]]] = defaultdict(list)
    rows = session.execute(
        select(Stay.resident_id, Stay.starts, Stay.ends).where(Stay.resident_id.in_(subjects))
    )
    for row in rows:
        stays[row.resident_id].append((row.starts, row.ends))
    found = {resident: left_on(periods) for resident, periods in stays.items()}
    return {resident: day for resident, day in found.items() if day}


def _words(session: Session, records: Mapping[_Stream, Iterable[ServiceRecord]]) -> Mapping[UUID, datetime]:
    """When somebody said why no record closes a duty, by the duty's id."""
    urgent = {_id(row, matter) for (_, matter), rows in records.items() for row in rows if row.urgent}
    rows = session.execute(
        select(FollowUpWord.follow_up_id, FollowUpWord.at).where(FollowUpWord.follow_up_id.in_(urgent))
    )
    return dict(iter(rows))
