"""Reading agreements, and who deals with whom because of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server import clock
from server.accounts.models import AccountSession, MembershipRow
from server.agreements.models import Agreement, Commitment
from server.agreements.rules import SETTLING_DAYS
from server.auth.actor import Actor
from server.auth.scope import visible
from server.db import among
from server.errors import NotFound
from server.prepared import Prepared, Question

_IN_FORCE = ("active", "terminated")


_HOLDS = or_(*(Agreement.state == state for state in _IN_FORCE))
_SERVED = select(Agreement.medical_id, Agreement.institution_id).where(
    _HOLDS,
    Agreement.starts <= bindparam("today"),
    Agreement.last_day >= bindparam("settling_since"),
)
_SERVED_BY = Prepared(_SERVED.where(among(Agreement.medical_id, "medical")))
_SERVED_FOR = Prepared(
    _SERVED.where(
        Agreement.medical_id.in_(
            select(MembershipRow.organisation_id)
            .join(AccountSession, AccountSession.account_id == MembershipRow.account_id)
            .where(AccountSession.id == bindparam("session"))
        )
    )
)


def institutions_served(session: Session, medical: frozenset[UUID], now: datetime) -> frozenset[UUID]:
    """Care institutions these medical institutions deal with today: in force, or ended within 30 days."""
    given = {"medical": medical, **_today(now)}
    return frozenset(row[1] for row in _SERVED_BY.rows(session.connection(), given))


def served_for(session_id: UUID, now: datetime) -> Question[Sequence[tuple[UUID, UUID]]]:
    """The same of all organisations in which a session's person has or had a role, each as the medical and
    the care institution: to be asked along with who that is, and in which roles."""
    given = {"session": session_id, **_today(now)}
    return Question(_SERVED_FOR, given, lambda rows: [(row[0], row[1]) for row in rows])


def _today(now: datetime) -> dict[str, date]:
    today = clock.local_day(now, "Asia/Shanghai")
    return {"today": today, "settling_since": today - timedelta(days=SETTLING_DAYS)}


class Serving(NamedTuple):
    """Who serves an institution under an agreement, and its days."""

    institution_id: UUID
    medical_id: UUID
    starts: date
    last_day: date


_SERVING = Prepared(
    select(*(getattr(Agreement, name) for name in Serving._fields)).where(
        among(Agreement.medical_id, "medical"),
        among(Agreement.institution_id, "institutions"),
        _HOLDS,
        Agreement.starts <= bindparam("last"),
        Agreement.last_day >= bindparam("settling_since"),
    )
)


def serving_on(
    medical: Iterable[UUID], institutions: Iterable[UUID], first: date, last: date
) -> Question[Sequence[Serving]]:
    """Agreements between these parties that touch the days `first`-`last`, settling days included."""
    days = {"last": last, "settling_since": first - timedelta(days=SETTLING_DAYS)}
    parties = {"medical": medical, "institutions": institutions}
    return Question(_SERVING, {**parties, **days}, lambda rows: [Serving(*row) for row in rows])


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
