"""Requests in the shape of the wire."""

from typing import Any

from server.auth.actor import Actor
from server.demands.models import Demand
from server.demands.rules import limit_at
from server.residents.rules import masked


def demand_view(actor: Actor, demand: Demand, limit: int | None) -> dict[str, Any]:
    """A request (with its names); `limit` in minutes. What people wrote may name residents."""
    known = actor.knows(demand.medical_id, demand.institution_id)
    same = "id service asked_at answered_at withdrawn_at stated".split()
    return {
        **{name: getattr(demand, name) for name in same},
        "institution": {"id": demand.institution_id, "name": demand.institution.name},
        "medical": {"id": demand.medical_id, "name": demand.medical.name},
        "subject": _subject(demand, known=known),
        "note": demand.note if known else None,
        "asked_by": demand.asked_by.name,
        "answered_by": demand.answered_by.name if demand.answered_by else None,
        "limit_minutes": limit,
        "limit_at": limit_at(demand.asked_at, limit),
    }


def _subject(demand: Demand, *, known: bool) -> dict[str, Any] | None:
    person = demand.subject
    if person is None:
        return None
    name = person.name if known else masked(person.name)
    return {"id": person.id, "name": name, "bed": person.bed if known else ""}
