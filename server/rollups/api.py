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
from server.rollups import as_of, queries, views
from server.rollups.places import place_of
from server.rollups.rules import Period, period_of
from server.rollups.schemas import StandingQuerySchema, StandingSchema

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
    if day < today:
        found = as_of.standing(session, actor, place, period, day)
    else:
        found = queries.standing(session, actor, place, period, clock.now())
    named = queries.named(session, {each.worst.commitment_id for each in found.groups if each.worst})
    counties = [each.key for each in found.groups if each.level == "county"]
    return {
        "as_of": day,
        "period": period,
        "place": views.place_view(place),
        **views.standing_view(found, named, region_names(session, counties)),
    }


def _period(text: str) -> Period:
    period = period_of(text)
    if period is None:
        raise invalid("period", "not_a_period")
    return period
