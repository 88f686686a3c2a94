"""The phone's routes: what it may know, and what it has to say."""

import gzip
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import Refusal, invalid
from server.sync import devices, protocol, service, working_set
from server.sync.cursor import read_cursor
from server.sync.protocol import SyncReplySchema, SyncRequestSchema
from server.sync.schemas import WorkingSetQuerySchema, WorkingSetSchema
from server.sync.sealing import Opener
from server.web.application import application
from server.web.errors import field_to_json
from server.web.messages import text_of
from server.web.schemas import instant_text

_WORTH_ZIPPING = 1024  # bytes
_PAGES = ("sync.read", "sync.read_at_length")
blueprint = Blueprint("sync", __name__, url_prefix="/api/v1")


@blueprint.get("/sync")
@requires(Permission.SYNC_USE)
@blueprint.arguments(WorkingSetQuerySchema, location="query")
@blueprint.response(200, WorkingSetSchema)
def read(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    return _page(actor, query)


@blueprint.post("/sync/read")
@requires(Permission.SYNC_USE)
@blueprint.arguments(WorkingSetQuerySchema)
@blueprint.response(200, WorkingSetSchema)
def read_at_length(actor: Actor, asked: dict[str, Any]) -> dict[str, Any]:
    """The same for who deals with so many institutions that what they ask is too long for an address."""
    return _page(actor, asked)


def _page(actor: Actor, asked: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    cursor = read_cursor(asked["cursor"])
    only = _ids(asked["institutions"])
    app = application()
    found = working_set.page(db.session(), actor, app.keyring, cursor, now, only)
    for institution in found.snapshots:
        viewed(app, actor, Tag.ROSTER_SENT, now, subject=institution, parties=(institution,))
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
        "followups",
        "referrals",
    )
    return {
        "protocol": protocol.PROTOCOL,
        "server_time": now,
        "cursor": found.cursor.text(),
        **{name: getattr(found, name) for name in rows},
        "removals": found.gone,
    }


def _ids(text: str | None) -> frozenset[UUID] | None:
    try:
        return frozenset(map(UUID, text.split(","))) if text else None
    except ValueError:
        raise invalid("institutions", "not_an_id") from None


@blueprint.after_request
def _zipped(response: Response) -> Response:
    """Pages of the working set are long and repetitive; what a phone sends is answered shortly."""
    long = request.endpoint in _PAGES and len(response.data) > _WORTH_ZIPPING
    if long and request.accept_encodings.best_match(["gzip"]):
        response.data = gzip.compress(response.data, compresslevel=6, mtime=0)
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    return response


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
    if batch.account_id not in (None, actor.id):  # somebody else signed in on that phone meanwhile
        raise Refusal("other_account")
    door = service.Door(db.session(), actor, keyring, now)
    results = service.receive_first(door, batch, devices.noted(db.session(), actor.id, batch, now))
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
