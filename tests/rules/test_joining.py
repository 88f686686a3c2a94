"""Joining a colleague's round, against the cases that the phone must pass too."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server.checkin.rules import Fence, Fix, Joining, RoundCode, join_grade, read_round_code

GOLDEN = Path(__file__).parents[1] / "golden" / "presence" / "joining.json"
DOCUMENT: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
FENCE = Fence(*(DOCUMENT["fence"][name] for name in ("latitude", "longitude", "fence_m")))


@pytest.mark.parametrize("case", DOCUMENT["codes"], ids=lambda case: case["text"])
def test_what_a_code_says(case: dict[str, Any]) -> None:
    parts = case["parts"]
    code = read_round_code(case["text"])
    if parts is None:
        assert code is None
        return
    ids = (UUID(parts["round_id"]), parts["step"], UUID(parts["institution_id"]))
    assert code == RoundCode(*ids, datetime.fromisoformat(parts["checked_in_at"]))
    assert code.text == case["text"]


def test_a_moment_that_no_calendar_has() -> None:
    code = read_round_code(DOCUMENT["codes"][0]["text"])
    assert code is not None
    assert read_round_code(code.text[:-7] + "_______"[:-1] + "8") is None


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=lambda case: case["name"])
def test_what_it_is_worth(case: dict[str, Any]) -> None:
    round_, out, place = DOCUMENT["round"], case["checked_out_at"], case["position"]
    joining = Joining(
        UUID(round_["id"]),
        case["round_grade"],
        datetime.fromisoformat(round_["checked_in_at"]),
        datetime.fromisoformat(out) if out else None,
        read_round_code(case["token"]),
        datetime.fromisoformat(case["captured_at"]),
    )
    fix = Fix(place["latitude"], place["longitude"], place["accuracy_m"]) if place else None
    graded = join_grade(joining, fix, FENCE)
    assert (graded.letter, list(graded.reasons)) == (case["grade"], case["reasons"])
