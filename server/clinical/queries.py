"""Reading what counties set."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clinical.models import CountyTarget
from server.clinical.policies import policies
from server.clinical.rules.facts import Target


def target_of(region: str, policy: str, target: str, starts: Any, value: str | None) -> Target:
    """A row of `county_targets` as the rules take it: pressures are whole numbers."""
    whole = value is not None and any(
        isinstance(each["targets"].get(target, {}).get("value"), int)
        for each in policies()
        if each["code"] == policy
    )
    return Target(region, policy, target, starts, int(value) if whole and value else value)


def targets_in(session: Session, region: str) -> Sequence[Target]:
    """All that this county ever set, by target and day."""
    return targets_of(session, [region]).get(region, [])


def targets_of(session: Session, regions: Collection[str]) -> dict[str, list[Target]]:
    """All that these counties ever set, by county, target and day."""
    rows = session.execute(
        select(
            CountyTarget.region,
            CountyTarget.policy,
            CountyTarget.target,
            CountyTarget.starts,
            CountyTarget.value,
        )
        .where(CountyTarget.region.in_(set(regions)))
        .order_by(CountyTarget.policy, CountyTarget.target, CountyTarget.starts)
    )
    found: dict[str, list[Target]] = {}
    for row in rows:
        found.setdefault(row.region, []).append(target_of(*row))
    return found
