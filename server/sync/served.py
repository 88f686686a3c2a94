"""An institution as the phones of those who serve it, or work there, hold it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from server.agreements.models import Agreement, Commitment
from server.agreements.rules import SETTLING_DAYS
from server.auth.actor import Actor
from server.calendar.queries import ROUNDS_SEEN, round_clauses
from server.calendar.rules import HABIT
from server.checkin.datum import WGS_84, fence_at
from server.checkin.queries import current_posters
from server.clinical.queries import targets_of
from server.demands.queries import clauses_of
from server.demands.rules import strictest
from server.kiosks.queries import live_keys
from server.organisations.models import Organisation
from server.rounds.models import Round


def institution_views(
    session: Session, actor: Actor, institutions: Collection[UUID], today: date
) -> list[dict[str, Any]]:
    """In the shape of `HeldInstitutionSchema`, as far as the actor may see them; as many statements for many
    as for one."""
    if not institutions:
        return []
    rows = session.scalars(
        select(Organisation).where(Organisation.id.in_(institutions)).order_by(Organisation.id)
    ).all()
    posters, kiosks = current_posters(session, institutions), live_keys(session, institutions)
    targets = targets_of(session, {row.region for row in rows})
    rounds = _rounds(session, actor, institutions)
    agreements = _agreements(session, actor, rounds, institutions, today)
    return [
        {
            **_place(row),
            "poster": posters.get(row.id),
            "kiosks": kiosks.get(row.id, []),
            "agreements": agreements.get(row.id, []),
            "targets": targets.get(row.region, []),
            "last_round_on": rounds[row.id][0][1] if row.id in rounds else None,
        }
        for row in rows
    ]


def _place(row: Organisation) -> dict[str, Any]:
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
    }


def _rounds(
    session: Session, actor: Actor, institutions: Collection[UUID]
) -> dict[UUID, list[tuple[UUID, date]]]:
    """Who was there on which day, the latest first, by institution: of each hospital as many as the rule of
    the calendar looks at."""
    days = (
        select(Round.institution_id, Round.medical_id, Round.on)
        .distinct()
        .where(Round.institution_id.in_(institutions), Round.scope(actor))
        .subquery()
    )
    parties = [days.c.institution_id, days.c.medical_id]
    place = func.row_number().over(partition_by=parties, order_by=days.c.on.desc())
    ranked = select(days, place.label("place")).subquery()
    latest = [ranked.c.on.desc(), ranked.c.medical_id]
    rows = session.execute(select(ranked).where(ranked.c.place <= HABIT).order_by(*latest))
    found: dict[UUID, list[tuple[UUID, date]]] = {}
    for row in rows:
        found.setdefault(row.institution_id, []).append((row.medical_id, row.on))
    return found


def _agreements(
    session: Session,
    actor: Actor,
    rounds: Mapping[UUID, Sequence[tuple[UUID, date]]],
    institutions: Collection[UUID],
    today: date,
) -> dict[UUID, list[dict[str, Any]]]:
    rows = session.scalars(
        select(Agreement)
        .where(
            Agreement.institution_id.in_(institutions),
            Agreement.scope(actor),
            Agreement.state.in_(("active", "terminated")),
            Agreement.last_day >= today - timedelta(SETTLING_DAYS),  # what is late counts on
        )
        .options(joinedload(Agreement.medical))
        .order_by(Agreement.starts, Agreement.id)
    ).all()
    answers = _answers(session, institutions)
    clauses = round_clauses(session, [row.id for row in rows])
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        visits = [_clause_view(each) for each in clauses.get(row.id, [])]
        view = _agreement_view(row, rounds.get(row.institution_id, ()), today)
        found.setdefault(row.institution_id, []).append(
            {**view, "answers": answers.get(row.id, {}), "visits": visits}
        )
    return found


def _agreement_view(row: Agreement, rounds: Sequence[tuple[UUID, date]], today: date) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "medical": {"id": row.medical_id, "name": row.medical.name},
        "starts": row.starts,
        "last_day": row.last_day,
        "rounds": [on for by, on in rounds if by == row.medical_id and on >= today - ROUNDS_SEEN],
    }


def _clause_view(clause: Commitment) -> dict[str, Any]:
    return {"id": clause.id, "title": {"zh": clause.title_zh, "en": clause.title_en}}


def _answers(session: Session, institutions: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """By agreement, the minutes promised for an answer, by service."""
    found: dict[UUID, dict[str, int]] = {}
    for clause in clauses_of(session, institutions):
        minutes = found.setdefault(clause.agreement_id, {})
        limits = {service: strictest([minutes.get(service), clause.limit]) for service in clause.services}
        minutes |= {service: limit for service, limit in limits.items() if limit is not None}
    return found
