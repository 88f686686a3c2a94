"""Blood pressure, in whole mmHg."""

from server.clinical.rules.facts import Facts, Limits, Result, Values, whole

HYPERTENSION = "hypertension"


def blood_pressure(values: Values, facts: Facts, limits: Limits) -> Result | None:
    """Grade, whether it is controlled, and what to do; None while a half is missing.

    `controlled` and `target` are None for somebody without the diagnosis. Both halves must be below the
    target.
    """
    sbp, dbp = whole(values, "sbp"), whole(values, "dbp")
    if sbp is None or dbp is None:
        return None
    known = HYPERTENSION in facts.conditions
    target = _target(facts, limits) if known else None
    controlled = sbp < target["sbp_below"] and dbp < target["dbp_below"] if target else None
    raised = sbp >= limits["raised_sbp"] or dbp >= limits["raised_dbp"]
    result: Result = {
        "grade": next(grade for grade, high, low in limits["grades"] if sbp >= high or dbp >= low),
        "isolated_systolic": sbp >= limits["raised_sbp"] and dbp < limits["raised_dbp"],
        "target": target,
        "controlled": controlled,
        "uncontrolled": facts.uncontrolled + 1 if controlled is False else 0,
        "raised": facts.raised + 1 if raised and not known else 0,
        "uncontrolled_before": facts.uncontrolled,
        "raised_before": facts.raised,
    }
    urgent = sbp >= limits["urgent_sbp"] or dbp >= limits["urgent_dbp"] or bool(values.get("danger_signs"))
    action, days = _action(result, urgent, limits)
    return {**result, "action": action, "followup_days": days}


def _target(facts: Facts, limits: Limits) -> dict[str, int]:
    prefix = "older_" if facts.age is not None and facts.age >= limits["older_from"] else ""
    return {half: limits[f"{prefix}{half}"] for half in ("sbp_below", "dbp_below")}


def _action(result: Result, urgent: bool, limits: Limits) -> tuple[str, int | None]:
    soon: int = limits["soon_days"]
    if urgent:
        return "emergency_referral", soon
    if result["controlled"] is not None:
        return known_disease_action(result["controlled"], result["uncontrolled"], limits)
    if not result["raised"]:
        return "record_only", None
    # A diagnosis needs readings of several days; one of them is no more than a reason to measure again.
    return ("suspected", soon) if result["raised"] >= limits["raised_readings"] else ("recheck", None)


def known_disease_action(controlled: bool, uncontrolled: int, limits: Limits) -> tuple[str, int]:
    """Not controlled for the first time: adjust; twice running: advise referral."""
    if controlled:
        return "routine", limits["routine_days"]
    again = uncontrolled >= limits["uncontrolled_readings"]
    return "advise_referral" if again else "adjust_treatment", limits["soon_days"]
