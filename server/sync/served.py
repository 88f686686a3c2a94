"""An institution as the phones of those who serve it, or work there, hold it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server.agreements.models import Agreement
from server.auth.actor import Actor
from server.calendar.queries import ROUNDS_SEEN
from server.checkin.datum import WGS_84, fence_at
from server.checkin.queries import current_posters
from server.clinical.queries import targets_in
from server.demands.queries import clauses_of
from server.demands.rules import strictest
from server.kiosks.queries import live_keys
from server.organisations.models import Organisation
from server.rounds.models import Round

_DAYS = 24  # of rounds at an institution; the rule of the calendar looks at eight of a hospital


def institution_view(session: Session, actor: Actor, institution: UUID, today: date) -> dict[str, Any]:
    """In the shape of `HeldInstitutionSchema`, as far as the actor may see it."""
    row = session.get_one(Organisation, institution)
    rounds = _rounds(session, actor, institution)
    fence = fence_at(row.latitude, row.longitude, row.datum, row.fence_m)
    place = {"latitude": fence.latitude, "longitude": fence.longitude, "datum": WGS_84} if fence else None
    return {
        "id": row.id,
        "institution_id": row.id,
        "name": row.name,
        "address": row.address,
        "location": place,
        "fence_m": row.fence_m,
        "timezone": row.timezone,
        "poster": current_posters(session, [institution]).get(institution),
        "kiosks": live_keys(session, institution),
        "agreements": _agreements(session, actor, institution, rounds, today),
        "targets": targets_in(session, row.region),
        "last_round_on": rounds[0][1] if rounds else None,
    }


def _rounds(session: Session, actor: Actor, institution: UUID) -> list[tuple[UUID, date]]:
    """Who was there on which day, the latest first."""
    rows = session.execute(
        select(Round.medical_id, Round.on)
        .distinct()
        .where(Round.institution_id == institution, Round.scope(actor))
        .order_by(Round.on.desc(), Round.medical_id)
        .limit(_DAYS)
    )
    return [(row.medical_id, row.on) for row in rows]


def _agreements(
    session: Session, actor: Actor, institution: UUID, rounds: Sequence[tuple[UUID, date]], today: date
) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Agreement)
        .where(
            Agreement.institution_id == institution,
            Agreement.scope(actor),
            Agreement.state.in_(("active", "terminated")),
            Agreement.last_day >= today,
        )
        .options(joinedload(Agreement.medical))
        .order_by(Agreement.starts)
    ).all()
    answers = _answers(session, institution) if rows else {}
    return [
        {
            "id": row.id,
            "number": row.number,
            "medical": {"id": row.medical_id, "name": row.medical.name},
            "starts": row.starts,
            "last_day": row.last_day,
            "rounds": [on for by, on in rounds if by == row.medical_id and on >= today - ROUNDS_SEEN],
            "answers": answers.get(row.id, {}),
        }
        for row in rows
    ]


def _answers(session: Session, institution: UUID) -> dict[UUID, dict[str, int]]:
    """By agreement, the minutes promised for an answer, by service."""
    found: dict[UUID, dict[str, int]] = {}
    for clause in clauses_of(session, [institution]):
        minutes = found.setdefault(clause.agreement_id, {})
        limits = {service: strictest([minutes.get(service), clause.limit]) for service in clause.services}
        minutes |= {service: limit for service, limit in limits.items() if limit is not None}
    return found
