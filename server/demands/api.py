"""Routes of requests on demand: what may be asked, asking, answering, taking back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.audit.lists import looked_on
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.demands import queries, service
from server.demands.models import Demand
from server.demands.schemas import (
    AnswerSchema,
    AskSchema,
    DemandFilterSchema,
    DemandOptionsSchema,
    DemandSchema,
    DemandsSchema,
)
from server.demands.views import demand_view
from server.ids import new_id
from server.web.application import application

blueprint = Blueprint("demands", __name__, url_prefix="/api/v1")


@blueprint.get("/demands/options")
@requires(Permission.DEMANDS_ASK)
@blueprint.response(200, DemandOptionsSchema)
def options(actor: Actor) -> dict[str, Any]:
    session = db.session()
    found = queries.options(session, queries.askers(actor), clock.now())
    names = queries.names_of(
        session, {id_ for each in found for id_ in (each.institution_id, each.medical_id)}
    )
    return {
        "options": [
            {
                "institution": {"id": each.institution_id, "name": names[each.institution_id]},
                "medical": {"id": each.medical_id, "name": names[each.medical_id]},
                "service": each.service,
                "limit_minutes": each.limit_minutes,
            }
            for each in found
        ]
    }


@blueprint.get("/demands")
@requires(Permission.DEMANDS_READ)
@blueprint.arguments(DemandFilterSchema, location="query")
@blueprint.response(200, DemandsSchema)
def demands(actor: Actor, wanted: dict[str, Any]) -> dict[str, Any]:
    session = db.session()
    total, found = queries.demands(session, actor, wanted)
    limits = queries.limits_of(session, found)
    views = [demand_view(actor, demand, limits[demand.id]) for demand in found]
    _viewed(actor, found)
    return {"now": clock.now(), "total": total, "demands": views}


@blueprint.post("/demands")
@requires(Permission.DEMANDS_ASK)
@blueprint.arguments(AskSchema)
@blueprint.response(201, DemandSchema)
def ask(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    wanted = service.Ask(payload.pop("id") or new_id(), subject_id=payload.pop("resident_id"), **payload)
    return _shown(actor, service.ask(db.session(), actor, wanted, clock.now()).id)


@blueprint.post("/demands/<uuid:demand_id>/answer")
@requires(Permission.DEMANDS_ANSWER)
@blueprint.arguments(AnswerSchema)
@blueprint.response(200, DemandSchema)
def answer(actor: Actor, payload: dict[str, Any], demand_id: UUID) -> dict[str, Any]:
    found = queries.demand_to_change(db.session(), actor, demand_id)
    service.answer(db.session(), actor, found, payload["answered_at"], clock.now())
    return _shown(actor, demand_id)


@blueprint.post("/demands/<uuid:demand_id>/withdraw")
@requires(Permission.DEMANDS_ASK)
@blueprint.response(200, DemandSchema)
def withdraw(actor: Actor, demand_id: UUID) -> dict[str, Any]:
    found = queries.demand_to_withdraw(db.session(), actor, demand_id)
    service.withdraw(db.session(), actor, found, clock.now())
    return _shown(actor, demand_id)


def _viewed(actor: Actor, found: Sequence[Demand]) -> None:
    """Note that requests naming residents were shown, institution by institution; screens read them again and
    again while somebody waits."""
    for parties in sorted({(each.medical_id, each.institution_id) for each in found if each.subject}):
        app, now = application(), clock.now()
        looked_on(app, actor, Tag.DEMANDS_VIEWED, now, subject=parties[1], parties=parties)


def _shown(actor: Actor, demand_id: UUID) -> dict[str, Any]:
    session = db.session()
    session.flush()  # what was just said is read again, with the names of those who said it
    demand = queries.demand(session, demand_id)
    return demand_view(actor, demand, queries.limits_of(session, [demand])[demand_id])
