"""The year of the province, as rows of its tables in the order in which they happened."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from server.ids import new_id
from tests.load.province import NOW, WEEKS, Deal, Line

Row = dict[str, Any]
DEVICE = UUID(int=7)


def visits(deals: list[Deal]) -> Iterator[tuple[Row, list[Row]]]:
    """Each visit's round and records, week by week through all homes: neighbours in time, not in place."""
    for week in range(WEEKS):
        for deal in deals:
            if not deal.missed(week) and deal.visit_day(week) < NOW.date():
                at = datetime.combine(deal.visit_day(week), time(1, 30), UTC)
                yield visit_of(deal, at, [Line("round", None, {}, 75), *deal.lines(week)], week)


def visit_of(deal: Deal, at: datetime, lines: Sequence[Line], week: int = 0) -> tuple[Row, list[Row]]:
    """A round at `at` (of whose local day UTC's is the same) and its records; `week` varies their states."""
    round_id = new_id()
    where = {"institution_id": deal.home, "medical_id": deal.medical, "on": at.date()}
    seen = {"checked_in_at": at, "checked_out_at": at + timedelta(minutes=75), "minutes": 75}
    proof = {"method": "poster", "grade": "C", "grade_reasons": [], "grade_rule": 1, "distance_m": 30}
    sent = {"device_id": DEVICE, "device_name": "load", "received_at": at + timedelta(hours=2), "revision": 1}
    visit = {"id": round_id, **where, "clinician_id": deal.doctor, **seen, **proof, **sent}
    return visit, [_record(deal, visit, week, position, line) for position, line in enumerate(lines)]


def _record(deal: Deal, visit: Row, week: int, position: int, line: Line) -> Row:
    dice = week * 31 + deal.number * 17 + position * 7
    state = "pending" if dice % 11 == 0 else "disputed" if dice % 61 == 0 else "confirmed"
    made = visit["checked_in_at"] + timedelta(minutes=1 + position)
    return {
        "id": visit["id"] if line.service == "round" else new_id(),
        "round_id": visit["id"],
        "institution_id": deal.home,
        "medical_id": deal.medical,
        "performer_id": deal.doctor,
        "subject_id": None if line.resident is None else deal.residents[line.resident],
        "service": line.service,
        "on": visit["on"],
        "made_at": made,
        "received_at": visit["received_at"],
        "version": 1,
        "state": state,
        "outcome": "declined" if line.resident is not None and dice % 41 == 0 else "done",
        "form": line.form,
        "unusual": [],
        "urgent": [],
        "minutes": line.minutes,
        "attendees": line.attendees,
        "revision": 1,
    }


def requests(deals: list[Deal]) -> Iterator[Row]:
    """Some ten calls on the green channel in a year, most answered within their half hour."""
    for deal in deals:
        for call in range(10):
            asked = datetime.combine(deal.visit_day(call * 5), time(3, 10), UTC)
            answered = asked + timedelta(minutes=10 + (deal.number + call) * 7 % 35)
            if asked < NOW:
                who = {"institution_id": deal.home, "medical_id": deal.medical}
                told = {"asked_by_id": deal.doctor, "answered_at": answered, "note": "", "stated": False}
                what = {"id": new_id(), "service": "green_channel_emergency", "asked_at": asked}
                yield {**what, **who, **told}
