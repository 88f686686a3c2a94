"""What lines leave owed: the cases that the phone's estimate runs too, tests/golden/owed."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.printing import result_line
from server.fulfilment.rules.scenario import read_scenario

_FILE = Path(__file__).parents[2] / "golden" / "owed" / "estimate.json"
_CASES = json.loads(_FILE.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_what_is_left_owed(case: dict[str, Any]) -> None:
    before = _window(case, case["held"])
    assert before == (case["row"]["reported"], case["row"]["excused"])
    assert case["count"] - sum(_window(case, [*case["held"], *case["said"]])) == case["need"]


def _window(case: dict[str, Any], records: list[dict[str, Any]]) -> tuple[int, int]:
    """What is reported and excused of June."""
    term = {"starts": "2026-06-01", "ends": "2026-06-30"}
    clause = {
        "key": "promise",
        "per": "month",
        "terms": [{"from": term["starts"], "count": case["count"]}],
        **case["clause"],
    }
    stays = [{"from": term["starts"], "to": None}]
    scenario = {
        "as_of": "2026-06-30",
        "agreement": term,
        "commitments": [clause],
        "residents": [
            {"id": name, "born": "1950-01-01", "conditions": [], "stays": stays} for name in ("r1", "r2")
        ],
        "records": [{"state": "pending", **record} for record in records],
    }
    (commitment,) = json.loads(result_line(evaluate(read_scenario(json.dumps(scenario)))))["commitments"]
    subject = "r1" if clause.get("scope") == "resident" else None
    (window,) = (each for each in commitment["windows"] if each["subject"] == subject)
    return window["reported"], window["reported_excused"]
