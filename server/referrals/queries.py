"""Reading referrals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server.auth.actor import Actor
from server.auth.roles import OrganisationKind
from server.auth.scope import visible
from server.demands.queries import clauses_of
from server.demands.rules import strictest
from server.errors import NotFound
from server.organisations.models import Organisation
from server.referrals.models import Referral, ReferralStep
from server.referrals.rules import SETTLED, Step
from server.referrals.service import Case
from server.rounds.models import ServiceRecord

SHOWN = 100
HELD = 300  # those of a hospital that many send to
HELD_AFTER_END = timedelta(days=30)
_RECEIVERS = 200
_OWN = {each.name for each in fields(Case)} - {"steps", "stored"}
_LOADED = (
    *(joinedload(Referral.institution), joinedload(Referral.sender), joinedload(Referral.receiver)),
    *(joinedload(Referral.subject), joinedload(Referral.requested_by)),
    selectinload(Referral.steps).joinedload(ReferralStep.by),
)


def institutions_of(session: Session, actor: Actor, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Where the residents of these referrals live, as far as the actor may see them."""
    wanted = set(ids)
    if not wanted:
        return frozenset()
    found = visible(select(Referral.institution_id), Referral, actor).where(Referral.id.in_(wanted))
    return frozenset(session.scalars(found))


def cases(session: Session, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, Case]:
    """These referrals with what is known of them, for the door; within the actor's scope."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(
        visible(select(*(getattr(Referral, name) for name in sorted(_OWN))), Referral, actor).where(
            Referral.id.in_(wanted)
        )
    )
    found = {row.id: Case(**row._asdict(), stored=True) for row in rows}
    said = select(ReferralStep).where(ReferralStep.referral_id.in_(found)).order_by(ReferralStep.at)
    for step in session.scalars(said):
        found[step.referral_id].steps.append(Step(step.act, step.at, step.said.get("outcome")))
    return found


def medical_among(session: Session, ids: Iterable[UUID], regions: Iterable[str]) -> frozenset[UUID]:
    """Which of these are medical institutions of one of these counties."""
    wanted = set(ids)
    if not wanted:
        return frozenset()
    return frozenset(session.scalars(_medical_in(regions).where(Organisation.id.in_(wanted))))


def _medical_in(regions: Iterable[str]) -> Select[UUID]:
    return select(Organisation.id).where(
        Organisation.kind == OrganisationKind.MEDICAL, Organisation.region.in_(set(regions))
    )


def counties_of(actor: Actor) -> frozenset[str]:
    return frozenset(each.region for each in actor.memberships if each.kind == OrganisationKind.MEDICAL)


def receivers(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """The hospitals of the actor's counties: where one may send somebody by name."""
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(_medical_in(counties_of(actor))))
        .order_by(Organisation.name, Organisation.id)
        .limit(_RECEIVERS)
    )
    return [{"id": row.id, "name": row.name} for row in rows]


def held_ids(session: Session, actor: Actor, now: datetime) -> list[tuple[UUID, datetime]]:
    """What phones hold, with when it last changed: those that go on, and those that ended within 30 days, the
    newest first."""
    lately = or_(Referral.state.not_in(SETTLED), Referral.changed_at >= now - HELD_AFTER_END)
    columns: tuple[Any, ...] = (Referral.id, Referral.changed_at)
    found = visible(select(*columns), Referral, actor).where(lately)
    rows = session.execute(found.order_by(Referral.asked_at.desc(), Referral.id).limit(HELD))
    return [(row.id, row.changed_at) for row in rows]


def held(session: Session, actor: Actor, ids: Sequence[UUID]) -> Sequence[Referral]:
    """These, with all that is shown of them."""
    found = visible(select(Referral), Referral, actor).where(Referral.id.in_(ids)).options(*_LOADED)
    return session.scalars(found.order_by(Referral.asked_at.desc(), Referral.id)).all()


def referrals(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> tuple[int, Sequence[Referral]]:
    """How many the actor may see, and the first of them: open ones by how long they wait, all others newest
    first. `wanted` as `ReferralFilterSchema` reads it."""
    found = visible(select(Referral), Referral, actor)
    if "institution_id" in wanted:
        found = found.where(Referral.institution_id == wanted["institution_id"])
    if side := wanted.get("side"):
        column = Referral.sender_id if side == "sent" else Referral.receiver_id
        found = found.where(column.in_(actor.medical))
    order = (Referral.asked_at.desc(), Referral.id.desc())
    if wanted.get("open") == "1":
        found = found.where(Referral.state.not_in(SETTLED))
        order = (Referral.asked_at.asc(), Referral.id.asc())
    elif wanted.get("open") == "0":
        found = found.where(Referral.state.in_(SETTLED))
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    return total, session.scalars(found.options(*_LOADED).order_by(*order).limit(SHOWN)).all()


def referral(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    found = session.scalar(
        visible(select(Referral), Referral, actor).where(Referral.id == referral_id).options(*_LOADED)
    )
    if found is None:
        raise NotFound("referral")
    return found


def limits_of(session: Session, rows: Sequence[Referral]) -> dict[UUID, int | None]:
    """By referral id, the strictest limit that the agreement of the sender sets for an answer, in minutes."""
    clauses = clauses_of(session, {row.institution_id for row in rows}) if rows else []
    return {
        row.id: strictest(
            clause.limit
            for clause in clauses
            if (clause.institution_id, clause.medical_id) == (row.institution_id, row.sender_id)
            and row.service in clause.services
            and clause.holds(row.asked_at)
        )
        for row in rows
    }


def readings_of(session: Session, rows: Sequence[Referral]) -> dict[UUID, ServiceRecord]:
    """The urgent records that led to these, by their id: of the same resident, and not withdrawn."""
    wanted = {row.reading_id: row.subject_id for row in rows if row.reading_id}
    if not wanted:
        return {}
    found = session.scalars(
        select(ServiceRecord).where(ServiceRecord.id.in_(wanted), ServiceRecord.state != "void")
    )
    return {row.id: row for row in found if row.subject_id == wanted[row.id]}
