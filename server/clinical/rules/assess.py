"""One way in to all clinical rules."""

from collections.abc import Callable, Mapping

from server.clinical.rules.facts import Facts, Limits, Policy, Result, Values
from server.clinical.rules.glucose import glucose
from server.clinical.rules.pressure import blood_pressure
from server.clinical.rules.scales import ability, completeness, constitution, self_care

RULES: Mapping[str, Callable[[Values, Facts, Limits], Result | None]] = {
    "blood_pressure": blood_pressure,
    "glucose": glucose,
    "self_care": self_care,
    "constitution": constitution,
    "ability": ability,
    "completeness": completeness,
}
# These look back at what they said on earlier days.
REMEMBERING = frozenset({"blood_pressure", "glucose"})


def assess(rule: str, values: Values, facts: Facts, policy: Policy) -> Result | None:
    """What the values mean, as JSON: the rule, the policy's name, and what the rule says (docs/clinical.md).

    None while something it needs is missing.
    """
    said = RULES[rule](values, facts, policy.limits)
    if said is None:
        return None
    county = {"county": policy.county} if policy.county else {}
    return {"rule": rule, "policy": policy.name, **county, **said}
