"""What phones would have sent: entries of a round and of its confirmation, as JSON-ready objects."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from server.catalogue.queries import VISIT, forms, services
from server.checkin.datum import fence_at
from server.checkin.rules import RoundCode, step_of
from server.demo.filling import Form, asked_about
from server.organisations.models import Organisation
from server.web.schemas import instant_text

Entry = dict[str, Any]
_BESIDE_THE_POINT = 4e-4  # degrees: some 50 m
_ELSEWHERE = 0.02  # some 2 km


def made_id(random: Random, at: datetime) -> UUID:
    """A UUIDv7 of the moment `at`, its random bits from the seed."""
    milliseconds = int(at.timestamp() * 1000)
    value = (
        milliseconds << 80 | 0x7 << 76 | random.getrandbits(12) << 64 | 0b10 << 62 | random.getrandbits(62)
    )
    return UUID(int=value)


@dataclass(slots=True)
class Line:
    """A line of a round as it stands; `by` is the login of who recorded it, `led`: a referral followed.

    What became of a `disputed` one is another story: nothing more is said of it beside that.
    """

    by: str
    service: str
    subject: UUID | None
    version: int = 1
    done: bool = True
    led: bool = False
    disputed: bool = False


@dataclass(slots=True)
class Visit:
    """A round being written by somebody: `clock` moves on with every entry. `lines` are those that stand, the
    visit itself among them; `photos` those taken, each with its line."""

    random: Random
    by: str
    institution: Organisation
    began: datetime
    day: date
    round_id: UUID
    clock: datetime
    entries: list[Entry] = field(default_factory=list)
    lines: dict[UUID, Line] = field(default_factory=dict)
    photos: list[tuple[UUID, UUID]] = field(default_factory=list)

    def say(self, kind: str, payload: dict[str, Any], minutes: float = 1.5) -> UUID:
        self.clock += timedelta(minutes=minutes)
        entry_id = made_id(self.random, self.clock)
        elapsed = int((self.clock - self.began).total_seconds() * 1000)
        self.entries.append(entry(entry_id, kind, self.round_id, self.clock, elapsed, payload))
        return entry_id


def entry(
    id_: UUID, kind: str, round_id: UUID, at: datetime, elapsed: int | None, payload: dict[str, Any]
) -> Entry:
    return {
        "id": str(id_),
        "kind": kind,
        "round_id": str(round_id),
        "at": instant_text(at),
        "elapsed_ms": elapsed,
        "payload": payload,
    }


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a clinician checks in: with a `method` and its `token`, and where the phone says it is: `near`,
    `away`, or `None` where it found nothing out."""

    method: str
    token: str | None = None
    short_code: str | None = None
    where: str | None = "near"


def arrive(
    random: Random, by: str, institution: Organisation, shown: Arrival, at: datetime, day: date
) -> Visit:
    visit = Visit(random, by, institution, at, day, made_id(random, at), at)
    manual = shown.method == "manual"
    visit.say(
        "check_in",
        {
            "institution_id": str(institution.id),
            "method": shown.method,
            "token": shown.token,
            "short_code": shown.short_code,
            "reason": random.choice(("poster_damaged", "camera_failed", "forgot_to_scan"))
            if manual
            else None,
            "reason_text": None,
            **_placed(random, institution, shown.where),
        },
        0,
    )
    visit.lines[visit.round_id] = Line(by, VISIT, None)
    return visit


def _placed(random: Random, institution: Organisation, where: str | None) -> dict[str, Any]:
    """A fix around the institution, or some way off; or why there is none."""
    point = fence_at(institution.latitude, institution.longitude, institution.datum, institution.fence_m)
    if point is None or where is None:
        return {"position": None, "position_problem": random.choice(("timeout", "unavailable"))}
    off = _ELSEWHERE if where == "away" else 0
    fix = {
        "latitude": round(point.latitude + off + random.uniform(-1, 1) * _BESIDE_THE_POINT, 6),
        "longitude": round(point.longitude + random.uniform(-1, 1) * _BESIDE_THE_POINT, 6),
        "accuracy_m": random.randint(8, 45),
        "datum": "WGS-84",
    }
    return {"position": fix, "position_problem": None}


def leave(visit: Visit, note: str | None = None) -> None:
    visit.say("check_out", {**_placed(visit.random, visit.institution, "near"), "note": note}, 4)
    visit.lines[visit.round_id].version += 1


def join(visit: Visit, by: str, at: datetime) -> Visit:
    """A colleague scans the first one's screen: what they record is of the same round."""
    joined = Visit(visit.random, by, visit.institution, visit.began, visit.day, visit.round_id, at)
    joined.lines = visit.lines
    code = RoundCode(visit.round_id, step_of(at), visit.institution.id, visit.began)
    payload = {"institution_id": str(visit.institution.id), "token": code.text}
    joined.say("join", {**payload, **_placed(visit.random, visit.institution, "near")}, 0)
    return joined


def log(
    visit: Visit, service: str, subject: UUID | None, form: Form, outcome: str = "done", **late: str
) -> UUID:
    """A service that was done, with its form; of another outcome the form has room for a note."""
    line = visit.say("record", {**content(visit, service, form, outcome), **_about(service, subject), **late})
    visit.lines[line] = Line(visit.by, service, subject, done=outcome == "done")
    visit.photos += [(UUID(photo), line) for photo in form.get("photos", ())]
    return line


def _about(service: str, subject: UUID | None) -> dict[str, Any]:
    return {"service": service, "subject_id": str(subject) if subject else None}


def content(visit: Visit, service: str, form: Form, outcome: str = "done") -> dict[str, Any]:
    """What a record says, at the version of its form; an unusual value is as measured."""
    code = services()[service].form
    entered = code if code and outcome == "done" else None
    return {
        "outcome": outcome,
        "form": form,
        "form_version": forms()[entered]["version"] if entered else None,
        "unusual": asked_about(entered, form, visit.day) if entered else [],
    }


def amend(
    visit: Visit, line: UUID, form: Form, reason: str = "wrong_value", text: str | None = None, **late: str
) -> None:
    said = content(visit, visit.lines[line].service, form)
    _correct(visit, "amend", line, {**said, "reason": reason, "reason_text": text}, late)
    visit.lines[line].version += 1


def void(visit: Visit, line: UUID, reason: str, **late: str) -> None:
    _correct(visit, "void", line, {"reason": reason}, late)
    del visit.lines[line]


def _correct(visit: Visit, kind: str, line: UUID, said: dict[str, Any], late: dict[str, str]) -> None:
    seen = {"line_id": str(line), "version": visit.lines[line].version, "reason_text": None}
    visit.say(kind, {**seen, **said, **late}, 0.5)


def request(
    visit: Visit, service: str, subject: UUID, receiver: UUID, form: Form, reading: UUID | None = None
) -> UUID:
    """Somebody is to go to hospital: a line of the round."""
    line = visit.say(
        "referral_request", referral(visit, service, subject, receiver, form, reading_id=reading)
    )
    visit.lines[line] = Line(visit.by, service, subject)
    if reading:
        visit.lines[reading].led = True
    return line


def referral(
    visit: Visit, service: str, subject: UUID, receiver: UUID, form: Form, **led: UUID | None
) -> dict[str, Any]:
    """What is said to send a resident to a hospital, or back; `led` names what it comes from."""
    from_what = {name: str(id_) if (id_ := led.get(name)) else None for name in _LED}
    said = {name: value for name, value in content(visit, service, form).items() if name != "outcome"}
    place = {"institution_id": str(visit.institution.id), "receiver_id": str(receiver)}
    return {**place, **_about(service, subject), **said, **from_what}


_LED = ("reading_id", "from_id", "demand_id")


def step(random: Random, kind: str, referral_id: UUID, at: datetime, **said: Any) -> Entry:
    """A step of a referral, said at `at`."""
    payload = {"referral_id": str(referral_id), "text": None, **said}
    return entry(made_id(random, at), kind, referral_id, at, None, payload)


def said_of(visit: Visit, kind: str, lines: Iterable[UUID], at: datetime, **why: str | None) -> Entry:
    """Staff confirm lines as they stand, or dispute them, which has a reason."""
    seen = [{"line_id": str(line), "version": visit.lines[line].version} for line in lines]
    return entry(made_id(visit.random, at), kind, visit.round_id, at, None, {"lines": seen, **why})


def upheld(visit: Visit, line: UUID, reason: str, text: str, at: datetime) -> Entry:
    """The clinician stands by a line."""
    payload = {"line_id": str(line), "version": visit.lines[line].version, "reason": reason, "text": text}
    return entry(made_id(visit.random, at), "answer", visit.round_id, at, None, payload)
