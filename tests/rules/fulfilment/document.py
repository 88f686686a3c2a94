"""A scenario document that is fine, and ways to spoil it."""

from copy import deepcopy
from typing import Any

DOCUMENT: dict[str, Any] = {
    "note": {"anything": True},
    "as_of": "2026-04-15",
    "agreement": {"starts": "2026-01-01", "ends": "2026-12-31", "terminated_on": None},
    "suspensions": [{"from": "2026-02-16", "to": "2026-02-22"}],
    "commitments": [
        {
            "key": "rounds",
            "services": ["round"],
            "per": "week",
            "terms": [{"from": "2026-01-01", "count": 1}, {"from": "2026-06-01", "count": 2}],
            "weight": 1,
        },
        {
            "key": "bp",
            "services": ["blood_pressure"],
            "scope": "resident",
            "per": "year",
            "terms": [{"from": "2026-01-01", "count": 2}],
            "eligible": {"min_age": 65, "any_of": ["hypertension"]},
        },
        {"key": "green", "kind": "on_demand", "services": ["green"], "respond_within_minutes": 30},
        {"key": "file", "kind": "once", "services": ["file"], "terms": [], "within_days": 30},
    ],
    "residents": [
        {
            "id": "r1",
            "born": "1950-03-02",
            "conditions": [{"code": "hypertension", "since": "2020-01-01", "until": None}],
            "stays": [{"from": "2026-01-01", "to": None}],
        }
    ],
    "records": [
        {"service": "round", "on": "2026-01-06", "state": "confirmed", "minutes": 75, "attendees": 3}
    ],
    "requests": [{"commitment": "green", "at": "2026-02-01T03:10:00", "responded_at": "2026-02-01T03:25:00"}],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The document with one field set; a path as `commitments.0.per`."""
    document = deepcopy(DOCUMENT)
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return document


def without(path: str) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    *way, last = path.split(".")
    place: Any = document
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    del place[last]
    return document
