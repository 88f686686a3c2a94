"""Routes of kiosks: for managers who invite, list and revoke them, and for the kiosks themselves."""

from typing import Any
from uuid import UUID

from flask import Response, request
from flask_smorest import Blueprint

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import Refusal
from server.kiosks import queries, service
from server.kiosks.models import Kiosk
from server.kiosks.schemas import (
    EnrolledSchema,
    EnrolSchema,
    HandshakeReplySchema,
    HandshakeSchema,
    InvitationSchema,
    InviteSchema,
    KiosksSchema,
    RevokeSchema,
)
from server.web.application import application
from server.web.errors import refused

blueprint = Blueprint("kiosks", __name__, url_prefix="/api/v1")


@blueprint.get("/kiosks")
@requires(Permission.KIOSKS_MANAGE)
@blueprint.response(200, KiosksSchema)
def kiosks(actor: Actor) -> dict[str, Any]:
    return {"kiosks": queries.kiosks_managed(db.session(), actor, clock.now())}


@blueprint.post("/kiosks/invitations")
@requires(Permission.KIOSKS_MANAGE)
@blueprint.arguments(InviteSchema)
@blueprint.response(201, InvitationSchema)
def invite(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    institution = queries.institution_managed(db.session(), actor, payload["institution_id"], now)
    invitation, code = service.invite(
        db.session(), actor, institution, payload["name"], application().keyring, now
    )
    return {"code": code, "expires_at": invitation.expires_at}


@blueprint.delete("/kiosks/<uuid:kiosk_id>")
@requires(Permission.KIOSKS_MANAGE)
@blueprint.arguments(RevokeSchema, location="query")
@blueprint.response(204)
def revoke(actor: Actor, query: dict[str, Any], kiosk_id: UUID) -> None:
    now = clock.now()
    kiosk = queries.kiosk_managed(db.session(), actor, kiosk_id, now)
    service.revoke(db.session(), actor, kiosk, query["reason"], now)


@blueprint.post("/kiosks/enrolments")
@requires(Permission.PUBLIC)
@blueprint.arguments(EnrolSchema)
@blueprint.response(201, EnrolledSchema)
def enrol(payload: dict[str, Any]) -> dict[str, Any] | Response:
    """The kiosk has no session: the one-time code lets it in, its own key from then on."""
    said = service.Enrolment(
        payload["code"], payload["public_key"], payload["device_name"][:80], request.remote_addr or ""
    )
    enrolled = service.enrol(db.session(), said, application().keyring, clock.now())
    return refused(enrolled) if isinstance(enrolled, Refusal) else _view(enrolled)


@blueprint.post("/kiosks/<uuid:kiosk_id>/handshake")
@requires(Permission.PUBLIC)
@blueprint.arguments(HandshakeSchema)
@blueprint.response(200, HandshakeReplySchema)
def handshake(payload: dict[str, Any], kiosk_id: UUID) -> dict[str, Any] | Response:
    now = clock.now()
    kiosk = service.shake_hands(db.session(), kiosk_id, service.Handshake(**payload), now)
    if kiosk.revoked_at:
        return _gone()
    return {**_view(kiosk), "recent": queries.recent_uses(db.session(), kiosk.id, now), "revoked": False}


def _gone() -> Response:
    """The code is that of a session ended by somebody else; a kiosk is gone for good, which 410 says."""
    response = refused(Refusal("revoked"))
    response.status_code = 410
    return response


def _view(kiosk: Kiosk) -> dict[str, Any]:
    return {"kiosk": kiosk, "institution": kiosk.institution, "server_time": clock.now()}
