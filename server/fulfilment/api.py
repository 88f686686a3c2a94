"""Routes that open a rate down to the records behind it."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.agreements.models import Agreement, Commitment
from server.agreements.queries import (
    agreement as agreement_of,
    agreements_with_parties,
    commitment as commitment_of,
)
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import NotFound, invalid
from server.fulfilment import explaining, queries, views
from server.fulfilment.schemas import (
    AgreementFulfilmentSchema,
    AgreementsSchema,
    ObligationPageSchema,
    WindowSchema,
    WindowsSchema,
)

blueprint = Blueprint("fulfilment", __name__, url_prefix="/api/v1")


@blueprint.get("/agreements")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, AgreementsSchema)
def agreements(actor: Actor) -> dict[str, Any]:
    """Worst first; those without a rate last."""
    session, now = db.session(), clock.now()
    found = session.scalars(agreements_with_parties(actor)).unique().all()
    figures = queries.figures_of(session, found, now)
    summaries = [views.agreement_summary(agreement, figures[agreement.id]) for agreement in found]
    summaries.sort(
        key=lambda view: (view["confirmed_rate"] is None, view["confirmed_rate"] or "", view["number"])
    )
    return {"as_of": clock.today(), "agreements": summaries}


@blueprint.get("/agreements/<uuid:agreement_id>")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, AgreementFulfilmentSchema)
def agreement_page(actor: Actor, agreement_id: UUID) -> dict[str, Any]:
    session = db.session()
    found = agreement_of(session, actor, agreement_id)
    figures = queries.figures_of(session, [found], clock.now())[found.id]
    grades = queries.grades_of(session, found)
    return {
        **views.agreement_summary(found, figures),
        "as_of": clock.today(found.timezone),
        "suspensions": found.suspensions,
        "commitments": [views.commitment_view(each) for each in figures],
        "grades": grades,
        "rounds_total": sum(grades.values()),
    }


@blueprint.get("/commitments/<uuid:commitment_id>/windows")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, WindowsSchema)
def windows(actor: Actor, commitment_id: UUID) -> dict[str, Any]:
    figures, head = _head(*commitment_of(db.session(), actor, commitment_id))
    return {**head, "windows": views.window_summaries(figures.windows, figures.today)}


@blueprint.get("/commitments/<uuid:commitment_id>/windows/<start>")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, WindowSchema)
def window(actor: Actor, commitment_id: UUID, start: str) -> dict[str, Any]:
    session, first = db.session(), _day(start)
    agreement, commitment = commitment_of(session, actor, commitment_id)
    figures, head = _head(agreement, commitment)
    of_window = [each for each in figures.windows if each.window.start == first]
    if not of_window:
        raise NotFound("window")
    rows = queries.obligations_of(session, commitment_id, first)
    people = queries.subjects(session, [row.resident_id for row in rows if row.resident_id])
    return {
        **head,
        "window": views.window_summaries(of_window, figures.today)[0],
        "obligations": views.obligation_views(rows, people, figures.today, known=_knows(actor, agreement)),
    }


@blueprint.get("/obligations/<uuid:obligation_id>")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, ObligationPageSchema)
def obligation(actor: Actor, obligation_id: UUID) -> dict[str, Any]:
    session = db.session()
    row = queries.obligation(session, actor, obligation_id)
    agreement, commitment = commitment_of(session, actor, row.commitment_id)
    figures, head = _head(agreement, commitment)
    people = queries.subjects(session, [row.resident_id] if row.resident_id else [])
    return {
        **head,
        "obligation": views.obligation_views([row], people, figures.today, known=_knows(actor, agreement))[0],
        **explaining.behind_view(session, actor, explaining.behind(session, agreement, row, figures.today)),
    }


def _knows(actor: Actor, agreement: Agreement) -> bool:
    return actor.knows(agreement.medical_id, agreement.institution_id)


def _head(agreement: Agreement, commitment: Commitment) -> tuple[queries.CommitmentFigures, dict[str, Any]]:
    figures = queries.figures_of(db.session(), [agreement], clock.now())[agreement.id]
    own = next(each for each in figures if each.commitment.id == commitment.id)
    return own, {
        "as_of": own.today,
        "agreement": views.agreement_name(agreement),
        "commitment": views.commitment_view(own),
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("start", "not_a_day") from None
