"""The requests behind an on-demand commitment, as its page lists them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server import clock
from server.agreements.models import Agreement, Commitment
from server.demands.models import Demand
from server.demands.queries import requests_of
from server.demands.rules import limit_at
from server.fulfilment.rules.facts import Request
from server.fulfilment.rules.ondemand import state_of
from server.residents.rules import masked

LISTED = 500
_MINUTE = timedelta(minutes=1)


def moment_of(agreement: Agreement, now: datetime, day: date) -> datetime:
    """Until when requests are listed: now; on a past day its 00:00, where the agreement is. Before its term
    there are none."""
    if day >= clock.local_day(now, agreement.timezone):
        return now
    midnight = datetime.combine(max(day, agreement.starts), time(), ZoneInfo(agreement.timezone))
    return midnight.astimezone(UTC)


def request_views(
    session: Session, agreement: Agreement, commitment: Commitment, moment: datetime, *, known: bool
) -> list[dict[str, Any]]:
    """The newest `LISTED` requests on the commitment, each as it stood at the moment: what was answered later
    was not yet answered. Names and notes are whole where the people are `known`."""
    asked = requests_of(session, [agreement])[agreement.id]
    ids = [row.id for row in asked if row.service in commitment.services and row.asked_at <= moment]
    limit = commitment.clause.get("respond_within_minutes")
    return [
        _request_view(row, limit, moment, ZoneInfo(agreement.timezone), known=known)
        for row in _demands(session, ids[-LISTED:])
    ]


def _demands(session: Session, ids: Sequence[UUID]) -> Sequence[Demand]:
    names = (joinedload(Demand.subject), joinedload(Demand.asked_by), joinedload(Demand.answered_by))
    statement = select(Demand).where(Demand.id.in_(ids)).options(*names)
    return session.scalars(statement.order_by(Demand.asked_at.desc(), Demand.id)).all()


def _request_view(
    row: Demand, limit: int | None, moment: datetime, zone: ZoneInfo, *, known: bool
) -> dict[str, Any]:
    answered = row.answered_at if row.answered_at and row.answered_at <= moment else None
    request = Request("", _local(row.asked_at, zone), _local(answered, zone) if answered else None)
    person = row.subject
    return {
        "id": row.id,
        "asked_at": row.asked_at,
        "answered_at": answered,
        "minutes": ((answered or moment) - row.asked_at) // _MINUTE,
        "limit_at": limit_at(row.asked_at, limit),
        "state": state_of(request, limit, _local(moment, zone)),
        "subject": {"id": person.id, "name": person.name if known else masked(person.name)}
        if person
        else None,
        "note": row.note if known else "",
        "asked_by": row.asked_by.name,
        "answered_by": row.answered_by.name if answered and row.answered_by else None,
    }


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
