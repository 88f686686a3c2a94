"""What phones would have sent: entries of a round and of its confirmation, as JSON-ready objects."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from server.organisations.models import Organisation
from server.residents.models import Resident
from server.rounds.models import ServiceRecord
from server.web.schemas import instant_text

Entry = dict[str, Any]


def made_id(random: Random, at: datetime) -> UUID:
    """A UUIDv7 of the moment `at`, its random bits from the seed."""
    milliseconds = int(at.timestamp() * 1000)
    value = (
        milliseconds << 80 | 0x7 << 76 | random.getrandbits(12) << 64 | 0b10 << 62 | random.getrandbits(62)
    )
    return UUID(int=value)


@dataclass(slots=True)
class Visit:
    """A round being written: `clock` moves on with every entry."""

    random: Random
    institution: Organisation
    began: datetime
    round_id: UUID
    clock: datetime
    entries: list[Entry] = field(default_factory=list)

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


def arrive(
    random: Random, institution: Organisation, shown: tuple[str, str], at: datetime, *, indoors: bool = False
) -> Visit:
    """Check in by what is shown there (method, token) with a fix; now and then, and `indoors`, without one;
    or by hand."""
    visit = Visit(random, institution, at, made_id(random, at), at)
    luck = random.random()
    manual = luck < 0.05
    unlocated = indoors or luck < 0.12
    method, token = ("manual", None) if manual else shown
    visit.say(
        "check_in",
        {
            "institution_id": str(institution.id),
            "method": method,
            "token": token,
            "short_code": None,
            "reason": "poster_damaged" if manual else None,
            "reason_text": None,
            "position": None if unlocated else near(random, institution),
            "position_problem": "timeout" if unlocated else None,
        },
        0,
    )
    return visit


def near(random: Random, institution: Organisation) -> dict[str, Any]:
    """A fix some 50 m around the institution."""
    return {
        "latitude": round((institution.latitude or 0) + random.uniform(-4, 4) * 1e-4, 6),
        "longitude": round((institution.longitude or 0) + random.uniform(-4, 4) * 1e-4, 6),
        "accuracy_m": random.randint(8, 45),
        "datum": "WGS-84",
    }


def leave(visit: Visit, note: str | None = None) -> None:
    position = near(visit.random, visit.institution)
    visit.say("check_out", {"position": position, "position_problem": None, "note": note}, 4)


def log(
    visit: Visit, service: str, subject: Resident | None, form: dict[str, Any], outcome: str = "done"
) -> UUID:
    unusual = [name for name in ("sbp", "dbp") if name in form]
    return visit.say(
        "record",
        {
            "service": service,
            "subject_id": str(subject.id) if subject else None,
            "outcome": outcome,
            "form": form,
            "form_version": 1 if form else None,
            "unusual": unusual,
        },
    )


def blood_pressure(random: Random, hypertensive: bool, urgent: bool) -> dict[str, Any]:
    if urgent:
        return {
            "sbp": random.randint(182, 196),
            "dbp": random.randint(95, 112),
            "pulse": random.randint(78, 104),
        }
    high = 14 if hypertensive else 0
    systolic = max(96, min(176, round(random.gauss(126 + high, 11))))
    diastolic = max(54, min(98, round(random.gauss(74 + high / 3, 7))))
    return {"sbp": systolic, "dbp": min(diastolic, systolic - 24), "pulse": random.randint(60, 92)}


def glucose(random: Random, urgent: bool) -> dict[str, Any]:
    if urgent:
        return {"mmol": "17.4", "timing": "after_meal_2h"}
    return {
        "mmol": f"{max(4.4, min(13.8, random.gauss(7.2, 1.6))):.1f}",
        "timing": random.choice(("fasting", "random")),
    }


def confirmed(visit: Visit, lines: Sequence[ServiceRecord], at: datetime) -> Entry:
    payload = {"lines": [{"line_id": str(line.id), "version": line.version} for line in lines]}
    return entry(made_id(visit.random, at), "confirm", visit.round_id, at, None, payload)


def disputed(visit: Visit, line: ServiceRecord, at: datetime) -> Entry:
    payload = {
        "lines": [{"line_id": str(line.id), "version": line.version}],
        "reason": "not_done",
        "text": "护理记录中当天没有该项服务。",
    }
    return entry(made_id(visit.random, at), "dispute", visit.round_id, at, None, payload)


REFERRAL: dict[str, Any] = {
    "indication": "hypertensive_emergency",
    "condition": "血压骤升，头晕",
    "destination": "partner_emergency",
    "transport": "hospital_ambulance",
    "family_told": True,
}
REFERRALS: dict[str, dict[str, Any]] = {
    "referral_up": {
        "diagnosis": "2 型糖尿病，血糖控制不佳",
        "indication": "uncontrolled",
        "destination_name": "云溪县城关社区卫生服务中心",
        "family_told": True,
    }
}


def referral(
    subject: Resident, receiver: Organisation, service: str, *, reading: UUID | None = None
) -> dict[str, Any]:
    """What is said to send a resident to a hospital."""
    nothing = dict.fromkeys(("from_id", "demand_id"))
    return {
        "institution_id": str(subject.institution_id),
        "subject_id": str(subject.id),
        "service": service,
        "receiver_id": str(receiver.id),
        "form": REFERRALS.get(service, REFERRAL),
        "form_version": 1,
        "unusual": [],
        "reading_id": str(reading) if reading else None,
        **nothing,
    }


def step(random: Random, kind: str, referral_id: UUID, at: datetime, **said: Any) -> Entry:
    """A step of a referral, said at `at`."""
    payload = {"referral_id": str(referral_id), "text": None, **said}
    return entry(made_id(random, at), kind, referral_id, at, None, payload)


GUIDANCE: dict[str, Any] = {
    "topics": ["emotions", "diet", "exercise"],
    "text": "少盐清淡，早晚散步，保持心情舒畅。",
}
PARTS: dict[str, dict[str, Any]] = {
    "rehabilitation_guidance": {"topics": ["turning", "walking"], "learners": ["carer"]},
    "nursing_skill_guidance": {"topics": ["feeding", "falls"], "learners": ["carer"]},
    "health_consultation": {"topics": ["chronic", "medicines"], "text": "按时服药，不自行停药。"},
    "nutrition_guidance": {"topics": ["salt", "protein"], "text": "每天一个鸡蛋、一袋牛奶，少吃腌菜。"},
}
HEALTH_RECORD: dict[str, Any] = {"consent": "resident", "allergies": ["none"], "diseases": ["hypertension"]}
PHARMACY: dict[str, Any] = {
    "areas": ["expiry", "storage"],
    "finding": "minor",
    "problems": "一种药品临近有效期。",
    "advice": "近效期药品单独存放，先用。",
}
OUTBREAK: dict[str, Any] = {"areas": ["checks", "reporting"], "finding": "good", "cluster": "none"}
