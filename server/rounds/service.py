"""What clinicians do in a round. Each function checks all before it writes: a refusal leaves nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from server import clock
from server.accounts.rules import not_qualified
from server.audit.service import record as trail
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.catalogue import queries as catalogue
from server.catalogue.queries import VISIT
from server.checkin.rules import GRADE_RULE_VERSION, Fence, Fix, Grade, distance_m
from server.errors import FieldError, Refusal, invalid
from server.events import emit
from server.organisations.models import Organisation
from server.organisations.revisions import touch
from server.residents.models import Resident
from server.residents.rules import lives_there
from server.rounds.events import RecordChanged
from server.rounds.models import Position, RecordVersion, Round, RoundNote, ServiceRecord
from server.rounds.rules import CLOCK_TOLERANCE, Content, end_of_visit, judge_content, minutes_of_visit


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something on a phone, and when: `at` is corrected by the phone's measured offset.

    `certificate` is the period of the actor's practising certificate; (None, None) without one.
    """

    entry_id: UUID
    actor: Actor
    at: datetime
    received_at: datetime
    elapsed_ms: int | None
    device_id: UUID
    device_name: str
    certificate: tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a check-in says of the visit; `medical_id` is the clinician's institution under the agreement."""

    round_id: UUID
    institution: Organisation
    medical_id: UUID
    method: str
    grade: Grade
    fix: Fix | None
    reason: str | None
    reason_text: str | None
    position_problem: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What a clinician entered for one service."""

    service: str
    outcome: str
    form: dict[str, Any]
    form_version: int | None
    unusual: list[str]


def check_in(session: Session, act: Act, arrival: Arrival) -> tuple[Round, ServiceRecord]:
    """Open the round and its first line, the visit itself. A visit is never blocked: it is graded."""
    institution = arrival.institution
    round_ = Round(
        id=arrival.round_id,
        institution_id=institution.id,
        medical_id=arrival.medical_id,
        clinician_id=act.actor.id,
        on=clock.local_day(act.at, institution.timezone),
        checked_in_at=act.at,
        method=arrival.method,
        manual_reason=arrival.reason,
        manual_text=arrival.reason_text,
        grade=arrival.grade.letter,
        grade_reasons=list(arrival.grade.reasons),
        grade_rule=GRADE_RULE_VERSION,
        distance_m=_whole_distance(arrival.fix, institution),
        accuracy_m=round(arrival.fix.accuracy_m) if arrival.fix else None,
        position_problem=arrival.position_problem,
        device_id=act.device_id,
        device_name=act.device_name,
        received_at=act.received_at,
        notes=[],
    )
    session.add(round_)
    _keep_position(session, act, round_, arrival.fix)
    visit = _add_line(
        session, act, round_, round_.id, Said(VISIT, "done", {}, None, []), None, Content((), (), None, None)
    )
    _trail(session, act, Tag.ROUND_CHECKED_IN, round_, round_.id, grade=round_.grade)
    return round_, visit


def fence_of(institution: Organisation) -> Fence | None:
    if institution.latitude is None or institution.longitude is None:
        return None
    return Fence(institution.latitude, institution.longitude, institution.fence_m)


def _whole_distance(fix: Fix | None, institution: Organisation) -> int | None:
    fence = fence_of(institution)
    return round(distance_m(fix, fence)) if fix and fence else None


def _keep_position(session: Session, act: Act, round_: Round, fix: Fix | None) -> None:
    if fix:
        session.add(
            Position(
                entry_id=act.entry_id,
                round_id=round_.id,
                latitude=fix.latitude,
                longitude=fix.longitude,
                accuracy_m=fix.accuracy_m,
                received_at=act.received_at,
            )
        )


def record(session: Session, act: Act, round_: Round, said: Said, subject: Resident | None) -> ServiceRecord:
    """Add a line. `subject` (stays loaded) is the resident, None for a service to the institution."""
    _check_own(act, round_.clinician_id)
    _check_open(act, round_)
    service = catalogue.services().get(said.service)
    if service is None or said.service == VISIT:
        raise invalid("payload.service", "unknown_choice")
    if service.for_resident != (subject is not None):
        raise invalid("payload.subject_id", "required" if service.for_resident else "not_for_a_resident")
    if subject and (
        subject.institution_id != round_.institution_id or not lives_there(subject.stays, round_.on)
    ):
        raise Refusal("not_a_resident", FieldError("payload.subject_id", "not_a_resident"))
    line = _add_line(session, act, round_, act.entry_id, said, subject, _judged(said))
    _trail(session, act, Tag.RECORD_STORED, round_, line.id, service=said.service)
    return line


def _judged(said: Said) -> Content:
    form_code = catalogue.services()[said.service].form
    form = catalogue.forms()[form_code] if form_code else None
    content = judge_content(form, said.outcome, said.form, said.unusual)
    if content.errors:
        raise Refusal("invalid", *content.errors)
    return content


def _add_line(
    session: Session,
    act: Act,
    round_: Round,
    line_id: UUID,
    said: Said,
    subject: Resident | None,
    content: Content,
) -> ServiceRecord:
    line = ServiceRecord(
        id=line_id,
        round_id=round_.id,
        institution_id=round_.institution_id,
        medical_id=round_.medical_id,
        performer_id=act.actor.id,
        subject_id=subject.id if subject else None,
        subject=subject,
        service=said.service,
        on=round_.on,
        made_at=act.at,
        received_at=act.received_at,
        version=1,
        state="pending",
        not_counted=not_qualified(*act.certificate, round_.on),
        **_said_columns(said, content),
    )
    session.add(line)
    _add_version(session, act, line, None, None)
    _changed(session, line, subject)
    return line


def _said_columns(said: Said, content: Content) -> dict[str, Any]:
    return {
        "outcome": said.outcome,
        "form": said.form,
        "form_version": said.form_version,
        "unusual": said.unusual,
        "urgent": list(content.urgent),
        "minutes": content.minutes,
        "attendees": content.attendees,
    }


def _add_version(
    session: Session, act: Act, line: ServiceRecord, reason: str | None, text: str | None
) -> None:
    session.add(
        RecordVersion(
            record_id=line.id,
            version=line.version,
            entry_id=act.entry_id,
            by_id=act.actor.id,
            at=act.at,
            received_at=act.received_at,
            reason=reason,
            reason_text=text,
            outcome=line.outcome,
            form=line.form,
        )
    )


def _changed(session: Session, line: ServiceRecord, subject: Resident | None) -> None:
    """Fulfilment and the phones learn of it; a resident has a new last reading."""
    emit(session, RecordChanged(line.institution_id, line.medical_id, line.service, line.subject_id, line.on))
    if subject:
        touch(session, subject)


def amend(
    session: Session, act: Act, line: ServiceRecord, seen: int, said: Said, reason: str, text: str | None
) -> ServiceRecord:
    """Correct a line: a new version, again to be confirmed. `line` has its subject loaded."""
    _check_current(act, line, seen)
    if line.service == VISIT:
        raise invalid("payload.line_id", "visit_has_no_form")
    content = _judged(said)
    for column, value in _said_columns(said, content).items():
        setattr(line, column, value)
    line.version, line.state = line.version + 1, "pending"
    _add_version(session, act, line, reason, text)
    _changed(session, line, line.subject)
    _trail(session, act, Tag.RECORD_AMENDED, line, line.id, reason=reason)
    return line


def void(
    session: Session, act: Act, line: ServiceRecord, seen: int, reason: str, text: str | None
) -> ServiceRecord:
    """Withdraw a line; it stays readable and counts nowhere."""
    _check_current(act, line, seen)
    line.version, line.state = line.version + 1, "void"
    _add_version(session, act, line, reason, text)
    _changed(session, line, line.subject)
    _trail(session, act, Tag.RECORD_VOIDED, line, line.id, reason=reason)
    return line


def add_note(session: Session, act: Act, round_: Round, text: str) -> Round:
    _check_own(act, round_.clinician_id)
    round_.notes.append(RoundNote(id=act.entry_id, round_id=round_.id, at=act.at, text=text))
    touch(session, round_)
    _trail(session, act, Tag.ROUND_NOTED, round_, round_.id, note=str(act.entry_id))
    return round_


def check_out(
    session: Session,
    act: Act,
    round_: Round,
    visit: ServiceRecord,
    institution: Organisation,
    fix: Fix | None,
) -> Round:
    """Close the round; its length becomes a new version of the visit's line."""
    _check_own(act, round_.clinician_id)
    if round_.checked_out_at:
        raise Refusal("round_closed")
    ended = end_of_visit(act.elapsed_ms, round_.checked_in_at, act.at)
    if ended > act.received_at + CLOCK_TOLERANCE:
        raise Refusal("in_future", FieldError("elapsed_ms", "in_future"))
    round_.checked_out_at = ended
    round_.minutes = minutes_of_visit(act.elapsed_ms, round_.checked_in_at, act.at)
    round_.out_distance_m = _whole_distance(fix, institution)
    _keep_position(session, act, round_, fix)
    if visit.state != "void":
        visit.minutes, visit.version, visit.state = round_.minutes, visit.version + 1, "pending"
        _add_version(session, act, visit, "checked_out", None)
        _changed(session, visit, None)
    _trail(session, act, Tag.ROUND_CHECKED_OUT, round_, round_.id, minutes=round_.minutes)
    return round_


def _check_own(act: Act, clinician_id: UUID) -> None:
    if clinician_id != act.actor.id:
        raise Refusal("not_yours")


def _check_open(act: Act, round_: Round) -> None:
    """A line made before the check-out may arrive after it; one made after it may not."""
    made_at = end_of_visit(act.elapsed_ms, round_.checked_in_at, act.at)
    if round_.checked_out_at and made_at > round_.checked_out_at:
        raise Refusal("round_closed")


def _check_current(act: Act, line: ServiceRecord, seen: int) -> None:
    _check_own(act, line.performer_id)
    if line.state == "void":
        raise Refusal("void")
    if line.version != seen:
        raise Refusal("stale_version", version=line.version)


def _trail(
    session: Session, act: Act, tag: Tag, what: Round | ServiceRecord, subject: UUID, **details: Any
) -> None:
    trail(
        session,
        act.actor,
        tag,
        act.received_at,
        subject=subject,
        organisation=what.medical_id,
        other=what.institution_id,
        **details,
    )
