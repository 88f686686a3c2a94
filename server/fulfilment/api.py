"""Routes that open a rate down to the records behind it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.agreements.models import Agreement, Commitment
from server.agreements.queries import agreement as agreement_of, commitment as commitment_of
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import NotFound, Refusal, invalid
from server.fulfilment import explaining, preview, queries, views
from server.fulfilment.at_risk import Wanted, at_risk_view, windows_at_risk
from server.fulfilment.at_risk_schemas import AtRiskQuerySchema, AtRiskSchema
from server.fulfilment.preview_schemas import DraftSchema, PreviewSchema, PromisesSchema
from server.fulfilment.requests import moment_of, request_views
from server.fulfilment.rules.sums import together
from server.fulfilment.schemas import (
    AgreementFulfilmentSchema,
    AgreementsQuerySchema,
    AgreementsSchema,
    AsOfSchema,
    ObligationPageSchema,
    WindowSchema,
    WindowsSchema,
)
from server.web.application import application

blueprint = Blueprint("fulfilment", __name__, url_prefix="/api/v1")


@blueprint.get("/agreements")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(AgreementsQuerySchema, location="query")
@blueprint.response(200, AgreementsSchema)
def agreements(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """Worst first, those without a rate last, where one page has all of them; else by number, so that the
    next page goes on where this one ends. Dashboards read `/standing`."""
    session, now = db.session(), clock.now()
    page = queries.agreements_page(session, actor, query["search"], query["offset"], query["limit"])
    rated = queries.rated_of(session, page.agreements, now)
    summaries = [views.agreement_summary(agreement, rated[agreement.id]) for agreement in page.agreements]
    if page.total <= query["limit"]:
        summaries.sort(key=views.worst_first)
    return {"as_of": clock.today(), "total": page.total, "offset": page.offset, "agreements": summaries}


@blueprint.get("/agreements/<uuid:agreement_id>")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(AsOfSchema, location="query")
@blueprint.response(200, AgreementFulfilmentSchema)
def agreement_page(actor: Actor, query: dict[str, Any], agreement_id: UUID) -> dict[str, Any]:
    session, now = db.session(), clock.now()
    found = agreement_of(session, actor, agreement_id)
    day = queries.day_of(found, now, query["as_of"])
    figures = queries.figures_of(session, [found], now, day)[found.id]
    grades = queries.grades_of(session, found, day)
    return {
        **views.agreement_summary(found, figures),
        "as_of": day,
        "recomputing": queries.recomputing(session, found, now, day),
        "suspensions": found.suspensions,
        "commitments": [views.commitment_view(each) for each in figures],
        "grades": grades,
        "rounds_total": sum(grades.values()),
    }


@blueprint.get("/commitments/<uuid:commitment_id>/windows")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(AsOfSchema, location="query")
@blueprint.response(200, WindowsSchema)
def windows(actor: Actor, query: dict[str, Any], commitment_id: UUID) -> dict[str, Any]:
    session, now = db.session(), clock.now()
    agreement, commitment = commitment_of(session, actor, commitment_id)
    figures = _figures(agreement, commitment, now, query["as_of"])
    kind, known = commitment.clause.get("kind"), _knows(actor, agreement)
    own = queries.subject_windows(session, agreement, figures, now) if kind == "once" else []
    moment = moment_of(agreement, now, figures.today)
    asked = request_views(session, agreement, commitment, moment, known=known) if figures.demand else []
    _viewed(actor, agreement, commitment.id, len(own) + len(asked))
    return {
        **_head(agreement, figures),
        "windows": [views.window_view(each, figures.today) for each in reversed(figures.begun)],
        "obligations": _subjects(actor, agreement, own, figures),
        "requests": asked,
    }


@blueprint.get("/commitments/<uuid:commitment_id>/windows/<start>")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(AsOfSchema, location="query")
@blueprint.response(200, WindowSchema)
def window(actor: Actor, query: dict[str, Any], commitment_id: UUID, start: str) -> dict[str, Any]:
    """The window that begins on a day; of a once commitment all that begin then, as one."""
    session, now, first = db.session(), clock.now(), _day(start)
    agreement, commitment = commitment_of(session, actor, commitment_id)
    figures = _figures(agreement, commitment, now, query["as_of"])
    of_window = [each for each in figures.begun if each.start == first]
    if not of_window:
        raise NotFound("window")
    rows = queries.subject_windows(session, agreement, figures, now, first)
    _viewed(actor, agreement, commitment.id, sum(row.resident_id is not None for row in rows))
    return {
        **_head(agreement, figures),
        "window": views.window_view(together(of_window), figures.today),
        "obligations": sorted(_subjects(actor, agreement, rows, figures), key=views.furthest_first),
    }


@blueprint.get("/obligations/<uuid:obligation_id>")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(AsOfSchema, location="query")
@blueprint.response(200, ObligationPageSchema)
def obligation(actor: Actor, query: dict[str, Any], obligation_id: UUID) -> dict[str, Any]:
    session, now = db.session(), clock.now()
    row = queries.obligation(session, actor, obligation_id)
    agreement, commitment = commitment_of(session, actor, row.commitment_id)
    figures = _figures(agreement, commitment, now, query["as_of"])
    own = queries.subject_window(session, agreement, row, now, figures.today)
    _viewed(actor, agreement, row.resident_id or commitment.id, 1)
    return {
        **_head(agreement, figures),
        "obligation": _subjects(actor, agreement, [own], figures)[0],
        **explaining.behind_view(session, actor, explaining.behind(session, agreement, row, figures.today)),
    }


@blueprint.post("/agreements/preview")
@requires(Permission.AGREEMENTS_WRITE)
@blueprint.arguments(DraftSchema)
@blueprint.response(200, PreviewSchema)
def preview_draft(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    """What a clause would promise. Nothing is stored."""
    return preview.of_draft(db.session(), actor, payload, clock.now())


@blueprint.get("/agreements/<uuid:agreement_id>/promises")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, PromisesSchema)
def promises(actor: Actor, agreement_id: UUID) -> dict[str, Any]:
    """What each commitment promises over the term; of drafts too."""
    session = db.session()
    found = agreement_of(session, actor, agreement_id)
    return {
        "agreement": views.agreement_name(found),
        "commitments": preview.of_agreement(session, found, clock.now()),
    }


@blueprint.get("/at-risk")
@requires(Permission.AGREEMENTS_READ)
@blueprint.arguments(AtRiskQuerySchema, location="query")
@blueprint.response(200, AtRiskSchema)
def at_risk(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """Who reads fulfilment sees all of which she reads it; a clinician, where she goes herself."""
    by, today = query.pop("by"), clock.today()
    goes_there = actor.may(Permission.ROUNDS_RECORD)
    if actor.may(Permission.FULFILMENT_READ) and not (goes_there and query["clinician_id"] == actor.id):
        actor = actor.only(Permission.FULFILMENT_READ)
    elif goes_there:
        query["clinician_id"] = actor.id
    else:
        raise Refusal("forbidden", permission=Permission.FULFILMENT_READ.value)
    found = windows_at_risk(db.session(), actor, Wanted(**query), today)
    return at_risk_view(found, by, today)


def _viewed(actor: Actor, agreement: Agreement, subject: UUID, people: int) -> None:
    """Note a page that names residents; rates alone are nobody's data."""
    if people:
        parties = (agreement.medical_id, agreement.institution_id)
        app, now = application(), clock.now()
        viewed(app, actor, Tag.FIGURES_VIEWED, now, subject=subject, parties=parties, residents=people)


def _knows(actor: Actor, agreement: Agreement) -> bool:
    return actor.knows(agreement.medical_id, agreement.institution_id)


def _figures(
    agreement: Agreement, commitment: Commitment, now: datetime, as_of: date | None
) -> queries.CommitmentFigures:
    found = queries.figures_of(db.session(), [agreement], now, as_of, only=commitment.id)
    return found[agreement.id][0]


def _head(agreement: Agreement, figures: queries.CommitmentFigures) -> dict[str, Any]:
    return {
        "as_of": figures.today,
        "agreement": views.agreement_name(agreement),
        "commitment": views.commitment_view(figures),
    }


def _subjects(
    actor: Actor,
    agreement: Agreement,
    rows: Sequence[queries.SubjectFigures],
    figures: queries.CommitmentFigures,
) -> list[dict[str, Any]]:
    session = db.session()
    people = queries.subjects(session, [row.resident_id for row in rows if row.resident_id])
    numbers = None if _knows(actor, agreement) else queries.numbers_of(session, agreement.institution_id)
    return views.subject_views(rows, people, figures, numbers)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("start", "not_a_day") from None
