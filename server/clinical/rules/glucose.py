"""Capillary glucose, in mmol/L with one decimal, as text; or LO or HI where the meter has no number."""

from decimal import Decimal
from typing import Any

from server.clinical.rules.facts import Facts, Limits, Result, Values
from server.clinical.rules.pressure import known_disease_action

DIABETES = "type2_diabetes"


def glucose(values: Values, facts: Facts, limits: Limits) -> Result | None:
    """Whether it is controlled, and what to do; None while the value or its time is missing.

    Only a fasting value, or an extreme one, says whether diabetes is controlled. What is not fasting counts
    as random.
    """
    mmol = _mmol(values.get("mmol"))
    meter = values.get("meter")
    timing = values.get("timing")
    if (mmol is None and meter not in ("LO", "HI")) or not timing:
        return None
    extreme = mmol is None or mmol >= Decimal(limits["urgent_from"]) or mmol <= Decimal(limits["urgent_to"])
    fasting = timing == "fasting"
    known = DIABETES in facts.conditions
    controlled = _controlled(mmol, fasting, extreme, limits) if known else None
    result: Result = {
        "target": {"fasting_below": limits["fasting_below"]} if known else None,
        "controlled": controlled,
        "uncontrolled": _running(controlled, facts.uncontrolled) if known else 0,
        "uncontrolled_before": facts.uncontrolled,
    }
    if extreme or values.get("danger_signs"):
        action, days = "emergency_referral", limits["soon_days"]
    elif controlled is not None:
        action, days = known_disease_action(controlled, result["uncontrolled"], limits)
    else:
        action, days = _noted(mmol, fasting, known, limits), None
    return {**result, "action": action, "followup_days": days}


def _mmol(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) and value else None


def _controlled(mmol: Decimal | None, fasting: bool, extreme: bool, limits: Limits) -> bool | None:
    if extreme or mmol is None:
        return False
    return mmol < Decimal(limits["fasting_below"]) if fasting else None


def _running(controlled: bool | None, before: int) -> int:
    """A value that says nothing about control neither adds to the row nor ends it."""
    if controlled is None:
        return before
    return 0 if controlled else before + 1


def _noted(mmol: Decimal | None, fasting: bool, known: bool, limits: Limits) -> str:
    level = limits["venous_fasting" if fasting else "venous_random"]
    return (
        "advise_venous_test" if not known and mmol is not None and mmol >= Decimal(level) else "record_only"
    )
