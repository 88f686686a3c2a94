"""Reading institutions."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Role
from server.auth.scope import visible
from server.errors import NotFound
from server.organisations.models import Organisation, Region, in_prefixes


def institutions(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Care institutions within the actor's scope, by name."""
    return session.scalars(
        visible(select(Organisation), Organisation, actor)
        .where(Organisation.kind == OrganisationKind.CARE.value)
        .order_by(Organisation.name)
    ).all()


def institution_of(session: Session, actor: Actor, institution_id: UUID) -> Organisation:
    found = session.scalar(
        visible(select(Organisation), Organisation, actor).where(
            Organisation.id == institution_id, Organisation.kind == OrganisationKind.CARE.value
        )
    )
    if found is None:
        raise NotFound("institution")
    return found


def organisations(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Whom the actor deals with or oversees, and for an administrator all of the region; by name."""
    administered = in_prefixes(actor.prefixes(Role.SYSTEM_ADMIN))
    return session.scalars(
        select(Organisation)
        .where(or_(Organisation.scope(actor), administered))
        .order_by(Organisation.name, Organisation.id)
    ).all()


def institution_dealt_with(session: Session, actor: Actor, institution_id: UUID) -> Organisation:
    """A care institution that is the actor's own or served by it; to oversee one is not enough."""
    if institution_id not in actor.reach:
        raise NotFound("institution")
    return institution_of(session, actor, institution_id)


def region_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The Chinese names of these six-digit codes; those that nobody has entered are left out."""
    wanted = set(codes)
    if not wanted:
        return {}
    rows = session.execute(select(Region.code, Region.name_zh).where(Region.code.in_(wanted)))
    return dict(iter(rows))
