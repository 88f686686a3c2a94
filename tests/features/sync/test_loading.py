"""Entries are read as their schemas read them, field by field, whatever is in a field."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from marshmallow import Schema, ValidationError

from server.sync.loading import loader
from server.sync.protocol import PAYLOADS, EntrySchema

_ID = "0197c0de-0000-7000-8000-000000000001"
_PLACED = {
    "position": {"latitude": 30.25, "longitude": 120.1, "accuracy_m": 8, "datum": "WGS-84"},
    "position_problem": None,
}
_CONTENT = {"outcome": "done", "form": {"sbp": 136, "dbp": 80}, "form_version": 1, "unusual": ["sbp"]}
_CORRECTION = {"line_id": _ID, "version": 1, "reason": "other", "reason_text": "x"}
_SEEN = {"lines": [{"line_id": _ID, "version": 1}]}
_STEP = {"referral_id": _ID, "text": None}
_GOOD: Mapping[str, Mapping[str, Any]] = {
    "entry": {
        "id": _ID,
        "kind": "note",
        "round_id": _ID.upper(),
        "at": "2026-11-22T13:06:38.123+08:00",
        "elapsed_ms": 0,
        "payload": {"text": "x"},
    },
    "check_in": {
        "institution_id": _ID,
        "method": "manual",
        "token": None,
        "short_code": None,
        "reason": "other",
        "reason_text": "x",
        **_PLACED,
    },
    "record": {"service": "blood_pressure", "subject_id": _ID, **_CONTENT},
    "amend": {**_CORRECTION, **_CONTENT},
    "void": _CORRECTION,
    "note": {"text": "x"},
    "check_out": {**_PLACED, "note": "x"},
    "confirm": _SEEN,
    "dispute": {**_SEEN, "reason": "other", "text": None},
    "answer": {"line_id": _ID, "version": 2, "reason": "done_as_recorded", "text": "x"},
    "join": {"institution_id": _ID, "token": "x", **_PLACED},
    "referral_request": {
        "institution_id": _ID,
        "subject_id": _ID,
        "service": "referral_up",
        "receiver_id": None,
        "form": {"reason": "x"},
        "form_version": 2,
        "unusual": [],
        "reading_id": _ID,
        "from_id": None,
        "demand_id": None,
        "late_reason": None,
        "late_text": "x",
    },
    "referral_accept": {**_STEP, "reason": "no_bed"},
    "referral_depart": _STEP,
    "referral_arrive": {**_STEP, "text": "x"},
    "referral_close": {**_STEP, "outcome": "admitted"},
    "referral_family": {**_STEP, "name": "x", "relation": None},
    "follow_up_done": {"institution_id": _ID, "follow_up_id": _ID, "reason": "other", "text": None},
    "drop": {"entry_id": _ID, "reason": "other", "text": "x"},
}
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 10**30, 1.5, float("nan"), "", "x", "x" * 3000, "a\0b", "\ud800", "1"),
    *(_ID, f"{{{_ID}}}", f"urn:uuid:{_ID}", "done", "manual", "2026-11-22", "2026-11-22T00:00:00Z"),
    *([], [1], ["x"], [None], [_ID], {}, {"x": 1}, {"x": None}, [{}], [{"line_id": _ID, "version": True}]),
)


def _schemas() -> Mapping[str, Schema]:
    return {"entry": EntrySchema(), **PAYLOADS}


def _outcome(load: Callable[[Any], Any], raw: Any) -> str:
    try:
        return repr(load(raw))
    except ValidationError as error:
        return f"refused {error.messages}"


@pytest.mark.parametrize("kind", _GOOD)
def test_whatever_is_in_a_field_is_read_as_the_schema_reads_it(kind: str) -> None:
    schema, good = _schemas()[kind], _GOOD[kind]
    load = loader(schema)
    assert _outcome(load, good) == _outcome(schema.load, good) == repr(schema.load(good))
    for name in good:
        for odd in _ODD:
            raw = {**good, name: odd}
            assert _outcome(load, raw) == _outcome(schema.load, raw), (name, odd)
        less = {key: value for key, value in good.items() if key != name}
        for raw in (less, {**less, "more": 1}, {**good, "more": 1}):
            assert _outcome(load, raw) == _outcome(schema.load, raw), raw


def test_what_is_no_object_is_refused_as_the_schema_refuses_it() -> None:
    for schema in _schemas().values():
        load = loader(schema)
        for odd in _ODD:
            if not isinstance(odd, dict):
                assert _outcome(load, odd) == _outcome(schema.load, odd)


def test_every_kind_of_entry_is_tried() -> None:
    assert set(_GOOD) == set(_schemas())
