"""Asking for a service on demand, answering, and taking a request back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from server import clock
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.demands import queries
from server.demands.events import DemandChanged
from server.demands.models import Demand
from server.demands.rules import Refused, State, answer_at, wire_instant
from server.errors import FieldError, NotFound, Refusal, invalid
from server.events import emit
from server.organisations.models import Organisation
from server.organisations.revisions import raise_revisions
from server.residents.models import Resident
from server.residents.rules import lives_there


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of whom, and for whom (`subject_id` None: for nobody by name)."""

    id: UUID
    institution_id: UUID
    medical_id: UUID
    service: str
    subject_id: UUID | None
    note: str


_CONTENT = ("institution_id", "medical_id", "service", "subject_id", "note")


def ask(session: Session, actor: Actor, wanted: Ask, now: datetime) -> Demand:
    """Start the clock on a request that an agreement in force promises an answer to.

    The same request sent again, after a reply was lost, is the one that is there already.
    """
    _check_may_ask(actor, wanted)
    raise_revisions(session, [wanted.institution_id])  # its lock lets one in: the second finds the first
    if (before := session.get(Demand, wanted.id)) is not None:
        if any(getattr(before, name) != getattr(wanted, name) for name in _CONTENT):
            raise Refusal("conflict", reason="content_differs")
        return before
    _check_promised(session, wanted, now)
    if wanted.subject_id:
        _check_lives_there(session, wanted, now)
    demand = Demand(id=wanted.id, asked_at=wire_instant(now), asked_by_id=actor.id)
    for name in _CONTENT:
        setattr(demand, name, getattr(wanted, name))
    session.add(demand)
    _changed(session, actor, Tag.DEMAND_ASKED, demand, now, service=demand.service)
    return demand


def _check_may_ask(actor: Actor, wanted: Ask) -> None:
    if wanted.institution_id not in queries.asks_for(actor):
        raise NotFound("institution")
    if wanted.medical_id in actor.medical:  # who answers for it must not set the clock that judges it
        raise Refusal("forbidden", reason="asks_oneself")


def _check_promised(session: Session, wanted: Ask, now: datetime) -> None:
    """Refuse what no agreement promises today, with what is possible instead."""
    possible = queries.options(session, [wanted.institution_id], now)
    asked_of = sorted({str(each.medical_id) for each in possible})
    services = sorted(each.service for each in possible if each.medical_id == wanted.medical_id)
    if not services:
        raise Refusal("invalid", FieldError("medical_id", "not_promised"), possible=asked_of)
    if wanted.service not in services:
        raise Refusal("invalid", FieldError("service", "not_promised"), possible=services)


def _check_lives_there(session: Session, wanted: Ask, now: datetime) -> None:
    resident = session.scalar(
        select(Resident)
        .where(Resident.id == wanted.subject_id, Resident.institution_id == wanted.institution_id)
        .options(selectinload(Resident.stays))
    )
    today = clock.local_day(now, session.get_one(Organisation, wanted.institution_id).timezone)
    if resident is None or not lives_there(resident.stays, today):
        raise invalid("resident_id", "not_a_resident")


def answer(session: Session, actor: Actor, demand: Demand, stated: datetime | None, now: datetime) -> None:
    """Answered now by the institution asked, or at the time that the side which asked states."""
    own = demand.medical_id in actor.organisations(Permission.DEMANDS_ANSWER, OrganisationKind.MEDICAL)
    if not own and demand.institution_id not in queries.askers(actor):
        raise Refusal("forbidden")
    at = answer_at(_state(demand), stated, wire_instant(now), own=own)
    if isinstance(at, Refused):
        raise _refusal(at)
    demand.answered_at, demand.answered_by_id, demand.stated = at, actor.id, not own
    _changed(session, actor, Tag.DEMAND_ANSWERED, demand, now, own=own, stated=not own)


def withdraw(session: Session, actor: Actor, demand: Demand, now: datetime) -> None:
    """Taken back by the side that asked, while nobody has answered: it counts nowhere."""
    if settled := _state(demand).settled:
        raise Refusal("conflict", reason=settled)
    demand.withdrawn_at, demand.withdrawn_by_id = wire_instant(now), actor.id
    _changed(session, actor, Tag.DEMAND_WITHDRAWN, demand, now)


def _state(demand: Demand) -> State:
    return State(demand.asked_at, demand.answered_at, demand.withdrawn_at)


def _refusal(refused: Refused) -> Refusal:
    if refused.path is None:
        return Refusal("conflict", reason=refused.code)
    return invalid(refused.path, refused.code, refused.limit.isoformat() if refused.limit else None)


def _changed(
    session: Session,
    actor: Actor,
    tag: Tag,
    demand: Demand,
    now: datetime,
    *,
    own: bool = False,
    **details: Any,
) -> None:
    """The trail and fulfilment learn of it; `own`: the actor belongs to the medical institution."""
    parties = (demand.medical_id, demand.institution_id)
    organisation, other = parties if own else reversed(parties)
    record(session, actor, tag, now, subject=demand.id, organisation=organisation, other=other, **details)
    emit(session, DemandChanged(demand.institution_id, demand.medical_id, demand.service))
