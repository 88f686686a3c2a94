"""Routes for managers: what arrived and what became of it, mending it, and how the phones are."""

from typing import Any
from uuid import UUID

from flask import request
from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.ledger import devices, queries, service, views
from server.ledger.importing import import_entries
from server.ledger.schemas import (
    DevicesSchema,
    EntriesFileSchema,
    ImportReplySchema,
    LedgerQuerySchema,
    LedgerSchema,
    ReceivedSchema,
    RepairReplySchema,
    RepairSchema,
    UnlockedSchema,
    UnlockSchema,
)
from server.rounds.models import RoundUnlock
from server.sync import protocol
from server.sync.api import result_view
from server.web.application import application

blueprint = Blueprint("ledger", __name__, url_prefix="/api/v1")


def _desk(actor: Actor) -> service.Desk:
    app = application()
    return service.Desk(db.session(), actor, app.keyring, app.reach, clock.now())


@blueprint.get("/ledger")
@requires(Permission.LEDGER_REPAIR)
@blueprint.arguments(LedgerQuerySchema, location="query")
@blueprint.response(200, LedgerSchema)
def ledger(actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    session = db.session()
    page = queries.ledger_page(session, actor, query)
    if page.rows:
        _viewed(actor, Tag.ENTRIES_VIEWED, min(_managed(actor)), entries=len(page.rows))
    return views.page_view(session, actor, page)


@blueprint.get("/ledger/<uuid:ledger_id>")
@requires(Permission.LEDGER_REPAIR)
@blueprint.response(200, ReceivedSchema)
def received(actor: Actor, ledger_id: UUID) -> dict[str, Any]:
    session = db.session()
    rows = queries.received(session, actor, ledger_id)
    _viewed(actor, Tag.ENTRY_VIEWED, ledger_id)
    return views.received_view(session, actor, rows)


def _managed(actor: Actor) -> frozenset[UUID]:
    return actor.organisations(Permission.LEDGER_REPAIR)


def _viewed(actor: Actor, tag: Tag, subject: UUID, **details: Any) -> None:
    """What was received holds names and readings: who looked stands in the trail of their own institution."""
    parties = (min(_managed(actor)),)
    viewed(application(), actor, tag, clock.now(), subject=subject, parties=parties, **details)


@blueprint.post("/ledger/<uuid:ledger_id>/repair")
@requires(Permission.LEDGER_REPAIR)
@blueprint.arguments(RepairSchema)
@blueprint.response(200, RepairReplySchema)
def repair(actor: Actor, payload: dict[str, Any], ledger_id: UUID) -> dict[str, Any]:
    judged = service.repair(_desk(actor), ledger_id, payload["payload"])
    return {"judged": [views.judged_view(each) for each in judged]}


@blueprint.post("/sync/imports")
@requires(Permission.LEDGER_REPAIR)
@blueprint.doc(requestBody={"required": True, "content": {"application/json": {"schema": EntriesFileSchema}}})
@blueprint.response(200, ImportReplySchema)
def import_file(actor: Actor) -> dict[str, Any]:
    """Read by hand, as a phone's own request: within the same limits, zipped or not."""
    body = protocol.unpack(request.get_data(cache=False), request.content_encoding)
    imported = import_entries(_desk(actor), body)
    return {
        "author": imported.author,
        "results": [result_view(result) for result in imported.results],
    }


@blueprint.post("/rounds/<uuid:round_id>/unlock")
@requires(Permission.LEDGER_REPAIR)
@blueprint.arguments(UnlockSchema)
@blueprint.response(200, UnlockedSchema)
def unlock(actor: Actor, payload: dict[str, Any], round_id: UUID) -> RoundUnlock:
    return service.unlock(_desk(actor), round_id, payload["until"], payload["reason"])


@blueprint.get("/devices")
@requires(Permission.LEDGER_REPAIR)
@blueprint.response(200, DevicesSchema)
def sync_health(actor: Actor) -> dict[str, Any]:
    return devices.sync_health(db.session(), actor, clock.now())
