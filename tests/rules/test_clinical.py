"""The clinical rules against the cases that the phone's rules must pass too."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from server.catalogue import queries as catalogue
from server.clinical.policies import assessment, policies, policy_on
from server.clinical.rules.assess import RULES, assess
from server.clinical.rules.beside import judged
from server.clinical.rules.facts import NO_RUN, Facts, Known, Result, Target, Values

GOLDEN = Path(__file__).parents[1] / "golden" / "clinical"


def _read(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


CASES = [
    pytest.param(rule, case, id=f"{rule}: {case['name']}") for rule in RULES for case in _read(rule)["cases"]
]
VECTORS = _read("vectors")


def facts_of(said: dict[str, Any]) -> Facts:
    return Facts(
        age=said.get("age"),
        conditions=frozenset(said.get("conditions", ())),
        uncontrolled=said.get("uncontrolled", 0),
        raised=said.get("raised", 0),
        summary=tuple(said.get("summary", ())),
    )


def _targets(said: list[dict[str, Any]]) -> list[Target]:
    return [Target(**{**each, "starts": date.fromisoformat(each["starts"])}) for each in said]


def assessed(rule: str, case: dict[str, Any]) -> Result | None:
    policy = policy_on(rule, date.fromisoformat(case["on"]), _targets(case.get("targets", [])))
    return assess(rule, case["values"], facts_of(case["facts"]), policy) if policy else None


def _today(rule: str, values: dict[str, Any], facts: Facts) -> Result:
    policy = policy_on(rule, date(2026, 6, 1))
    result = assess(rule, values, facts, policy) if policy else None
    assert result is not None
    return result


def _named(expected: Any, result: Any) -> Any:
    """Of the result what is expected by name, at every depth."""
    if not isinstance(expected, dict):
        return result
    return {name: _named(each, result.get(name)) for name, each in expected.items()} if result else result


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_golden_cases(rule: str, case: dict[str, Any]) -> None:
    result, expected = assessed(rule, case), case["expected"]
    if expected is None or result is None:
        assert result == expected
    else:
        assert _named(expected, result) == expected
        assert ("county" in result) == ("county" in expected)


@pytest.mark.parametrize("case", _read("beside")["cases"], ids=lambda case: case["name"])
def test_what_is_measured_beside(case: dict[str, Any]) -> None:
    def judge(rule: str, said: Values) -> Result | None:
        policy = policy_on(rule, date(2026, 6, 1))
        uncontrolled, raised = case["runs"].get(rule, NO_RUN)
        facts = facts_of({**case["facts"], "uncontrolled": uncontrolled, "raised": raised})
        return assess(rule, said, facts, policy) if policy else None

    assert judged(catalogue.forms()[case["form"]], case["values"], judge) == case["expected"]


WITH_PRESSURE = {"diabetes_followup": {"mmol": "6.1", "timing": "fasting"}, "family_bed_round": {}}


@given(
    st.sampled_from(sorted(WITH_PRESSURE)),
    *(st.integers(50, 300), st.integers(20, 200), st.integers(0, 3), st.integers(0, 3)),
    st.sets(st.sampled_from(["hypertension", "type2_diabetes"])).map(frozenset),
)
def test_a_pressure_says_no_less_in_another_form(
    form: str, sbp: int, dbp: int, uncontrolled: int, raised: int, conditions: frozenset[str]
) -> None:
    """Whoever would be referred by a plain pressure is referred by any form that measures the same."""
    day, values = date(2026, 6, 1), {"sbp": sbp, "dbp": dbp}
    known = Known(Facts(70, conditions), runs={"blood_pressure": (uncontrolled, raised)})
    plain = assessment(catalogue.forms()["vital_bp"], values, day, known)
    said = assessment(catalogue.forms()[form], {**WITH_PRESSURE[form], **values}, day, known)
    assert plain is not None
    assert said is not None
    assert STRENGTH.index(said["action"]) >= STRENGTH.index(plain["action"])
    assert (said["followup_days"] or 999) <= (plain["followup_days"] or 999)


STRENGTH = (
    *("record_only", "routine", "recheck", "advise_venous_test"),
    *("adjust_treatment", "suspected", "advise_referral", "emergency_referral"),
)


@pytest.mark.parametrize("vector", VECTORS["bp"], ids=str)
def test_published_blood_pressures(vector: dict[str, Any]) -> None:
    facts = Facts(age=vector.pop("age"), conditions=frozenset({"hypertension"}))
    result = _today("blood_pressure", {"sbp": vector.pop("sbp"), "dbp": vector.pop("dbp")}, facts)
    assert {name: result[name] for name in vector} == vector


@pytest.mark.parametrize("vector", VECTORS["glucose"], ids=str)
def test_published_glucoses(vector: dict[str, Any]) -> None:
    facts = Facts(conditions=frozenset({"type2_diabetes"}), uncontrolled=int(vector["prev_uncontrolled"]))
    timings = ["fasting"] if vector["fasting"] else ["after_meal_2h", "random"]
    for timing in timings:
        result = _today("glucose", {"mmol": f"{vector['mmol']:.1f}", "timing": timing}, facts)
        assert (result["action"], result["followup_days"]) == (vector["action"], vector["followup_days"])


@pytest.mark.parametrize("vector", VECTORS["self_care"], ids=str)
def test_published_self_care(vector: dict[str, Any]) -> None:
    result = _today("self_care", vector, Facts())
    assert (result["total"], result["level"]) == (vector["total"], vector["level"])


@pytest.mark.parametrize("vector", VECTORS["tcm33"], ids=lambda vector: str(vector["scores"]["balanced"]))
def test_published_constitutions(vector: dict[str, Any]) -> None:
    answers = {f"q{number}": answer for number, answer in enumerate(vector["answers"], start=1)}
    result = _today("constitution", answers, Facts())
    assert (result["scores"], result["types"]) == (vector["scores"], vector["result"])


@pytest.mark.parametrize("vector", VECTORS["gbt42195"], ids=str)
def test_published_abilities(vector: dict[str, Any]) -> None:
    values = {
        **points(vector["total"]),
        "coma": bool(vector["coma"]),
        "mental_diagnosis": bool(vector["mental_dx"]),
        "risk_events": vector["risk_events_30d"],
    }
    result = _today("ability", values, Facts())
    assert {name: result[name] for name in ("total", "base", "level")} == {
        name: vector[name] for name in ("total", "base", "level")
    }


def points(total: int) -> dict[str, int]:
    """The 26 items with this many points, given to the first ones."""
    given, left = {}, total
    policy = policy_on("ability", date(2026, 6, 1))
    assert policy is not None
    for items in policy.limits["groups"].values():
        for item, most in items.items():
            given[item] = min(most, left)
            left -= given[item]
    return given


def test_every_form_names_a_rule_and_every_rule_has_a_policy() -> None:
    named = {form["result"] for form in catalogue.forms().values() if "result" in form}
    assert {"blood_pressure", "glucose"} <= named <= set(RULES)
    assert {each["rule"] for each in policies()} == set(RULES)


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: str(policy["code"]))
def test_policies_are_whole(policy: dict[str, Any]) -> None:
    """A source in both languages; each target within its own bounds, and none of a limit's name."""
    assert policy["source"]["zh"]
    assert policy["source"]["en"]
    for target in policy["targets"].values():
        assert Decimal(target["min"]) <= Decimal(target["value"]) <= Decimal(target["max"])
    assert not policy["targets"].keys() & policy["limits"].keys()


@pytest.mark.parametrize("sbp", [179, 180, 300])
@pytest.mark.parametrize("dbp", [109, 110, 170])
def test_urgent_pressures_are_those_of_the_form(sbp: int, dbp: int) -> None:
    """The form's codes start the follow-up, the rule gives the advice: both mean the same values."""
    values = {"sbp": sbp, "dbp": dbp}
    action = _today("blood_pressure", values, Facts(age=70))["action"]
    assert bool(catalogue.judges()["vital_bp"](values).urgent) == (action == "emergency_referral")


@pytest.mark.parametrize("values", [{"mmol": m} for m in ("3.9", "4.0", "16.6", "16.7")] + [{"meter": "LO"}])
def test_urgent_glucoses_are_those_of_the_form(values: dict[str, str]) -> None:
    said = {**values, "timing": "random"}
    action = _today("glucose", said, Facts(age=70))["action"]
    assert bool(catalogue.judges()["vital_glucose"](said).urgent) == (action == "emergency_referral")


@pytest.mark.parametrize(("values", "missing"), [({}, True), ({"glucose_meter": "LO"}, False)])
def test_what_another_answer_took_away_is_not_missing(values: dict[str, str], missing: bool) -> None:
    result = assessment(catalogue.forms()["health_checkup"], values, date(2026, 6, 1), Known())
    assert result is not None
    assert ("fasting_glucose" in result["missing"]) == missing
