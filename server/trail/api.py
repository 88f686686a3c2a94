"""Routes of the trail, for those who manage an organisation or administer its audit, and of where its heads
are mailed."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from flask import Response, stream_with_context
from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.exporting import Named, export
from server.audit.models import AuditEntry
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.trail import service
from server.trail.queries import PAGE, Wanted, chain_named, names, on_account, page, people
from server.trail.schemas import (
    PeopleSchema,
    RecipientSchema,
    RecipientsSchema,
    TrailAskedSchema,
    TrailSchema,
)
from server.web.application import application

_LINES = 500
blueprint = Blueprint("trail", __name__, url_prefix="/api/v1")


@blueprint.get("/audit")
@requires(Permission.AUDIT_READ)
@blueprint.arguments(TrailAskedSchema, location="query")
@blueprint.response(200, TrailSchema)
def trail(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    """What the organisation's people did, newest first, and whether it is sealed."""
    wanted = Wanted(payload["tag"], payload["actor"], payload["subject"], payload["day"], payload["before"])
    session = db.session()
    found = page(session, actor, wanted)
    _viewed(actor, Tag.TRAIL_VIEWED, min(actor.organisations(Permission.AUDIT_READ)))
    called = names(session, found)
    return {"entries": [_view(each, called) for each in found], "more": len(found) == PAGE}


@blueprint.get("/audit/people")
@requires(Permission.AUDIT_READ)
@blueprint.response(200, PeopleSchema)
def people_of_the_trail(actor: Actor) -> dict[str, Any]:
    """Whose acts the trail of one's organisations may hold: who has, or once had, a role there."""
    return {"people": people(db.session(), actor)}


@blueprint.get("/audit/recipients")
@requires(Permission.HEADS_ADDRESS)
@blueprint.response(200, RecipientsSchema)
def recipients(actor: Actor) -> dict[str, Any]:
    """Where the heads that concern one's organisations are mailed every night."""
    own = service.keepers(db.session(), actor)
    listed = service.recipients(db.session(), [each.id for each in own])
    return {"organisations": own, "recipients": listed, "most": service.MOST}


@blueprint.post("/audit/recipients/<uuid:organisation_id>")
@requires(Permission.HEADS_ADDRESS)
@blueprint.arguments(RecipientSchema)
@blueprint.response(204)
def add_recipient(actor: Actor, payload: dict[str, Any], organisation_id: UUID) -> None:
    kept = service.kept_by(db.session(), actor, organisation_id)
    service.add_recipient(db.session(), actor, kept, payload["address"], clock.now())


@blueprint.post("/audit/recipients/<uuid:organisation_id>/remove")
@requires(Permission.HEADS_ADDRESS)
@blueprint.arguments(RecipientSchema)
@blueprint.response(204)
def remove_recipient(actor: Actor, payload: dict[str, Any], organisation_id: UUID) -> None:
    kept = service.kept_by(db.session(), actor, organisation_id)
    service.remove_recipient(db.session(), actor, kept, payload["address"], clock.now())


@blueprint.get("/audit/chains/<uuid:organisation_id>/file")
@requires(Permission.AUDIT_READ)
@blueprint.response(200, {"type": "string"}, content_type="application/x-ndjson")
def chain_file(actor: Actor, organisation_id: UUID) -> Response:
    """The chain as docs/audit-chain.md specifies it, to be kept and checked elsewhere."""
    named = chain_named(db.session(), actor, organisation_id)
    _viewed(actor, Tag.TRAIL_EXPORTED, organisation_id)
    file = f'attachment; filename="xunyue-audit-{organisation_id}.jsonl"'
    return Response(
        stream_with_context(_pieces(named)),
        content_type="application/x-ndjson",
        headers={"Content-Disposition": file},
    )


def _pieces(named: Named) -> Iterator[str]:
    """As many lines at a time as are worth a write to the network."""
    lines = export(db.session(), named, 1, clock.now())
    while piece := "".join(islice(lines, _LINES)):
        yield piece


def _viewed(actor: Actor, tag: Tag, organisation_id: UUID) -> None:
    parties = (organisation_id,)
    viewed(application(), actor, tag, clock.now(), subject=organisation_id, parties=parties)


def _view(entry: AuditEntry, called: Mapping[UUID, str]) -> dict[str, Any]:
    same = "id at tag session_id organisation_id subject_id details seq".split()
    return {
        **{name: getattr(entry, name) for name in same},
        "actor": _named(entry.actor_id, called),
        "other": _named(entry.other_id, called),
        "person": called.get(entry.subject_id) if entry.subject_id and on_account(entry) else None,
        "sealed": entry.seq is not None,
        "digest": entry.digest.hex() if entry.digest else None,
    }


def _named(who: UUID | None, called: Mapping[UUID, str]) -> dict[str, Any] | None:
    return None if who is None else {"id": who, "name": called.get(who, "")}
