"""Reading agreements, and who deals with whom because of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server import clock
from server.agreements.models import Agreement, Commitment
from server.agreements.rules import SETTLING_DAYS
from server.auth.actor import Actor
from server.auth.scope import visible
from server.errors import NotFound

_IN_FORCE = ("active", "terminated")


def institutions_served(session: Session, medical: frozenset[UUID], now: datetime) -> frozenset[UUID]:
    """Care institutions these medical institutions deal with today: in force, or ended within 30 days."""
    today = clock.local_day(now, "Asia/Shanghai")
    return frozenset(
        session.scalars(
            select(Agreement.institution_id).where(
                Agreement.medical_id.in_(medical),
                Agreement.state.in_(_IN_FORCE),
                Agreement.starts <= today,
                Agreement.last_day >= today - timedelta(days=SETTLING_DAYS),
            )
        )
    )


def serving_on(
    session: Session, medical: Iterable[UUID], institutions: Iterable[UUID], first: date, last: date
) -> Sequence[Agreement]:
    """Agreements between these parties that touch the days `first`-`last`, settling days included."""
    return session.scalars(
        select(Agreement).where(
            Agreement.medical_id.in_(set(medical)),
            Agreement.institution_id.in_(set(institutions)),
            Agreement.state.in_(_IN_FORCE),
            Agreement.starts <= last,
            Agreement.last_day >= first - timedelta(days=SETTLING_DAYS),
        )
    ).all()


def agreements_with_parties(actor: Actor) -> Select[Agreement]:
    """The agreements the actor may see, parties and commitments loaded."""
    return visible(select(Agreement), Agreement, actor).options(*_LOADED)


def agreement(session: Session, actor: Actor, agreement_id: UUID) -> Agreement:
    found = session.scalar(agreements_with_parties(actor).where(Agreement.id == agreement_id))
    if found is None:
        raise NotFound("agreement")
    return found


def commitment(session: Session, actor: Actor, commitment_id: UUID) -> tuple[Agreement, Commitment]:
    """A commitment with the agreement through which the actor may see it."""
    agreement_id = session.scalar(select(Commitment.agreement_id).where(Commitment.id == commitment_id))
    if agreement_id is None:
        raise NotFound("commitment")
    parent = agreement(session, actor, agreement_id)
    return parent, next(one for one in parent.commitments if one.id == commitment_id)


def with_promises(agreement_ids: Iterable[UUID]) -> Select[Agreement]:
    """Agreements with all that decides what they promise: for the engine's adapter, so without scope."""
    return select(Agreement).where(Agreement.id.in_(set(agreement_ids))).options(*_PROMISES)


_PROMISES = (
    selectinload(Agreement.commitments).selectinload(Commitment.terms),
    selectinload(Agreement.suspensions),
)
_LOADED = (joinedload(Agreement.medical), joinedload(Agreement.care), *_PROMISES)
