"""Routes of the calendar: the link for its owner, and the file behind it for whoever has the link."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.calendar import queries, service
from server.calendar.schemas import LinkOrNoneSchema, MadeLinkSchema, NewLinkSchema
from server.db import begin_write, db
from server.errors import Refusal
from server.web.application import application
from server.web.errors import refused

_ICS = {"text/calendar": {"schema": {"type": "string"}}}
blueprint = Blueprint("calendar", __name__, url_prefix="/api/v1")


@blueprint.get("/calendar-link")
@requires(Permission.ROUNDS_RECORD)
@blueprint.response(200, LinkOrNoneSchema)
def link(actor: Actor) -> dict[str, Any]:
    return {"link": queries.link_of(db.session(), actor.id)}


@blueprint.post("/calendar-link")
@requires(Permission.ROUNDS_RECORD)
@blueprint.arguments(NewLinkSchema)
@blueprint.response(201, MadeLinkSchema)
def make(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    made, token = service.make_link(db.session(), actor, payload["language"], clock.now())
    path = f"{blueprint.url_prefix}/calendar/{token}.ics"
    return {"path": path, "made_at": made.made_at, "last_used_at": made.last_used_at}


@blueprint.delete("/calendar-link")
@requires(Permission.ROUNDS_RECORD)
@blueprint.response(204)
def revoke(actor: Actor) -> None:
    service.revoke_link(db.session(), actor, clock.now())


@blueprint.get("/calendar/<token>.ics")
@requires(Permission.PUBLIC)
@blueprint.doc(responses={200: {"content": _ICS}})
def calendar(token: str) -> Response:
    """Calendar programs have no session: the link itself lets them in. It notes that it was used, so that
    its owner can see whether anybody still reads it."""
    begin_write(db.session())
    found = service.use_link(db.session(), token, request.remote_addr or "", clock.now())
    application().finish()
    if isinstance(found, Refusal):
        return refused(found)
    response = Response(found.content, mimetype="text/calendar")
    response.set_etag(found.tag, weak=True)
    response.make_conditional(request)
    return response
