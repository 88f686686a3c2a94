"""Pure decisions about what a clinician says was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from server.catalogue.rules import Judge
from server.checkin.rules import Fence
from server.errors import FieldError
from server.residents.rules import Period

OUTCOMES = ("done", "declined", "absent", "elsewhere")
TOO_OLD = timedelta(days=95)
OLDEST = timedelta(days=730)
LATE = timedelta(days=7)
NO_SIGNAL = timedelta(hours=24)
CLOCK_TOLERANCE = timedelta(minutes=5)
_NOTE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A care institution, as far as a visit asks."""

    id: UUID
    timezone: str
    fence: Fence | None


@dataclass(frozen=True, slots=True)
class Spell:
    """A condition with the days it holds, both inclusive."""

    code: str
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """A resident, as far as a record asks."""

    id: UUID
    institution_id: UUID
    born: date
    stays: list[Period]
    conditions: list[Spell]


@dataclass(slots=True)
class Visit:
    """A round by the names of its columns; `stored` says whether the database has it already."""

    id: UUID
    institution_id: UUID
    medical_id: UUID
    clinician_id: UUID
    on: date
    checked_in_at: datetime
    checked_out_at: datetime | None
    minutes: int | None
    method: str
    manual_reason: str | None
    manual_text: str | None
    grade: str
    grade_reasons: list[str]
    grade_rule: int
    distance_m: int | None
    accuracy_m: int | None
    out_distance_m: int | None
    position_problem: str | None
    device_id: UUID
    device_name: str
    received_at: datetime
    stored: bool = False


@dataclass(slots=True)
class Line:
    """A line of a round by the names of its columns; `stored` says whether the database has it already."""

    id: UUID
    round_id: UUID
    institution_id: UUID
    medical_id: UUID
    performer_id: UUID
    subject_id: UUID | None
    service: str
    on: date
    made_at: datetime
    received_at: datetime
    version: int
    state: str
    outcome: str
    form: dict[str, Any]
    form_version: int | None
    unusual: list[str]
    urgent: list[str]
    minutes: int | None
    attendees: int | None
    assessment: dict[str, Any] | None
    not_counted: str | None
    stored: bool = False


class Content(NamedTuple):
    """What a record says, judged: ready to store when `errors` is empty."""

    errors: tuple[FieldError, ...]
    urgent: tuple[str, ...]
    minutes: int | None
    attendees: int | None
    assessment: dict[str, Any] | None = None


def judge_content(
    judge: Judge | None, outcome: str, values: Mapping[str, Any], unusual: Sequence[str], on: date
) -> Content:
    """Judge what was entered in a round of the day `on`.

    Only a service that was done has a form; any other outcome has room for a note.
    An unusual value is taken when the clinician said that it was really measured (its field in `unusual`).
    """
    if outcome != "done" or judge is None:
        return Content(tuple(_note_errors(values)), (), None, None)
    judgement = judge(values, on)
    problems = [*judgement.errors, *(ask for ask in judgement.asks if ask.field not in unusual)]
    errors = tuple(
        FieldError(f"payload.form.{problem.field}", problem.code, problem.limit) for problem in problems
    )
    if errors:
        return Content(errors, (), None, None)
    return Content((), judgement.urgent, values.get("minutes"), judge.attendees(values))


def _note_errors(values: Mapping[str, Any]) -> list[FieldError]:
    errors = [FieldError(f"payload.form.{name}", "unknown_field") for name in values if name != "note"]
    note = values.get("note")
    if note is not None and (not isinstance(note, str) or len(note) > _NOTE_LIMIT):
        errors.append(FieldError("payload.form.note", "too_long", _NOTE_LIMIT))
    return errors


def time_refusal(at: datetime, now: datetime, *, unlocked: bool = False) -> str | None:
    """Why an entry made at `at` (corrected by the phone's offset) is not taken at `now`.

    `unlocked`: a manager lets older entries of its round in; nothing is older than two years.
    """
    if at > now + CLOCK_TOLERANCE:
        return "in_future"
    return "too_old" if now - at > (OLDEST if unlocked else TOO_OLD) else None


def is_late(at: datetime, checked_in_at: datetime) -> bool:
    """Whether something was said so long after the visit that it needs a reason."""
    return at - checked_in_at > LATE


def sent_late(at: datetime, received_at: datetime) -> bool:
    """Whether it took more than a day to arrive: a fact to show, no fault and no grade."""
    return received_at - at > NO_SIGNAL


def end_of_visit(
    elapsed_ms: int | None, checked_in_at: datetime, at: datetime, received_at: datetime
) -> datetime:
    """When something late in a visit was, counted from its beginning: the wall clock may have been set.

    By the wall clock only where the phone lost count: it says so, or its count leads beyond `received_at`, as
    one that went on by a clock that was set while the browser was closed.
    """
    if elapsed_ms is not None:
        counted = checked_in_at + timedelta(milliseconds=elapsed_ms)
        if counted <= received_at + CLOCK_TOLERANCE:
            return counted
    return max(at, checked_in_at)


def minutes_of_visit(checked_in_at: datetime, checked_out_at: datetime) -> int:
    """Whole minutes."""
    return (checked_out_at - checked_in_at) // timedelta(minutes=1)
