"""Whole visits and how a phone sends them over HTTP: lightly, for it shares a machine with the server."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from uuid import UUID

from server import clock
from server.ids import new_id
from server.web.schemas import instant_text
from tests.factories.client import PASSWORD
from tests.factories.phone import Entry

LINES = 10  # service lines of a visit, besides the visit itself
ENTRIES = LINES + 2
HEADERS = {"Content-Type": "application/json", "X-Xunyue": "1"}
_GUIDANCE = {"topics": ["emotions"]}
_HEALTH_RECORD = {"consent": "resident", "allergies": ["none"], "diseases": ["hypertension"]}
_LECTURE = {"topic": "hypertension", "minutes": 45, "attendees": 12}
# Service, form, and for which of a visit's two residents (None: the institution).
_DONE: tuple[tuple[str, dict[str, Any], int | None], ...] = (
    ("blood_pressure", {"sbp": 136, "dbp": 80}, 0),
    ("blood_pressure", {"sbp": 128, "dbp": 76}, 1),
    ("capillary_glucose", {"mmol": "6.1", "timing": "fasting"}, 0),
    ("tcm_health_guidance", _GUIDANCE, 1),
    ("health_checkup", {"symptoms": ["none"], "evaluation": "awaiting"}, 0),
    ("health_consultation", {"topics": ["diet"]}, 0),
    ("nutrition_guidance", {"topics": ["diet"]}, 1),
    ("health_record_creation", _HEALTH_RECORD, 1),
    ("health_education_lecture", _LECTURE, None),
    ("pharmacy_management_guidance", {"areas": ["expiry"], "finding": "good"}, None),
)


def visit(home: UUID, residents: Sequence[UUID], began: datetime) -> list[Entry]:
    """Check-in by hand, ten lines for two residents, check-out."""
    round_id = str(new_id())
    said: list[tuple[str, dict[str, Any]]] = [("check_in", _check_in(home))]
    said += [("record", _record(*done, residents)) for done in _DONE]
    said += [("check_out", {"position": None, "position_problem": "timeout", "note": None})]
    return [
        {
            "id": round_id if kind == "check_in" else str(new_id()),
            "kind": kind,
            "round_id": round_id,
            "at": instant_text(began + timedelta(minutes=minute)),
            "elapsed_ms": minute * 60_000,
            "payload": payload,
        }
        for minute, (kind, payload) in enumerate(said)
    ]


def _check_in(home: UUID) -> dict[str, Any]:
    return {
        "institution_id": str(home),
        "method": "manual",
        "token": None,
        "short_code": None,
        "reason": "poster_missing",
        "reason_text": None,
        "position": None,
        "position_problem": "timeout",
    }


def _record(
    service: str, form: dict[str, Any], resident: int | None, residents: Sequence[UUID]
) -> dict[str, Any]:
    return {
        "service": service,
        "subject_id": None if resident is None else str(residents[resident]),
        "outcome": "done",
        "form": form,
        "form_version": 1,
        "unusual": [],
    }


def unsent(entries: Sequence[Entry], device: UUID) -> bytes:
    """A request but for its beginning, which says when it is sent."""
    rest = {"protocol": 1, "device_id": str(device), "device_name": "load", "entries": entries}
    return json.dumps(rest, separators=(",", ":")).encode()[1:]


def sent_now(body: bytes) -> bytes:
    """The whole of a request that `unsent` made."""
    return b'{"sent_at":"%s",' % instant_text(clock.now()).encode() + body


def post(connection: HTTPConnection, cookie: str, body: bytes) -> tuple[int, bytes]:
    """Send what `unsent` made, now; status and body of the answer."""
    connection.request("POST", "/api/v1/sync", sent_now(body), {**HEADERS, "Cookie": cookie})
    answer = connection.getresponse()
    return answer.status, answer.read()


def sign_in(port: int, login: str) -> str:
    """The cookie of a session, by name and password."""
    body = json.dumps({"login": login, "password": PASSWORD, "device_name": "load"}).encode()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/session", body, HEADERS)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise AssertionError(said)
    return (answer.getheader("Set-Cookie") or "").split(";")[0]
