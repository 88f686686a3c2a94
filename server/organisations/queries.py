"""Reading institutions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.auth.roles import OrganisationKind
from server.auth.scope import visible
from server.errors import NotFound
from server.organisations.models import Organisation


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
