"""Routes of photos: one by one, after the record that names them."""

from typing import Any
from uuid import UUID

from flask import Response, request
from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import Refusal, invalid
from server.photos import service
from server.photos.rules import MAX_BYTES
from server.photos.schemas import OfLineSchema
from server.web.application import application

_JPEG = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
blueprint = Blueprint("photos", __name__, url_prefix="/api/v1")


@blueprint.put("/photos/<uuid:photo_id>")
@requires(Permission.ROUNDS_RECORD)
@blueprint.arguments(OfLineSchema, location="query")
@blueprint.doc(requestBody={"required": True, "content": _JPEG})
@blueprint.response(204)
def put(actor: Actor, query: dict[str, Any], photo_id: UUID) -> None:
    if (request.content_length or 0) > MAX_BYTES:
        raise Refusal("too_large", limit=MAX_BYTES)
    if request.mimetype != "image/jpeg":
        raise invalid("Content-Type", "unknown_choice", "image/jpeg")
    sent = service.Sent(photo_id, query["line_id"], request.get_data(cache=False))
    service.store(db.session(), actor, application().keyring, sent, clock.now())


@blueprint.get("/photos/<uuid:photo_id>")
@requires(Permission.ROUNDS_READ)
@blueprint.doc(responses={200: {"content": _JPEG}})
def get(actor: Actor, photo_id: UUID) -> Response:
    app = application()
    line, picture = service.picture_of(db.session(), actor, app.keyring, photo_id)
    parties = (line.medical_id, line.institution_id)
    viewed(app, actor, Tag.PHOTO_VIEWED, clock.now(), subject=line.id, parties=parties, photo=str(photo_id))
    return Response(picture, mimetype="image/jpeg")
