"""Routes of signing in and of a person's own sessions."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, request, session as cookie
from flask_login import login_user, logout_user
from flask_smorest import Blueprint

from server import clock
from server.accounts import queries, service
from server.accounts.schemas import MeSchema, SessionsSchema, SignInSchema
from server.accounts.signin import SignedIn
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import Refusal
from server.web.application import application
from server.web.errors import refused

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1")


@blueprint.post("/session")
@requires(Permission.PUBLIC)
@blueprint.arguments(SignInSchema)
@blueprint.response(200, MeSchema)
def sign_in(payload: dict[str, Any]) -> dict[str, Any] | Response:
    app, now = application(), clock.now()
    credentials = service.Credentials(
        payload["login"], payload["password"], request.remote_addr or "", payload["device_name"][:80]
    )
    opened = service.sign_in(db.session(), credentials, timedelta(days=app.settings.session_days), now)
    if isinstance(opened, Refusal):
        return refused(opened)
    actor = queries.actor_of(db.session(), opened.account, opened.id, app.reach, now)
    cookie.permanent = True
    login_user(SignedIn(actor))
    return _me(actor)


@blueprint.get("/session")
@requires(Permission.SIGNED_IN)
@blueprint.response(200, MeSchema)
def me(actor: Actor) -> dict[str, Any]:
    return _me(actor)


@blueprint.delete("/session")
@requires(Permission.SIGNED_IN)
@blueprint.response(204)
def sign_out(actor: Actor) -> None:
    service.revoke_session(db.session(), actor, actor.session_id, clock.now())
    logout_user()


@blueprint.get("/sessions")
@requires(Permission.SIGNED_IN)
@blueprint.response(200, SessionsSchema)
def sessions(actor: Actor) -> dict[str, Any]:
    live = queries.live_sessions(db.session(), actor, clock.now())
    return {
        "sessions": [
            {
                "id": row.id,
                "device_name": row.device_name,
                "created_at": row.created_at,
                "last_seen_at": row.last_seen_at,
                "current": row.id == actor.session_id,
            }
            for row in live
        ]
    }


@blueprint.delete("/sessions/<uuid:session_id>")
@requires(Permission.SIGNED_IN)
@blueprint.response(204)
def revoke(actor: Actor, session_id: UUID) -> None:
    service.revoke_session(db.session(), actor, session_id, clock.now())


def _me(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id,
        "name": actor.name,
        "login": actor.login,
        "server_time": clock.now(),
        "permissions": sorted(actor.permissions),
        "memberships": actor.memberships,
    }
