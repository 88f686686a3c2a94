"""The dashboard: how the agreements of a place stand in a period."""

from typing import Any

from flask_smorest import Blueprint

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import invalid
from server.organisations.queries import region_names
from server.rollups import as_of, past, queries, views
from server.rollups.places import place_of
from server.rollups.rules import Period, period_of
from server.rollups.schemas import (
    PastDayProgressSchema,
    PastDaySchema,
    StandingQuerySchema,
    StandingSchema,
)

blueprint = Blueprint("rollups", __name__, url_prefix="/api/v1")


@blueprint.get("/standing")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(StandingQuerySchema, location="query")
@blueprint.response(200, StandingSchema)
def standing(actor: Actor, asked: dict[str, Any]) -> dict[str, Any]:
    """Worst first everywhere; what has no rate last. Of today from kept rows, of a past day by the engine."""
    session, today = db.session(), clock.today()
    day = asked["as_of"] or today
    if day > today:
        raise invalid("as_of", "in_the_future")
    period = _period(asked["period"] or str(day.year))
    place = place_of(session, actor, asked["within"], asked["town"], asked["institution_id"])
    kept = None
    if day < today:
        found, kept = as_of.standing(session, actor, place, period, day)
    else:
        found = queries.standing(session, actor, place, period, clock.now())
    named = queries.named(session, {each.worst.commitment_id for each in found.groups if each.worst})
    counties = [each.key for each in found.groups if each.level == "county"]
    return {
        "as_of": day,
        "period": period,
        "place": views.place_view(place),
        "computed_at": kept.oldest if kept else None,
        "left_out": kept.failed if kept else 0,
        **views.standing_view(found, named, region_names(session, counties)),
    }


@blueprint.post("/standing/past-days")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(PastDaySchema)
@blueprint.response(202, PastDayProgressSchema)
def ask_past_day(actor: Actor, asked: dict[str, Any]) -> dict[str, Any]:
    """Have the worker compute a place as of a past day, however many agreements it has."""
    session, now = db.session(), clock.now()
    day = asked["as_of"]
    if day >= clock.today():
        raise invalid("as_of", "in_the_future")
    place = place_of(session, actor, asked["within"], asked["town"], asked["institution_id"])
    found = past.ask(session, actor, queries.agreements_in(actor, place), day, now)
    return {"as_of": day, "agreements": found.asked, "made": found.made}


def _period(text: str) -> Period:
    period = period_of(text)
    if period is None:
        raise invalid("period", "not_a_period")
    return period
