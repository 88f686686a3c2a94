"""Differential test: the engine and the naive second reading of the same text agree on random scenarios."""

from __future__ import annotations

import json

import pytest

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.printing import result_object
from server.fulfilment.rules.scenario import read_scenario
from tests.rules.oracle import naive
from tests.rules.oracle.scenarios import random_scenario

SEEDS, AT_ONCE = 400, 20


def agree(seed: int) -> bool:
    scenario = random_scenario(seed)
    text = json.dumps(scenario)
    return bool(result_object(evaluate(read_scenario(text))) == naive.evaluate(scenario))


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_engine_agrees_with_the_oracle(first: int) -> None:
    assert [seed for seed in range(first, first + AT_ONCE) if not agree(seed)] == []
