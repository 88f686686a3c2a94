"""What clinicians do in a round. Each function checks all before it changes anything: refusals leave nothing.

No database here: what is done is collected in `Deeds`, and written when the whole batch is judged.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from server import clock
from server.accounts.rules import not_qualified
from server.audit.models import AuditEntry
from server.audit.service import entry as trail_entry
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.catalogue import queries as catalogue
from server.catalogue.queries import VISIT
from server.checkin.rules import GRADE_RULE_VERSION, Fix, Grade, distance_m
from server.clinical.policies import assessment
from server.clinical.rules.facts import Known
from server.db import Base
from server.errors import FieldError, Refusal, invalid
from server.residents.rules import lives_there
from server.rounds.models import Position, RecordVersion, RoundNote
from server.rounds.rules import (
    Content,
    Line,
    Person,
    Place,
    Visit,
    end_of_visit,
    judge_content,
    minutes_of_visit,
)

Row = dict[str, Any]
NOTHING_KNOWN = Known()
AFTER_CHECK_OUT = timedelta(hours=2)  # for those who joined


@dataclass(slots=True)
class Deeds:
    """What the entries of a batch do. `visits` and `lines` are those made or changed, as they are in the end;
    `read` are residents with a new last reading, and their institutions; `joined` are others' rounds that the
    author joined; `first` are lines whose first version is kept beside them; `noted` is what the entry for
    each round on the trail says was recorded; `rows` are only added, by model."""

    visits: dict[UUID, Visit] = field(default_factory=dict)
    lines: dict[UUID, Line] = field(default_factory=dict)
    read: dict[UUID, UUID] = field(default_factory=dict)
    joined: set[UUID] = field(default_factory=set)
    first: set[UUID] = field(default_factory=set)
    noted: dict[UUID, dict[str, str]] = field(default_factory=dict)
    rows: defaultdict[type[Base], list[Row]] = field(default_factory=lambda: defaultdict(list))


class Act(NamedTuple):
    """Who did something on a phone, and when: `at` is corrected by the phone's measured offset.

    `received_at` is when the server had it first, `now` when it is judged: later, where a manager mended it.
    `certificates` are first and last days of the actor's practising certificates. `late_reason` says why it
    was done so long after the visit.
    """

    entry_id: UUID
    actor: Actor
    at: datetime
    received_at: datetime
    now: datetime
    elapsed_ms: int | None
    device_id: UUID
    device_name: str
    certificates: Sequence[tuple[date, date]]
    late_reason: str | None = None
    late_text: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a check-in says of the visit; `medical_id` is the clinician's institution under the agreement."""

    round_id: UUID
    place: Place
    medical_id: UUID
    method: str
    grade: Grade
    fix: Fix | None
    reason: str | None
    reason_text: str | None
    position_problem: str | None


class Said(NamedTuple):
    """What a clinician entered for one service, and what is known of the resident on that day."""

    service: str
    outcome: str
    form: dict[str, Any]
    form_version: int | None
    unusual: list[str]
    known: Known = NOTHING_KNOWN


def check_in(deeds: Deeds, act: Act, arrival: Arrival) -> tuple[Visit, Line]:
    """Open the round and its first line, the visit itself. A visit is never blocked: it is graded."""
    visit = Visit(
        id=arrival.round_id,
        institution_id=arrival.place.id,
        medical_id=arrival.medical_id,
        clinician_id=act.actor.id,
        on=clock.local_day(act.at, arrival.place.timezone),
        checked_in_at=act.at,
        checked_out_at=None,
        minutes=None,
        method=arrival.method,
        manual_reason=arrival.reason,
        manual_text=arrival.reason_text,
        grade=arrival.grade.letter,
        grade_reasons=list(arrival.grade.reasons),
        grade_rule=GRADE_RULE_VERSION,
        distance_m=_whole_distance(arrival.fix, arrival.place),
        accuracy_m=round(arrival.fix.accuracy_m) if arrival.fix else None,
        out_distance_m=None,
        position_problem=arrival.position_problem,
        device_id=act.device_id,
        device_name=act.device_name,
        received_at=act.received_at,
    )
    deeds.visits[visit.id] = visit
    keep_position(deeds, act.entry_id, visit.id, arrival.fix, act.received_at)
    line = _add_line(deeds, act, visit, visit.id, Said(VISIT, "done", {}, None, []), None, _NOTHING_SAID)
    note_on_trail(deeds, act, Tag.ROUND_CHECKED_IN, visit, grade=visit.grade)
    return visit, line


_NOTHING_SAID = Content((), (), None, None)


def _whole_distance(fix: Fix | None, place: Place) -> int | None:
    return round(distance_m(fix, place.fence)) if fix and place.fence else None


def keep_position(
    deeds: Deeds, entry_id: UUID, round_id: UUID | None, fix: Fix | None, received_at: datetime
) -> None:
    """Keep where somebody said to be; of a refused entry (no round) by the id of its row in the ledger."""
    if fix:
        deeds.rows[Position].append(
            {
                "entry_id": entry_id,
                "round_id": round_id,
                "latitude": fix.latitude,
                "longitude": fix.longitude,
                "accuracy_m": fix.accuracy_m,
                "received_at": received_at,
            }
        )


def record(deeds: Deeds, act: Act, visit: Visit, said: Said, subject: Person | None) -> Line:
    """Add a line. `subject` is the resident, None for a service to the institution."""
    _check_open(act, visit, takes_part=_takes_part(deeds, act, visit))
    service = catalogue.services().get(said.service)
    if service is None or said.service == VISIT:
        raise invalid("payload.service", "unknown_choice")
    if service.for_resident != (subject is not None):
        raise invalid("payload.subject_id", "required" if service.for_resident else "not_for_a_resident")
    if subject and (
        subject.institution_id != visit.institution_id or not lives_there(subject.stays, visit.on)
    ):
        raise Refusal("not_a_resident", FieldError("payload.subject_id", "not_a_resident"))
    line = _add_line(deeds, act, visit, act.entry_id, said, subject, judged(said, visit.on))
    _note_recorded(deeds, act, visit, line)
    return line


def _note_recorded(deeds: Deeds, act: Act, visit: Visit, line: Line) -> None:
    """What arrives of a round together is one act: the services by the ids of their lines."""
    noted = deeds.noted.get(visit.id)
    if noted is None:
        noted = deeds.noted[visit.id] = {}
        note_on_trail(deeds, act, Tag.RECORD_STORED, visit, records=noted)
    noted[str(line.id)] = line.service


def judged(said: Said, on: date) -> Content:
    form_code = catalogue.services()[said.service].form
    judge = catalogue.judges()[form_code] if form_code else None
    if judge and judge.is_template:
        raise invalid("payload.service", "recorded_in_parts")
    content = judge_content(judge, said.outcome, said.form, said.unusual, on)
    if content.errors:
        raise Refusal("invalid", *content.errors)
    if form_code is None or said.outcome != "done":
        return content
    return content._replace(assessment=assessment(catalogue.forms()[form_code], said.form, on, said.known))


def _add_line(
    deeds: Deeds,
    act: Act,
    visit: Visit,
    line_id: UUID,
    said: Said,
    subject: Person | None,
    content: Content,
) -> Line:
    line = Line(
        id=line_id,
        round_id=visit.id,
        institution_id=visit.institution_id,
        medical_id=visit.medical_id,
        performer_id=act.actor.id,
        subject_id=subject.id if subject else None,
        service=said.service,
        on=visit.on,
        made_at=act.at,
        received_at=act.received_at,
        version=1,
        state="pending",
        outcome=said.outcome,
        form=said.form,
        form_version=said.form_version,
        unusual=said.unusual,
        urgent=list(content.urgent),
        minutes=content.minutes,
        attendees=content.attendees,
        assessment=content.assessment,
        not_counted=not_qualified(act.certificates, visit.on),
    )
    _stored(deeds, line)
    if line.id != act.entry_id or act.late_reason:  # more than the line itself says
        _keep_version(deeds, act, line, None, None)
        deeds.first.add(line.id)
    return line


def _stored(deeds: Deeds, line: Line) -> None:
    """Store the line as it now is; its resident has a new last reading."""
    deeds.lines[line.id] = line
    if line.subject_id:
        deeds.read[line.subject_id] = line.institution_id


def _keep_first(deeds: Deeds, line: Line) -> None:
    """Before a line changes, keep what it said at first: until then the line itself does."""
    if line.version > 1 or line.id in deeds.first:
        return
    deeds.first.add(line.id)
    deeds.rows[RecordVersion].append(
        {
            "record_id": line.id,
            "version": line.version,
            "entry_id": line.id,
            "by_id": line.performer_id,
            "at": line.made_at,
            "received_at": line.received_at,
            "reason": None,
            "reason_text": None,
            "outcome": line.outcome,
            "form": line.form,
            "assessment": line.assessment,
            "late_reason": None,
            "late_text": None,
        }
    )


def _keep_version(deeds: Deeds, act: Act, line: Line, reason: str | None, text: str | None) -> None:
    """Keep what the line says at its present version."""
    deeds.rows[RecordVersion].append(
        {
            "record_id": line.id,
            "version": line.version,
            "entry_id": act.entry_id,
            "by_id": act.actor.id,
            "at": act.at,
            "received_at": act.received_at,
            "reason": reason,
            "reason_text": text,
            "outcome": line.outcome,
            "form": line.form,
            "assessment": line.assessment,
            "late_reason": act.late_reason,
            "late_text": act.late_text,
        }
    )


def amend(deeds: Deeds, act: Act, line: Line, seen: int, said: Said, reason: str, text: str | None) -> Line:
    """Correct a line: a new version, again to be confirmed."""
    _check_current(act, line, seen)
    if line.service == VISIT:
        raise invalid("payload.line_id", "visit_has_no_form")
    content = judged(said, line.on)
    _keep_first(deeds, line)
    line.outcome, line.form, line.form_version = said.outcome, said.form, said.form_version
    line.unusual, line.urgent = said.unusual, list(content.urgent)
    line.minutes, line.attendees = content.minutes, content.attendees
    line.assessment = content.assessment
    line.version, line.state = line.version + 1, "pending"
    _stored(deeds, line)
    _keep_version(deeds, act, line, reason, text)
    note_on_trail(deeds, act, Tag.RECORD_AMENDED, line, reason=reason)
    return line


def void(deeds: Deeds, act: Act, line: Line, seen: int, reason: str, text: str | None) -> Line:
    """Withdraw a line; it stays readable and counts nowhere."""
    _check_current(act, line, seen)
    _keep_first(deeds, line)
    line.version, line.state = line.version + 1, "void"
    _stored(deeds, line)
    _keep_version(deeds, act, line, reason, text)
    note_on_trail(deeds, act, Tag.RECORD_VOIDED, line, reason=reason)
    return line


def add_note(deeds: Deeds, act: Act, visit: Visit, text: str) -> Visit:
    _takes_part(deeds, act, visit)
    deeds.visits[visit.id] = visit
    note = {"id": act.entry_id, "round_id": visit.id, "at": act.at, "text": text}
    deeds.rows[RoundNote].append(note)
    note_on_trail(deeds, act, Tag.ROUND_NOTED, visit, note=str(act.entry_id))
    return visit


def check_out(deeds: Deeds, act: Act, visit: Visit, line: Line, place: Place, fix: Fix | None) -> Visit:
    """Close the round; its length becomes a new version of the visit's line."""
    _check_own(act, visit.clinician_id)
    if visit.checked_out_at:
        raise Refusal("round_closed")
    visit.checked_out_at = end_of_visit(act.elapsed_ms, visit.checked_in_at, act.at, act.received_at)
    visit.minutes = minutes_of_visit(visit.checked_in_at, visit.checked_out_at)
    visit.out_distance_m = _whole_distance(fix, place)
    deeds.visits[visit.id] = visit
    keep_position(deeds, act.entry_id, visit.id, fix, act.received_at)
    if line.state != "void":
        _keep_first(deeds, line)
        line.minutes, line.version, line.state = visit.minutes, line.version + 1, "pending"
        _stored(deeds, line)
        _keep_version(deeds, act, line, "checked_out", None)
    note_on_trail(deeds, act, Tag.ROUND_CHECKED_OUT, visit, minutes=visit.minutes)
    return visit


def _check_own(act: Act, clinician_id: UUID) -> None:
    if clinician_id != act.actor.id:
        raise Refusal("not_yours")


def _takes_part(deeds: Deeds, act: Act, visit: Visit) -> bool:
    """Whether the author joined another's round; refuses whoever neither began nor joined it."""
    if visit.id in deeds.joined:
        return True
    _check_own(act, visit.clinician_id)
    return False


def _check_open(act: Act, visit: Visit, *, takes_part: bool) -> None:
    """A line made before the check-out may arrive after it; one made after it may not. Who joined may go on
    for a while: without a signal nobody tells them that their colleague has left."""
    made_at = end_of_visit(act.elapsed_ms, visit.checked_in_at, act.at, act.received_at)
    allowance = AFTER_CHECK_OUT if takes_part else timedelta(0)
    if visit.checked_out_at and made_at > visit.checked_out_at + allowance:
        raise Refusal("round_closed")


def _check_current(act: Act, line: Line, seen: int) -> None:
    _check_own(act, line.performer_id)
    if line.state == "void":
        raise Refusal("void")
    if line.version != seen:
        raise Refusal("stale_version", version=line.version)


def note_on_trail(deeds: Deeds, act: Act, tag: Tag, what: Visit | Line, **details: Any) -> None:
    """Something was done in a round, by the medical institution."""
    deeds.rows[AuditEntry].append(
        trail_entry(
            act.actor,
            tag,
            act.now,
            subject=what.id,
            organisation=what.medical_id,
            other=what.institution_id,
            **details,
        )
    )
