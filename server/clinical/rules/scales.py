"""Scales that are added up: self-care in 5 items, TCM constitution in 33, ability (GB/T 42195) in 26, and how
complete a check-up is."""

from server.clinical.rules.facts import Facts, Limits, Result, Values, whole


def self_care(values: Values, _facts: Facts, limits: Limits) -> Result | None:
    """Total (0-37, more is worse) and level; None while an item is missing or not one of its scores."""
    scores = [whole(values, item) for item in limits["scores"]]
    if any(score not in allowed for score, allowed in zip(scores, limits["scores"].values(), strict=True)):
        return None
    total = sum(score for score in scores if score is not None)
    return {"total": total, "level": next(level for level, least in limits["bands"] if total >= least)}


def constitution(values: Values, _facts: Facts, limits: Limits) -> Result | None:
    """Scores and verdicts of the nine constitutions; None while one of the 33 answers (1-5) is missing."""
    answers = {number: whole(values, f"q{number}") for number in range(1, 34)}
    given = {number: answer for number, answer in answers.items() if answer is not None and 1 <= answer <= 5}
    if len(given) < len(answers):
        return None
    scores = {group: sum(given[item] for item in items) for group, items in limits["groups"].items()}
    types = {group: _verdict(score, limits) for group, score in scores.items()}
    worst = max(scores.values())
    balanced = limits["balanced"]
    score = sum(given[item] for item in balanced["direct"])
    score += sum(6 - given[item] for item in balanced["reversed"])
    return {
        "scores": {**scores, "balanced": score},
        "types": {**types, "balanced": _balanced(score, worst, limits)},
    }


def _verdict(score: int, limits: Limits) -> str:
    if score >= limits["yes_from"]:
        return "yes"
    return "tendency" if score >= limits["tendency_from"] else "no"


def _balanced(score: int, worst: int, limits: Limits) -> str:
    """The balanced one asks for a score of its own and for no other constitution beside it."""
    if score < limits["balanced_from"] or worst > limits["basically_others_to"]:
        return "no"
    return "yes" if worst <= limits["balanced_others_to"] else "basically"


def ability(values: Values, _facts: Facts, limits: Limits) -> Result | None:
    """Points (0-90, more is better), the level they give (0 able - 4 wholly dependent) and the one after
    adjustment. None while an item is missing; somebody in a coma is level 4 whatever else was asked."""
    coma = values.get("coma") is True
    groups = {group: _points(values, items) for group, items in limits["groups"].items()}
    found = [points for points in groups.values() if points is not None]
    complete = len(found) == len(groups)
    if not complete and not coma:
        return None
    total = sum(found) if complete else None
    base = next(level for level, least in limits["bands"] if total >= least) if total is not None else None
    adjusted = _adjustments(values, coma, limits)
    level = limits["worst"] if coma else min(limits["worst"], (base or 0) + len(adjusted))
    return {"total": total, "groups": groups, "base": base, "level": level, "adjusted": adjusted}


def _points(values: Values, items: Limits) -> int | None:
    points = {item: whole(values, item) for item in items}
    given = {item: score for item, score in points.items() if score is not None and 0 <= score <= items[item]}
    return sum(given.values()) if len(given) == len(items) else None


def _adjustments(values: Values, coma: bool, limits: Limits) -> list[str]:
    """Each makes the level one worse, but coma, which makes it the worst."""
    risky = (whole(values, "risk_events") or 0) >= limits["risk_events_from"]
    held = {"coma": coma, "mental_diagnosis": values.get("mental_diagnosis") is True, "risk_events": risky}
    return [code for code, holds in held.items() if holds]


def completeness(values: Values, facts: Facts, _limits: Limits) -> Result | None:
    """How many of the fields that count are filled in, and which are not; None where none counts."""
    if not facts.summary:
        return None
    missing = [name for name in facts.summary if values.get(name) in (None, "", [])]
    return {"filled": len(facts.summary) - len(missing), "of": len(facts.summary), "missing": missing}
