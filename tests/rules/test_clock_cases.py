"""Clocks that are off or set in between, against the cases that the phone must pass too."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from server import clock
from server.rounds.rules import end_of_visit, minutes_of_visit, sent_late
from server.sync.protocol import believed
from server.web.schemas import instant_text

_CASES = json.loads((Path(__file__).parents[1] / "golden" / "presence" / "clocks.json").read_text("utf-8"))


@pytest.mark.parametrize("case", _CASES["cases"], ids=lambda case: case["name"])
def test_what_a_wrong_clock_leaves_of_a_visit(case: dict[str, Any]) -> None:
    received_at = datetime.fromisoformat(case["received_at"])
    offset = believed(received_at - datetime.fromisoformat(case["sent_at"]))
    began = datetime.fromisoformat(case["check_in"]) + offset
    said, elapsed_ms = case["check_out"]["at"], case["check_out"]["elapsed_ms"]
    left = end_of_visit(elapsed_ms, began, datetime.fromisoformat(said) + offset, received_at)
    assert {
        "on": clock.local_day(began, case["timezone"]).isoformat(),
        "checked_in_at": instant_text(began),
        "checked_out_at": instant_text(left),
        "minutes": minutes_of_visit(began, left),
        "no_signal": sent_late(began, received_at),
    } == case["expected"]
