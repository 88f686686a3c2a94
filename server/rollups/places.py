"""Where one stands: a region, a town, an institution, or everything in reach."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.auth.actor import Actor, region_prefix
from server.auth.roles import OrganisationKind, Permission
from server.auth.scope import visible
from server.errors import NotFound, invalid
from server.organisations.models import Organisation
from server.organisations.queries import region_names

Level = Literal["all", "province", "city", "county", "town", "institution", "agreement"]
# What the agreements of a place are grouped by.
Grouping = Literal["county", "town", "institution", "agreement"]
_LEVELS: dict[int, Level] = {2: "province", 4: "city", 6: "county"}
_CODE = re.compile(r"[1-9][0-9](?:[0-9]{2}){0,2}")


@dataclass(frozen=True, slots=True)
class Step:
    """`key` asks for it: a six-digit code, a town's name or an id; empty for everything."""

    level: Level
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """`path` leads from the widest in the actor's reach down to the place itself.

    `inside` narrows the care institutions (`Organisation`) to those of the place. `regions`: it consists of
    whole regions, those within the actor's scope whose codes begin so; None: it does not.
    """

    path: tuple[Step, ...]
    inside: ColumnElement[bool]
    grouping: Grouping
    regions: str | None = None


def place_of(
    session: Session, actor: Actor, within: str | None, town: str | None, institution_id: UUID | None
) -> Place:
    """The place asked for; without any, where the actor starts. What lies outside the scope is not found."""
    prefix = _prefix(actor, within)
    if institution_id:
        return _institution(session, actor, institution_id, prefix, town)
    if town:
        return _town(session, actor, prefix, town)
    if prefix:
        grouping: Grouping = "town" if len(prefix) == 6 else "county"
        inside = Organisation.region.startswith(prefix)
        return Place(_regions(session, actor, prefix), inside, grouping, prefix)
    everything, regions = Step("all", "", ""), "" if actor.regions and not _is_party(actor) else None
    return Place((everything,), true(), "county" if actor.regions else "institution", regions)


def _prefix(actor: Actor, within: str | None) -> str:
    if not within:
        return _start(actor)
    if not _CODE.fullmatch(within):
        raise invalid("within", "not_a_region")
    prefix = region_prefix(within)
    if not actor.regions or not prefix.startswith(actor.regions):
        raise NotFound("region")
    return prefix


def _start(actor: Actor) -> str:
    """The one region of a regulator who is nothing else; empty for everybody else."""
    return actor.regions[0] if len(actor.regions) == 1 and not _is_party(actor) else ""


def _is_party(actor: Actor) -> bool:
    """Whether the actor sees agreements because an organisation of theirs made them."""
    return any(
        actor.organisations(Permission.AGREEMENTS_READ, kind)
        for kind in (OrganisationKind.MEDICAL, OrganisationKind.CARE)
    )


def _regions(session: Session, actor: Actor, prefix: str) -> tuple[Step, ...]:
    """The regions around a prefix that the actor oversees, widest first, after where the actor starts."""
    prefixes = [prefix[:length] for length in _LEVELS if length <= len(prefix)]
    seen = [each for each in prefixes if actor.regions and each.startswith(actor.regions)]
    codes = [each.ljust(6, "0") for each in seen]
    names = region_names(session, codes)
    steps = tuple(
        Step(_LEVELS[len(each)], code, names.get(code, code)) for each, code in zip(seen, codes, strict=True)
    )
    return steps if _start(actor) else (Step("all", "", ""), *steps)


def _town(session: Session, actor: Actor, prefix: str, town: str) -> Place:
    if len(prefix) != 6:  # towns of two counties may share a name
        raise invalid("within", "required")
    inside = Organisation.region.startswith(prefix) & (Organisation.town == town)
    if not session.scalar(visible(select(Organisation.id), Organisation, actor).where(inside).limit(1)):
        raise NotFound("town")
    return Place((*_regions(session, actor, prefix), Step("town", town, town)), inside, "institution")


def _institution(
    session: Session, actor: Actor, institution_id: UUID, prefix: str, town: str | None
) -> Place:
    """A care institution in the actor's scope, or party to an agreement that is."""
    agreed = visible(select(Agreement.institution_id), Agreement, actor)
    found = session.scalar(
        select(Organisation).where(
            Organisation.id == institution_id,
            Organisation.kind == OrganisationKind.CARE.value,
            or_(Organisation.scope(actor), Organisation.id.in_(agreed)),
            Organisation.region.startswith(prefix),
            *_of_town(town),
        )
    )
    if found is None:
        raise NotFound("institution")
    steps = _regions(session, actor, region_prefix(found.region))
    in_county = steps[-1:] and steps[-1].level == "county"
    around = (Step("town", found.town, found.town),) if found.town and in_county else ()
    here = Step("institution", str(found.id), found.name)
    return Place((*steps, *around, here), Organisation.id == found.id, "agreement")


def _of_town(town: str | None) -> Sequence[ColumnElement[bool]]:
    return [Organisation.town == town] if town else []
