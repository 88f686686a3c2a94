"""Reading residents."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.auth.scope import visible
from server.errors import NotFound, Refusal
from server.organisations.models import Organisation
from server.organisations.queries import institution_of
from server.organisations.revisions import raise_revisions
from server.residents.models import Resident


def _loaded() -> Select[Resident]:
    return select(Resident).options(selectinload(Resident.stays), selectinload(Resident.conditions))


def residents_of(session: Session, actor: Actor, institution_id: UUID) -> Sequence[Resident]:
    """Everybody who lives or lived in a care institution within the actor's reach, by bed and name."""
    institution = institution_of(session, actor, institution_id)
    return session.scalars(
        visible(_loaded(), Resident, actor)
        .where(Resident.institution_id == institution.id)
        .order_by(Resident.bed, Resident.name, Resident.id)
    ).all()


def institutions_of(session: Session, actor: Actor, residents: Collection[UUID]) -> dict[UUID, UUID]:
    """Where each of these residents is, as far as they are within the actor's reach."""
    if not residents:
        return {}
    these = visible(select(Resident), Resident, actor).where(Resident.id.in_(residents))
    return dict(iter(session.execute(these.with_only_columns(Resident.id, Resident.institution_id))))


def kept_by(actor: Actor) -> frozenset[UUID]:
    """The care institutions whose roster the actor keeps: the hospital that visits reads it, no more."""
    own = actor.organisations(Permission.RESIDENTS_WRITE, OrganisationKind.CARE)
    if not own:
        raise Refusal("forbidden")
    return own


def institution_kept(session: Session, actor: Actor, institution_id: UUID) -> Organisation:
    if institution_id not in kept_by(actor):
        raise NotFound("institution")
    return institution_of(session, actor, institution_id)


def resident_kept(session: Session, actor: Actor, resident_id: UUID) -> Resident:
    """A resident to change, stays and conditions loaded. The counter's lock lets one change at a time."""
    kept = kept_by(actor)
    institution_id = session.scalar(select(Resident.institution_id).where(Resident.id == resident_id))
    if institution_id not in kept:
        raise NotFound("resident")
    raise_revisions(session, [institution_id])
    return session.scalars(_loaded().where(Resident.id == resident_id)).one()
