"""The worked examples, to the letter."""

import json
from pathlib import Path

import pytest

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.printing import result_line
from server.fulfilment.rules.scenario import read_scenario

GOLDEN = Path(__file__).parents[2] / "golden" / "fulfilment"
SCENARIOS = sorted(path for path in GOLDEN.glob("*.json") if not path.name.endswith(".expected.json"))


def test_every_worked_example_is_here() -> None:
    assert len(SCENARIOS) == 27


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_worked_example(path: Path) -> None:
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))

    line = result_line(evaluate(read_scenario(path.read_bytes())))

    # As text: the order of the keys is part of the format.
    assert line == json.dumps(expected)
    assert "\n" not in line
