"""Rounds of thirty records, through the door that phones use and by raw inserts."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from server.db import db
from server.ids import new_id
from server.rounds.models import Round, ServiceRecord
from server.web.application import Application
from server.web.schemas import instant_text
from tests.factories.client import Client
from tests.load.history import DEVICE, visit_of
from tests.load.measuring import Timing, timed
from tests.load.province import NOW, Deal, Line

_READINGS = 30


def signed_in(app: Application, login: str) -> Client:
    client = Client(app)
    answer = client.sign_in(login)
    if answer.status_code != 200:
        raise AssertionError(answer.text)
    return client


def rounds(app: Application, deals: Sequence[Deal]) -> Timing:
    """One round in each home, sent by the clinic's doctor: stored and counted when the answer is there."""
    doctors = {deal.number // 5: signed_in(app, f"doctor{deal.number // 5 * 5}") for deal in deals}
    batches = [(doctors[deal.number // 5], _batch(deal)) for deal in deals]
    return timed([partial(_send, doctor, batch) for doctor, batch in batches])


def _send(doctor: Client, batch: dict[str, Any]) -> None:
    answer = doctor.post("/sync", batch)
    results = answer.get_json()["results"]
    refused = [result for result in results if result["outcome"] != "stored"]
    if answer.status_code != 200 or refused:
        raise AssertionError(f"{answer.status_code} {refused}")


def _batch(deal: Deal) -> dict[str, Any]:
    """Check-in by hand, a blood pressure of thirty residents, check-out: an hour ago until now."""
    round_id = str(new_id())
    said = [("check_in", _check_in(deal))]
    said += [("record", _reading(resident)) for resident in deal.present[:_READINGS]]
    said += [("check_out", {"position": None, "position_problem": "timeout", "note": None})]
    began = NOW - timedelta(hours=1)
    entries = [
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
    head = {"protocol": 1, "device_id": str(DEVICE), "device_name": "load", "sent_at": instant_text(NOW)}
    return {**head, "entries": entries}


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


def _reading(resident: UUID) -> dict[str, Any]:
    return {
        "service": "blood_pressure",
        "subject_id": str(resident),
        "outcome": "done",
        "form": {"sbp": 136, "dbp": 80},
        "form_version": 1,
        "unusual": [],
    }


def raw_rounds(app: Application, deals: Sequence[Deal]) -> Timing:
    """The same rows, bare: a round and thirty-one records in one transaction, no question asked."""
    lines = [Line("round", None, {}, 75)]
    lines += [Line("blood_pressure", person, {"sbp": 136, "dbp": 80}) for person in range(_READINGS)]
    made = [visit_of(deal, NOW - timedelta(hours=1), lines) for deal in deals]
    with app.app_context():
        return timed([partial(_insert, visit, records) for visit, records in made])


def _insert(visit: dict[str, Any], records: list[dict[str, Any]]) -> None:
    with db.engine.begin() as connection:
        connection.execute(insert(Round), [visit])
        connection.execute(insert(ServiceRecord), records)
