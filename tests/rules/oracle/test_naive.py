"""The oracle reproduces the worked examples, and its scenarios really contain what they are meant to."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.rules.oracle.frame import Json
from tests.rules.oracle.naive import evaluate
from tests.rules.oracle.scenarios import random_scenario

GOLDEN = Path(__file__).parents[2] / "golden" / "fulfilment"
EXAMPLES = sorted(path.name.removesuffix(".expected.json") for path in GOLDEN.glob("*.expected.json"))
SEEDS = range(300)

# What happened on the way, by the oracle's log, and how often at least it has to in 300 scenarios.
HAPPENINGS = {
    "confirmed on time": 1000,
    "confirmed late": 60,
    "confirmed moved another": 15,
    "confirmed surplus": 300,
    "confirmed surplus of no window": 30,
    "confirmed too soon": 30,
    "pending on time": 300,
    "pending late": 30,
    "pending moved another": 8,
    "pending surplus": 200,
    "pending surplus of no window": 10,
    "pending too soon": 30,
    "confirmed once older": 8,
    "confirmed once on time": 8,
    "confirmed once late": 4,
    "confirmed once surplus": 10,
    "confirmed once surplus of no window": 30,
    "pending once on time": 2,
    "pending once surplus": 5,
    "confirmed excused in its window": 100,
    "confirmed excused in grace": 10,
    "confirmed excuse refused": 40,
    "reported excused in its window": 100,
    "reported excused in grace": 15,
    "reported excuse refused": 60,
    "met": 500,
    "partial": 200,
    "missed": 500,
    "excused": 30,
    "open": 60,
    "request due": 60,
    "request met": 30,
    "request open": 15,
}


def test_every_example_is_there() -> None:
    assert len(EXAMPLES) >= 25


@pytest.mark.parametrize("name", EXAMPLES)
def test_reproduces_the_example(name: str) -> None:
    scenario = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    expected = json.loads((GOLDEN / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert evaluate(scenario) == expected


@cache
def happenings() -> Counter[str]:
    log: Counter[str] = Counter()
    for seed in SEEDS:
        evaluate(random_scenario(seed), log)
    return log


@pytest.mark.parametrize(("name", "at_least"), HAPPENINGS.items())
def test_scenarios_make_it_happen(name: str, at_least: int) -> None:
    assert happenings()[name] >= at_least


def field_features(scenario: Json) -> set[str]:
    """Which values of which fields a scenario's commitments use."""
    fields = ("kind", "match", "scope", "per", "align", "partial", "count_by", "every", "min_days")
    found = {f"{name}={c[name]}" for c in scenario["commitments"] for name in fields if name in c}
    agreement = scenario["agreement"]
    if agreement.get("terminated_on"):
        found.add("terminated")
        if agreement["terminated_on"] == agreement["starts"]:
            found.add("terminated at once")
    if scenario["as_of"] < agreement["starts"]:
        found.add("as_of before starts")
    return found


def other_features(scenario: Json, result: Json) -> set[str]:
    """Combinations that show only in a commitment's fields together with its figures."""
    found = set()
    for c, figures in zip(scenario["commitments"], result["commitments"], strict=True):
        counted = any(row["reported"] for row in figures["windows"])
        excused = any(row["reported_excused"] for row in figures["windows"])
        is_bundle = c.get("match") == "all" and len(c["services"]) > 1
        found |= {"bundle counted"} if is_bundle and counted else set()
        found |= {"bundle excused"} if is_bundle and excused else set()
        found |= {"institution excused"} if c.get("scope") != "resident" and excused else set()
        found |= {"by record with gap"} if c.get("count_by") == "record" and c.get("min_gap_days") else set()
        counts = [term["count"] for term in c.get("terms", [])]
        found |= {"dropped"} if 0 in counts and counted else set()
        found |= {"amended"} if len(counts) > 1 and counted else set()
        found |= (
            {"confirmed unlike reported"} if figures["confirmed_rate"] != figures["reported_rate"] else set()
        )
        found |= {"on time unlike"} if figures["on_time_rate"] != figures["confirmed_rate"] else set()
    return found


@cache
def features() -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in SEEDS:
        scenario = random_scenario(seed)
        found.update(field_features(scenario))
        found.update(other_features(scenario, evaluate(scenario)))
    return found


FEATURES = [
    *("kind=once", "kind=on_demand", "kind=periodic", "match=all", "scope=resident", "scope=institution"),
    *("per=day", "per=week", "per=month", "per=quarter", "per=half_year", "per=year", "per=term"),
    *("align=calendar", "align=anniversary", "partial=prorate", "partial=full", "partial=whole"),
    *("every=2", "every=3", "every=5", "min_days=3", "min_days=7", "count_by=record", "count_by=day"),
    *("terminated", "as_of before starts", "bundle counted", "bundle excused", "institution excused"),
    *("by record with gap", "dropped", "amended", "confirmed unlike reported", "on time unlike"),
]


@pytest.mark.parametrize("name", FEATURES)
def test_scenarios_use_the_feature(name: str) -> None:
    assert features()[name] >= 3


def test_a_seed_always_gives_the_same_scenario() -> None:
    assert random_scenario(7) == random_scenario(7)
    assert random_scenario(7) != random_scenario(8)
