"""Quantities that a form measures beside what its own rule judges: a pressure in a diabetes follow-up, both
arms of a check-up. pwa/src/rules/clinical/beside.ts says the same; both run
tests/golden/clinical/beside.json."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from server.catalogue.rules.quantities import quantity_of, read
from server.clinical.rules.facts import Result, Values

_RULES = {"pressure": "blood_pressure", "glucose": "glucose"}
_NAMES = {"pressure": ("sbp", "dbp"), "glucose": ("mmol", "meter")}
# From the weakest on.
_ACTIONS = (
    *("record_only", "routine", "recheck", "advise_venous_test"),
    *("adjust_treatment", "suspected", "advise_referral", "emergency_referral"),
)
Judged = Callable[[str, Values], Result | None]


def rules_of(form: Mapping[str, Any]) -> tuple[str, ...]:
    """The rules that judge a form's values: its own, and of other quantities that may be urgent in it."""
    own = (form["result"],) if "result" in form else ()
    return tuple(dict.fromkeys([*own, *(rule for rule, _, _ in _beside(form))]))


def judged(form: Mapping[str, Any], values: Values, judge: Judged) -> Result | None:
    """What all rules of a form say: its own result with those of the other quantities `beside` it, and of all
    of them the strongest action and the shortest time. Of two readings of a quantity the worse one counts."""
    own = judge(form["result"], values) if "result" in form else None
    found: dict[str, Result] = {}
    for rule, names, timing in _beside(form):
        reading = {name: values.get(of) for name, of in zip(names[0], names[1], strict=True)}
        said = judge(rule, {**reading, "timing": values.get("timing") or timing})
        if said is not None:
            found[rule] = max(found.get(rule, said), said, key=_strength)
    return together([*([own] if own else []), *found.values()])


def together(said: Sequence[Result]) -> Result | None:
    """One result of several, the first with the others beside it."""
    if len(said) < 2:
        return said[0] if said else None
    advised = [each for each in said if "action" in each]
    days = [each["followup_days"] for each in advised if each["followup_days"] is not None]
    action = max(advised, key=_strength)["action"]
    return {
        **said[0],
        "action": action,
        "followup_days": min(days, default=None),
        "beside": list(said[1:]),
    }


def said_of(assessment: Mapping[str, Any] | None, rule: str) -> Mapping[str, Any] | None:
    """What a rule said, in an assessment or beside it; None where it said nothing."""
    parts = [assessment, *assessment.get("beside", ())] if assessment else []
    return next((each for each in parts if each.get("rule") == rule), None)


def _beside(form: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Sequence[str], Sequence[str]], str]]:
    """Rule, the names it knows with those of the form, and when it was measured if the form does not ask."""
    urgent = {quantity_of(form, rule["code"]) for rule in form["urgent"]}
    timings = [field.get("timing", "random") for field in form["fields"] if "meter" in field]
    for (quantity, names), timing in zip(read(form), timings, strict=True):
        if quantity in urgent and _RULES[quantity] != form.get("result"):
            yield _RULES[quantity], (_NAMES[quantity], names), timing


def _strength(said: Result) -> int:
    return _ACTIONS.index(said["action"])
