"""Creating organisations, and saying where they are."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Role
from server.errors import invalid
from server.organisations.models import InstitutionRevision, Organisation, Region
from server.organisations.revisions import raise_revisions
from server.organisations.rules import PLACING_ACCURACY_M, region_error, uscc_warning

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A point in degrees of `datum`, and the radius in metres that counts as being there."""

    latitude: float
    longitude: float
    datum: str
    fence_m: int


def found_organisation(
    session: Session,
    actor: Actor,
    kind: OrganisationKind,
    *,
    name: str,
    region: str,
    now: datetime,
    **fields: Any,
) -> Organisation:
    """An organisation within the region that the actor administers. Two of one name would be one twice."""
    if not region.startswith(actor.prefixes(Role.SYSTEM_ADMIN)):
        raise invalid("region", "not_your_region")
    same = select(Organisation.id).where(
        Organisation.kind == kind.value, Organisation.region == region, Organisation.name == name
    )
    if session.scalar(same):
        raise invalid("name", "already_used")
    return create_organisation(session, actor, kind, name, region, now, **fields)


def locate(
    session: Session,
    actor: Actor,
    institution: Organisation,
    place: Place,
    accuracy_m: float | None,
    now: datetime,
) -> Organisation:
    """Where a care institution is, from now on: check-ins are graded by it. Its phones learn of it.

    A place measured on site comes with the accuracy of the fix; one read from a map has none.
    """
    if accuracy_m is not None and accuracy_m > PLACING_ACCURACY_M:
        raise invalid("accuracy_m", "too_inaccurate", PLACING_ACCURACY_M)
    before = {name: getattr(institution, name) for name in asdict(place)}
    for name, value in asdict(place).items():
        setattr(institution, name, value)
    raise_revisions(session, [institution.id])  # every change of it brings phones the institution's own row
    record(
        session,
        actor,
        Tag.ORGANISATION_LOCATED,
        now,
        subject=institution.id,
        other=institution.id,
        before=before,
        after=asdict(place),
        accuracy_m=accuracy_m,
    )
    return institution


def create_organisation(
    session: Session,
    actor: Actor | None,
    kind: OrganisationKind,
    name: str,
    region: str,
    now: datetime,
    **fields: Any,
) -> Organisation:
    """A new organisation; a care institution gets its revision counter with it.

    A doubtful credit code is kept with a warning: some early real ones fail the check.
    """
    if problem := region_error(region):
        raise invalid("region", problem)
    if (uscc := fields.get("uscc")) and (warning := uscc_warning(uscc)):
        log.warning("credit code %s: %s", uscc, warning)
    organisation = Organisation(kind=kind.value, name=name, region=region, created_at=now, **fields)
    session.add(organisation)
    session.flush()  # the counter's row refers to it
    if kind == OrganisationKind.CARE:
        session.add(InstitutionRevision(institution_id=organisation.id, value=0))
        session.flush()  # rows of the institution are stamped from now on
    record(session, actor, Tag.ORGANISATION_CREATED, now, subject=organisation.id, kind=kind.value)
    return organisation


def name_regions(session: Session, named: Sequence[Mapping[str, str]]) -> int:
    """Keep these regions (`code`, `name_zh`, `name_en`) under these names; how many are new or differ."""
    seen: set[str] = set()
    for place, row in enumerate(named):
        if row["code"] in seen:
            raise invalid(f"[{place}].code", "already_used")
        seen.add(row["code"])
    kept = {region.code: region for region in session.scalars(select(Region))}
    changed = 0
    for row in named:
        region = kept.get(row["code"])
        if region is None:
            session.add(Region(**row))
        elif (region.name_zh, region.name_en) == (row["name_zh"], row["name_en"]):
            continue
        else:
            region.name_zh, region.name_en = row["name_zh"], row["name_en"]
        changed += 1
    return changed
