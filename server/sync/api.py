"""The phone's two routes: what it may know, and what it has to say."""

from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.sync import devices, protocol, service, working_set
from server.sync.cursor import read_cursor
from server.sync.protocol import SyncReplySchema, SyncRequestSchema
from server.sync.schemas import WorkingSetQuerySchema, WorkingSetSchema
from server.sync.sealing import Opener
from server.web.application import application
from server.web.errors import field_to_json
from server.web.messages import text_of
from server.web.schemas import instant_text

blueprint = Blueprint("sync", __name__, url_prefix="/api/v1")


@blueprint.get("/sync")
@requires(Permission.SYNC_USE)
@blueprint.arguments(WorkingSetQuerySchema, location="query")
@blueprint.response(200, WorkingSetSchema)
def read(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    cursor = read_cursor(query["cursor"])
    found = working_set.page(db.session(), actor, application().keyring, cursor, now)
    rows = (
        "more",
        "reference",
        "snapshots",
        "forget",
        "institutions",
        "residents",
        "owed",
        "rounds",
        "lines",
    )
    return {
        "protocol": protocol.PROTOCOL,
        "server_time": now,
        "cursor": found.cursor.text(),
        **{name: getattr(found, name) for name in rows},
        "removals": found.gone,
    }


@blueprint.post("/sync")
@requires(Permission.SYNC_USE)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": SyncRequestSchema}}},
    responses={200: {"content": {"application/json": {"schema": SyncReplySchema}}}},
)
def write(actor: Actor) -> Response:
    """Read by hand: each entry is judged by itself, and its malformation must not refuse its neighbours."""
    now = clock.now()
    body = protocol.unpack(request.get_data(cache=False), request.content_encoding)
    keyring = application().keyring
    batch = protocol.read_batch(body, now, Opener(keyring, actor.id))
    door = service.Door(db.session(), actor, keyring, now)
    results = service.receive(door, batch)
    devices.note(db.session(), actor.id, batch, now)
    return jsonify(
        protocol=protocol.PROTOCOL,
        server_time=instant_text(now),
        results=[result_view(result) for result in results],
    )


def result_view(result: protocol.Result) -> dict[str, Any]:
    """In the shape of `ResultSchema`, with the message in the language of the request."""
    return {
        "id": result.id,
        "outcome": result.outcome,
        "code": result.code,
        "message": text_of(result.code) if result.code else None,
        "fields": [field_to_json(field) for field in result.fields],
        "record": result.record,
    }
