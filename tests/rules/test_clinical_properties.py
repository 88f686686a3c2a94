"""What holds for every value, and what both languages make of many of them."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from server.clinical.policies import policy_on
from server.clinical.rules.assess import assess
from server.clinical.rules.facts import Facts, Result, age_on

AGREEMENT = Path(__file__).parents[1] / "golden" / "clinical" / "agreement.json"
DAY = date(2026, 6, 1)
GRADES = ["normal", "high_normal", "grade1", "grade2", "grade3"]
LEVELS = ["independent", "mild", "moderate", "dependent"]
VERDICTS = ["no", "tendency", "yes"]
NOBODY = Facts()

pressures = st.tuples(st.integers(50, 300), st.integers(20, 200))
tenths = st.integers(6, 333)
known = st.sets(st.sampled_from(["hypertension", "type2_diabetes", "disabled"])).map(frozenset)
facts = st.builds(Facts, st.integers(0, 110), known, st.integers(0, 5), st.integers(0, 5))
answers = st.lists(st.integers(1, 5), min_size=33, max_size=33)


def _limits(rule: str) -> Any:
    policy = policy_on(rule, DAY)
    assert policy is not None
    return policy.limits


def _assess(rule: str, values: dict[str, Any], known_facts: Facts = NOBODY) -> Result:
    policy = policy_on(rule, DAY)
    result = assess(rule, values, known_facts, policy) if policy else None
    assert result is not None
    return result


@given(pressures, facts, st.integers(0, 40), st.integers(0, 40))
def test_a_higher_pressure_is_never_better(
    pressure: tuple[int, int], of: Facts, more_sbp: int, more_dbp: int
) -> None:
    low = _assess("blood_pressure", {"sbp": pressure[0], "dbp": pressure[1]}, of)
    high = _assess("blood_pressure", {"sbp": pressure[0] + more_sbp, "dbp": pressure[1] + more_dbp}, of)
    assert GRADES.index(low["grade"]) <= GRADES.index(high["grade"])
    assert low["controlled"] is not False or high["controlled"] is False
    assert low["action"] != "emergency_referral" or high["action"] == "emergency_referral"
    assert low["uncontrolled"] <= high["uncontrolled"]
    assert low["raised"] <= high["raised"]


@given(pressures, facts)
def test_a_pressure_says_one_thing(pressure: tuple[int, int], of: Facts) -> None:
    result = _assess("blood_pressure", {"sbp": pressure[0], "dbp": pressure[1]}, of)
    assert (result["controlled"] is None) == ("hypertension" not in of.conditions)
    assert (result["followup_days"] is None) == (result["action"] in ("record_only", "recheck"))
    assert result["followup_days"] in (None, 14, 90)
    assert not result["isolated_systolic"] or result["grade"] in GRADES[2:]
    assert result["uncontrolled"] in (0, of.uncontrolled + 1)
    assert result["raised"] in (0, of.raised + 1)


@given(pressures, facts, st.integers(0, 110))
def test_the_older_are_never_asked_for_a_lower_pressure(
    pressure: tuple[int, int], of: Facts, age: int
) -> None:
    values = {"sbp": pressure[0], "dbp": pressure[1]}
    younger, older = sorted([of.age or 0, age])
    strict = _assess("blood_pressure", values, Facts(younger, of.conditions))
    mild = _assess("blood_pressure", values, Facts(older, of.conditions))
    assert not strict["controlled"] or mild["controlled"]


@given(tenths, st.sampled_from(["fasting", "after_meal_2h", "random"]), facts)
def test_a_glucose_says_one_thing(value: int, timing: str, of: Facts) -> None:
    result = _assess("glucose", {"mmol": f"{value // 10}.{value % 10}", "timing": timing}, of)
    urgent = value >= 167 or value <= 39
    assert (result["action"] == "emergency_referral") == urgent
    assert (result["followup_days"] is None) == (result["action"] in ("record_only", "advise_venous_test"))
    if "type2_diabetes" not in of.conditions:
        assert result["controlled"] is None
        assert result["uncontrolled"] == 0
    elif urgent or timing == "fasting":
        assert result["controlled"] == (not urgent and value < 70)


SCORES = _limits("self_care")["scores"]


@given(st.fixed_dictionaries({item: st.sampled_from(allowed) for item, allowed in SCORES.items()}))
def test_self_care_is_a_sum_with_levels(values: dict[str, int]) -> None:
    result = _assess("self_care", values)
    assert result["total"] == sum(values.values())
    assert 0 <= result["total"] <= 37
    worse = _assess("self_care", {**values, "move": 10})
    assert LEVELS.index(result["level"]) <= LEVELS.index(worse["level"])


@given(answers)
def test_constitutions_are_sums_of_four(given_answers: list[int]) -> None:
    result = _assess("constitution", {f"q{n}": each for n, each in enumerate(given_answers, start=1)})
    others = {group: score for group, score in result["scores"].items() if group != "balanced"}
    counted = set().union(*_limits("constitution")["groups"].values())
    assert sum(others.values()) == sum(given_answers[item - 1] for item in counted)
    assert all(4 <= score <= 20 for score in others.values())
    assert 5 <= result["scores"]["balanced"] <= 25
    # Whoever is plainly of one of the eight is not balanced.
    assert "yes" not in [result["types"][group] for group in others] or result["types"]["balanced"] == "no"


@given(answers, st.integers(2, 33))
def test_a_complaint_more_often_is_never_less_of_a_constitution(given_answers: list[int], item: int) -> None:
    values = {f"q{n}": each for n, each in enumerate(given_answers, start=1)}
    before = _assess("constitution", values)
    after = _assess("constitution", {**values, f"q{item}": 5})
    for group in before["types"].keys() - {"balanced"}:
        assert VERDICTS.index(before["types"][group]) <= VERDICTS.index(after["types"][group])
    assert after["scores"]["balanced"] <= before["scores"]["balanced"]


ITEMS = {item: most for items in _limits("ability")["groups"].values() for item, most in items.items()}


@given(
    st.fixed_dictionaries({item: st.integers(0, most) for item, most in ITEMS.items()}),
    *(st.booleans(), st.booleans(), st.integers(0, 9)),
)
def test_ability_is_a_sum_that_is_adjusted_once(
    values: dict[str, int], coma: bool, diagnosis: bool, events: int
) -> None:
    said = {**values, "coma": coma, "mental_diagnosis": diagnosis, "risk_events": events}
    result = _assess("ability", said)
    assert result["total"] == sum(values.values()) == sum(result["groups"].values())
    assert 0 <= result["base"] <= result["level"] <= 4
    assert result["level"] == (4 if coma else min(4, result["base"] + diagnosis + (events >= 2)))
    better = _assess("ability", {**said, "eating": 4})
    assert better["base"] <= result["base"]


def test_ability_has_26_items_of_90_points() -> None:
    assert (len(ITEMS), sum(ITEMS.values())) == (26, 90)


@given(st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["x", 0, False, "", None])))
def test_completeness_counts_each_field_once(values: dict[str, Any]) -> None:
    result = _assess("completeness", values, Facts(summary=tuple("abcde")))
    assert result["filled"] + len(result["missing"]) == result["of"] == 5


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1961, 6, 2), date(2026, 6, 1), 64),
        (date(1961, 6, 1), date(2026, 6, 1), 65),
        (date(1960, 2, 29), date(2025, 2, 28), 64),
        (date(1960, 2, 29), date(2025, 3, 1), 65),
    ],
)
def test_age_in_completed_years(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


def _grid() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Values about every boundary, with every kind of person."""
    people: list[dict[str, Any]] = [
        {"age": age, "conditions": conditions, "uncontrolled": row, "raised": row}
        for age, conditions, row in product((64, 65), ([], ["hypertension", "type2_diabetes"]), (0, 1, 2))
    ]
    sbps, dbps = (119, 139, 140, 149, 150, 159, 160, 179, 180), (79, 89, 90, 99, 100, 109, 110)
    for place, (sbp, dbp) in enumerate(product(sbps, dbps)):
        yield "blood_pressure", {"sbp": sbp, "dbp": dbp}, people[place % len(people)]
    values = ("3.9", "4.0", "6.9", "7.0", "11.0", "11.1", "16.6", "16.7")
    timings = ("fasting", "after_meal_2h", "random")
    for place, (mmol, timing) in enumerate(product(values, timings)):
        yield "glucose", {"mmol": mmol, "timing": timing}, people[(place * 5) % len(people)]
    for seed in range(40):
        yield (
            "constitution",
            {f"q{n}": 1 + (seed * n * n + n // 3) % (2 + seed % 4) for n in range(1, 34)},
            {},
        )
        yield "self_care", {item: s[seed * 7 % len(s)] for item, s in SCORES.items()}, {}
        score = {item: (seed + n * seed) % (most + 1) for n, (item, most) in enumerate(ITEMS.items())}
        yield "ability", {**score, "coma": seed % 9 == 0, "risk_events": seed % 4}, {}


def _agreement() -> list[dict[str, Any]]:
    found = []
    for rule, values, said in _grid():
        known_facts = Facts(**{**said, "conditions": frozenset(said.get("conditions", ()))})
        result = _assess(rule, values, known_facts)
        found.append({"rule": rule, "values": values, "facts": said, "expected": result})
    return found


def test_what_the_phone_must_agree_with_is_what_the_rules_say() -> None:
    """The phone's rules must give every one of these whole results; written by running this file."""
    document = json.loads(AGREEMENT.read_text(encoding="utf-8"))
    assert document["cases"] == _agreement()
    actions = {case["expected"].get("action") for case in document["cases"]}
    assert {"routine", "adjust_treatment", "advise_referral", "emergency_referral", "recheck"} <= actions
    assert {"suspected", "record_only", "advise_venous_test"} <= actions


def write_agreement() -> None:
    lines = ",\n".join(f"    {json.dumps(case)}" for case in _agreement())
    note = "Whole results of the server's rules on 2026-06-01, which the phone's must give too."
    head = f'{{\n  "note": {json.dumps(note)},\n  "on": "{DAY}",\n  "cases": [\n'
    AGREEMENT.write_text(f"{head}{lines}\n  ]\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    write_agreement()
