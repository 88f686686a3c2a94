"""Phones that send visits over HTTP, as light as can be: bodies are made before, threads only wait."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection
from time import perf_counter
from typing import Any
from uuid import UUID

from server import clock
from server.ids import new_id
from server.web.schemas import instant_text
from tests.factories.client import PASSWORD
from tests.load.history import DEVICE
from tests.load.measuring import Timing
from tests.load.province import Deal

LINES = 10  # service lines of a visit, besides the visit itself
ENTRIES = LINES + 2
_GUIDANCE = {"topics": ["emotions"]}
_LECTURE = {"topic": "hypertension", "minutes": 45, "attendees": 12}
# Service, form, and for which of a visit's two residents (None: the institution). Each of the province's ten
# commitments but the requests of the green channel is touched.
_DONE: tuple[tuple[str, dict[str, Any], int | None], ...] = (
    ("blood_pressure", {"sbp": 136, "dbp": 80}, 0),
    ("blood_pressure", {"sbp": 128, "dbp": 76}, 1),
    ("capillary_glucose", {"mmol": "6.1", "timing": "fasting"}, 0),
    ("tcm_health_guidance", _GUIDANCE, 1),
    ("health_checkup", {}, 0),
    ("health_consultation", _GUIDANCE, 0),
    ("nutrition_guidance", _GUIDANCE, 1),
    ("health_record_creation", {}, 1),
    ("health_education_lecture", _LECTURE, None),
    ("pharmacy_management_guidance", {}, None),
)


@dataclass(frozen=True, slots=True)
class Phone:
    """A signed-in phone of a clinic's doctor, and the agreements that doctor serves."""

    port: int
    cookie: str
    deals: Sequence[Deal]

    def body(self, visits: int, turn: int) -> bytes:
        """A request of whole visits but for its beginning, which says when it is sent."""
        entries = [entry for visit in range(visits) for entry in self._visit(turn, visit)]
        head = {"protocol": 1, "device_id": str(DEVICE), "device_name": "load", "entries": entries}
        return json.dumps(head, separators=(",", ":")).encode()[1:]

    def _visit(self, turn: int, number: int) -> list[dict[str, Any]]:
        """One request keeps to two residents of each home, so that its streams are counted at once."""
        deal = self.deals[(turn + number) % len(self.deals)]
        residents = [deal.present[4 + (turn * 2 + offset) % 20] for offset in range(2)]
        return visit(deal, residents, clock.now() - timedelta(hours=3 + number % 5))


def visit(deal: Deal, residents: Sequence[UUID], began: datetime) -> list[dict[str, Any]]:
    """Check-in by hand, ten lines, check-out."""
    round_id = str(new_id())
    said: list[tuple[str, dict[str, Any]]] = [("check_in", _check_in(deal))]
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


def _check_in(deal: Deal) -> dict[str, Any]:
    return {
        "institution_id": str(deal.home),
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


def sign_in(port: int, deals: Sequence[Deal]) -> Phone:
    """The phone of the doctor to whom these agreements belong, by name and password."""
    login = f"doctor{deals[0].number // 5 * 5}"
    body = json.dumps({"login": login, "password": PASSWORD, "device_name": "load"}).encode()
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "X-Xunyue": "1"}
    connection.request("POST", "/api/v1/session", body, headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise AssertionError(answer.read().decode())
    cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
    connection.close()
    return Phone(port, cookie, deals)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of sending: the seconds of each request, and of all together."""

    requests: Timing
    seconds: float


def send(phones: Sequence[Phone], requests: int, visits: int, at_most: float) -> Load:
    """Each phone sends its part of the requests, one after the other, all phones at once; those that have
    not begun after `at_most` seconds stay unsent."""
    bodies = [
        [phone.body(visits, number + turn) for turn in range(max(1, requests // len(phones)))]
        for number, phone in enumerate(phones)
    ]
    began = perf_counter()
    with ThreadPoolExecutor(len(phones)) as pool:
        jobs = [
            pool.submit(_send_all, phone, prepared, began + at_most)
            for phone, prepared in zip(phones, bodies, strict=True)
        ]
        times = [seconds for job in jobs for seconds in job.result()]
    return Load(Timing(tuple(sorted(times))), perf_counter() - began)


def _send_all(phone: Phone, bodies: Sequence[bytes], until: float) -> list[float]:
    connection = HTTPConnection("127.0.0.1", phone.port, timeout=60)
    headers = {"Content-Type": "application/json", "X-Xunyue": "1", "Cookie": phone.cookie}
    seconds = []
    for body in bodies:
        began = perf_counter()
        if began > until:
            break
        head = b'{"sent_at":"%s",' % instant_text(clock.now()).encode()
        connection.request("POST", "/api/v1/sync", head + body, headers)
        answer = connection.getresponse()
        said = answer.read()
        seconds.append(perf_counter() - began)
        _check(answer.status, body, said)
    connection.close()
    return seconds


def _check(status: int, body: bytes, said: bytes) -> None:
    """Every entry stored; counted instead of read, for the phones share the machine with the server."""
    if status != 200 or said.count(b'"outcome":"stored"') != body.count(b'"elapsed_ms"'):
        raise AssertionError(f"{status} {said[:2000].decode()}")
