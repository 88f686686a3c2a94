"""Setting a county's targets."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.audit.service import record
from server.audit.tags import Tag
from server.clinical.models import CountyTarget
from server.clinical.policies import policies
from server.errors import invalid
from server.organisations.models import Organisation
from server.organisations.revisions import raise_revisions
from server.organisations.rules import region_error

_ZONE = "Asia/Shanghai"


def set_target(
    session: Session, region: str, policy: str, target: str, starts: date, value: str | None, now: datetime
) -> CountyTarget:
    """A county's target from a day on, None for the policy's own again. Saying it again for the same day
    replaces it. The phones of the county's institutions learn of it.

    Refuses a region that is no county or has no care institution, where it would apply to nobody; what is no
    target of the policy, a value out of its bounds, and a day that is over: what was assessed then stays as
    it was.
    """
    if problem := region_error(region):
        raise invalid("region", problem)
    if region.endswith("00"):  # a province or a city
        raise invalid("region", "not_a_county")
    held = session.scalars(
        select(Organisation.id).where(Organisation.region == region, Organisation.kind == "care")
    ).all()
    if not held:
        raise invalid("region", "no_care_institution")
    _check_value(_target(policy, target), value)
    if starts < clock.local_day(now, _ZONE):
        raise invalid("from", "in_past")
    key = {"region": region, "policy": policy, "target": target, "starts": starts}
    row = session.scalar(select(CountyTarget).filter_by(**key))
    before = row.value if row else None
    if row is None:
        row = CountyTarget(**key)
        session.add(row)
    row.value, row.set_at = value, now
    told: dict[str, Any] = {**key, "starts": starts.isoformat(), "value": value, "before": before}
    record(session, None, Tag.TARGET_SET, now, **told)
    raise_revisions(session, held)
    return row


def _target(policy: str, target: str) -> Mapping[str, Any]:
    named = [each["targets"] for each in policies() if each["code"] == policy]
    if not named:
        raise invalid("policy", "unknown_choice")
    if target not in named[-1]:
        raise invalid("target", "unknown_choice")
    found: Mapping[str, Any] = named[-1][target]
    return found


def _check_value(target: Mapping[str, Any], value: str | None) -> None:
    if value is None:
        return
    if not re.fullmatch(r"[0-9]+" if isinstance(target["value"], int) else r"[0-9]+\.[0-9]", value):
        raise invalid("value", "wrong_type")
    if not Decimal(target["min"]) <= Decimal(value) <= Decimal(target["max"]):
        raise invalid("value", "out_of_range")
