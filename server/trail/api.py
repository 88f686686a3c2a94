"""The route of the trail, for those who administer the audit of an organisation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.audit.models import AuditEntry
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.trail.queries import PAGE, Wanted, names, page
from server.trail.schemas import TrailAskedSchema, TrailSchema

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
    called = names(session, found)
    return {"entries": [_view(each, called) for each in found], "more": len(found) == PAGE}


def _view(entry: AuditEntry, called: Mapping[UUID, str]) -> dict[str, Any]:
    same = "id at tag session_id organisation_id subject_id details seq".split()
    return {
        **{name: getattr(entry, name) for name in same},
        "actor": _named(entry.actor_id, called),
        "other": _named(entry.other_id, called),
        "sealed": entry.seq is not None,
        "digest": entry.digest.hex() if entry.digest else None,
    }


def _named(who: UUID | None, called: Mapping[UUID, str]) -> dict[str, Any] | None:
    return None if who is None else {"id": who, "name": called.get(who, "")}
