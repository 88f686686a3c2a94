"""Named thresholds, shipped as dated data, and what counties put in their place."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from server.catalogue import queries as catalogue
from server.catalogue.rules.fields import is_asked
from server.clinical.rules.assess import assess
from server.clinical.rules.beside import judged, rules_of
from server.clinical.rules.facts import NO_RUN, Known, Policy, Result, Target, Values

_FILE = Path(__file__).parent / "data" / "policies.json"


@cache
def policies() -> list[dict[str, Any]]:
    """All of them as phones get them: rule, first day, source, targets with their bounds, and limits."""
    found: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


@cache
def version() -> str:
    """Changes with the shipped data, so that phones fetch it again."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()[:8]


def policy_on(rule: str, day: date, targets: Iterable[Target] = ()) -> Policy | None:
    """The policy of a rule on a day, with the targets of the county where there are any; None before the
    first."""
    document = _document(rule, day)
    if document is None:
        return None
    own = _own(document["code"], document["version"])
    changed = _in_force(document, day, targets)
    if not changed:
        return own
    latest = max(changed.values(), key=lambda target: target.starts)
    values = {name: target.value for name, target in changed.items()}
    return Policy(own.name, {**own.limits, **values}, f"{latest.region}@{latest.starts.isoformat()}")


@lru_cache(maxsize=256)
def _document(rule: str, day: date) -> Mapping[str, Any] | None:
    begun = [each for each in policies() if each["rule"] == rule and date.fromisoformat(each["from"]) <= day]
    return max(begun, key=lambda each: str(each["from"]), default=None)


@cache
def _own(code: str, version_: int) -> Policy:
    (document,) = [each for each in policies() if (each["code"], each["version"]) == (code, version_)]
    targets = {name: target["value"] for name, target in document["targets"].items()}
    return Policy(f"{code}/{version_}", {**targets, **document["limits"]})


def _in_force(document: Mapping[str, Any], day: date, targets: Iterable[Target]) -> dict[str, Target]:
    latest: dict[str, Target] = {}
    for each in targets:
        named = each.policy == document["code"] and each.target in document["targets"]
        known = latest.get(each.target)
        if named and each.starts <= day and (known is None or known.starts < each.starts):
            latest[each.target] = each
    return {name: target for name, target in latest.items() if target.value is not None}


def assessment(
    form: Mapping[str, Any] | None, values: Mapping[str, Any], day: date, known: Known
) -> Result | None:
    """What a form's values mean on a day, by the rule that the form names and those of the other quantities
    it measures; None where there is none, or where something the rules need is missing."""
    if form is None:
        return None

    def judge(rule: str, said: Values) -> Result | None:
        policy = policy_on(rule, day, known.targets)
        uncontrolled, raised = known.runs.get(rule, NO_RUN)
        facts = known.facts._replace(uncontrolled=uncontrolled, raised=raised)
        if rule == "completeness":
            counted = (field["name"] for field in form["fields"] if _counts(field, values))
            facts = facts._replace(summary=tuple(counted))
        return assess(rule, said, facts, policy) if policy else None

    return judged(form, values, judge)


def _counts(field: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Towards completeness: what is not asked of this person is not missing."""
    return bool(field.get("summary")) and is_asked(field, values)


@cache
def rules() -> dict[str, str]:
    """The rule that judges each service, of those whose form names one."""
    named = {code: form.get("result") for code, form in catalogue.forms().items()}
    found = {each.code: named.get(each.form or "") for each in catalogue.services().values()}
    return {service: rule for service, rule in found.items() if rule}


@cache
def judged_by(service: str) -> tuple[str, ...]:
    """All rules that judge a service's records: its form's own first."""
    form = catalogue.form_of(service)
    return rules_of(form) if form else ()
