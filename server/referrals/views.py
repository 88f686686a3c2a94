"""Referrals in the shape of the wire."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.organisations.models import Organisation
from server.referrals.models import Referral, ReferralStep
from server.referrals.queries import limits_of, readings_of
from server.referrals.rules import limit_at
from server.residents.rules import masked
from server.rounds.models import ServiceRecord

_WORDS = ("reason", "outcome", "text", "name", "relation")
_WRITTEN = ("text", "name", "relation")  # what may name somebody


def referral_views(session: Session, actor: Actor, rows: Sequence[Referral]) -> list[dict[str, Any]]:
    """Referrals (with their names) in the shape of `ReferralSchema`."""
    limits, readings = limits_of(session, rows), readings_of(session, rows)
    return [
        _view(actor, row, limits[row.id], readings.get(row.reading_id) if row.reading_id else None)
        for row in rows
    ]


def _view(actor: Actor, row: Referral, limit: int | None, reading: ServiceRecord | None) -> dict[str, Any]:
    known = actor.knows(row.sender_id, row.institution_id) or row.receiver_id in actor.medical
    same = "id institution_id service direction from_id state requested_at asked_at answered_at"
    return {
        **{name: getattr(row, name) for name in same.split()},
        "institution": _named(row.institution),
        "sender": _named(row.sender),
        "receiver": _named(row.receiver) if row.receiver else None,
        "subject": _subject(row, known=known),
        "form": row.form if known else {},
        "reading": _reading(reading) if reading and known else None,
        "counts": row.demand_id is not None,
        "requested_by": row.requested_by.name,
        "limit_minutes": limit,
        "limit_at": limit_at(row.asked_at, limit),
        "steps": [_step(step, known=known) for step in row.steps],
    }


def _named(organisation: Organisation) -> dict[str, Any]:
    return {"id": organisation.id, "name": organisation.name}


def _subject(row: Referral, *, known: bool) -> dict[str, Any]:
    person = row.subject
    if not known:
        return {"id": person.id, "name": masked(person.name), "bed": "", "sex": None, "born": None}
    return {name: getattr(person, name) for name in ("id", "name", "bed", "sex", "born")}


def _reading(record: ServiceRecord) -> dict[str, Any]:
    return {"service": record.service, "on": record.on, "form": record.form, "urgent": record.urgent}


def _step(step: ReferralStep, *, known: bool) -> dict[str, Any]:
    said = {name: step.said.get(name) if known or name not in _WRITTEN else None for name in _WORDS}
    same = {"id": step.id, "act": step.act, "at": step.at, "received_at": step.received_at}
    return {**same, "by": step.by.name, **said}
