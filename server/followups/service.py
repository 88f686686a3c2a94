"""Duties to see somebody again: made and closed by records, in the transaction that stores them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry
from server.audit.service import entry as trail_entry
from server.audit.tags import Tag
from server.db import among
from server.errors import Refusal, invalid
from server.followups.events import FollowUpStated
from server.followups.models import FollowUp, FollowUpWord
from server.followups.rules import DONE_REASONS, Duty, Known, Reading, due_on, duties, left_on
from server.prepared import Prepared, Question
from server.residents.events import ResidentChanged
from server.residents.models import Stay
from server.rounds.events import FollowedRecorded, RecordChanged
from server.rounds.models import ServiceRecord
from server.rounds.service import Act, Deeds

_Stream = tuple[UUID, str]  # a resident and a service


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
    select(FollowUp.subject_id, FollowUp.service).where(among(FollowUp.subject_id, "subjects")).distinct()
)


def watched(subjects: Collection[UUID]) -> Question[set[_Stream]]:
    """Of which services these residents have, or had, duties: to be asked with others."""
    return Question(_WATCHED, {"subjects": subjects}, lambda rows: {(row[0], row[1]) for row in rows})


def on_records_changed(session: Session, events: Sequence[RecordChanged], _now: datetime) -> None:
    """Count anew where there are duties already: a record may close one, or close it no more."""
    changed = {(event.subject_id, event.service) for event in events if event.subject_id}
    if not changed:
        return
    known = session.execute(
        select(FollowUp.subject_id, FollowUp.service)
        .where(FollowUp.subject_id.in_({subject for subject, _ in changed}))
        .distinct()
    )
    _recount(session, changed & {(row.subject_id, row.service) for row in known})


def on_followed_recorded(session: Session, events: Sequence[FollowedRecorded], _now: datetime) -> None:
    _recount(session, {(event.subject_id, event.service) for event in events})


def on_stated(session: Session, events: Sequence[FollowUpStated], _now: datetime) -> None:
    _recount(session, {(event.subject_id, event.service) for event in events})


def on_residents_changed(session: Session, events: Sequence[ResidentChanged], _now: datetime) -> None:
    """Somebody moved out, and what was open closes; or came back, and it is open again."""
    gone = and_(FollowUp.state == "done", FollowUp.closed_by_id.is_(None), FollowUp.closed_on.is_not(None))
    rows = session.execute(
        select(FollowUp.subject_id, FollowUp.service)
        .where(
            FollowUp.subject_id.in_({event.resident_id for event in events}),
            or_(FollowUp.state == "open", gone),
        )
        .distinct()
    )
    _recount(session, {(row.subject_id, row.service) for row in rows})


def _recount(session: Session, streams: Collection[_Stream]) -> None:
    """Make the rows of these streams what their records say: idempotent, whatever came first."""
    if not streams:
        return
    session.flush()
    records = _records(session, streams)
    words = _words(session, [row.id for rows in records.values() for row in rows if row.urgent])
    stored: dict[_Stream, dict[UUID, FollowUp]] = defaultdict(dict)
    subjects, services = zip(*streams, strict=True)
    left = _left(session, subjects)
    for row in session.scalars(
        select(FollowUp).where(FollowUp.subject_id.in_(subjects), FollowUp.service.in_(services))
    ):
        stored[row.subject_id, row.service][row.id] = row
    for stream in sorted(streams):
        counted = duties(map(_reading, records[stream]), words, left.get(stream[0]))
        _reconcile(session, records[stream], stored[stream], counted)


def _reconcile(
    session: Session,
    records: Sequence[ServiceRecord],
    stored: Mapping[UUID, FollowUp],
    counted: Sequence[Duty],
) -> None:
    by_id = {record.id: record for record in records}
    for duty in counted:
        _set(stored.get(duty.id) or _new(session, by_id[duty.id]), duty, by_id[duty.id])
    for id_ in stored.keys() - {duty.id for duty in counted}:
        gone = stored[id_]
        gone.state, gone.closed_on, gone.closed_by_id = "void", None, None


def _reading(record: ServiceRecord) -> Reading:
    due = due_on(record.on, record.assessment) if record.urgent else None
    counts = record.outcome == "done" and record.not_counted is None
    return Reading(record.id, record.on, record.made_at, counts, due)


def _new(session: Session, record: ServiceRecord) -> FollowUp:
    same = "id institution_id medical_id performer_id subject_id service on"
    made = FollowUp(**{name: getattr(record, name) for name in same.split()}, state="open")
    session.add(made)
    return made


def _set(row: FollowUp, duty: Duty, record: ServiceRecord) -> None:
    row.state = "open" if duty.open else "done"
    row.due_on, row.urgent = duty.due_on, list(record.urgent)
    row.closed_on, row.closed_by_id = duty.closed_on, duty.closed_by


def _records(session: Session, streams: Collection[_Stream]) -> Mapping[_Stream, list[ServiceRecord]]:
    subjects, services = zip(*streams, strict=True)
    found: dict[_Stream, list[ServiceRecord]] = defaultdict(list)
    for row in session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.subject_id.in_(subjects),
            ServiceRecord.service.in_(services),
            ServiceRecord.state != "void",
        )
        .execution_options(populate_existing=True)  # the door writes past the session
    ):
        if row.subject_id:
            found[row.subject_id, row.service].append(row)
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


def _words(session: Session, records: Iterable[UUID]) -> Mapping[UUID, datetime]:
    rows = session.execute(
        select(FollowUpWord.follow_up_id, FollowUpWord.at).where(FollowUpWord.follow_up_id.in_(set(records)))
    )
    return dict(iter(rows))
