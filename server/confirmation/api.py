"""Routes that read a round, or one of its lines, with its evidence and what was said of it."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.confirmation import queries
from server.confirmation.schemas import LinePageSchema, RoundPageSchema
from server.db import db
from server.rounds.models import Round, ServiceRecord
from server.rounds.queries import line_of, lines_visible, round_of, round_view, versions_of
from server.web.application import application

blueprint = Blueprint("rounds", __name__, url_prefix="/api/v1")


@blueprint.get("/rounds/<uuid:round_id>")
@requires(Permission.ROUNDS_READ)
@blueprint.response(200, RoundPageSchema)
def round_page(actor: Actor, round_id: UUID) -> dict[str, Any]:
    session = db.session()
    round_ = round_of(session, actor, round_id)
    _viewed(actor, Tag.ROUND_VIEWED, round_)
    statement = lines_visible(actor).where(ServiceRecord.round_id == round_id).order_by(ServiceRecord.made_at)
    return {
        "round": round_view(actor, round_),
        "lines": queries.line_views(session, actor, session.scalars(statement).all()),
    }


@blueprint.get("/lines/<uuid:line_id>")
@requires(Permission.ROUNDS_READ)
@blueprint.response(200, LinePageSchema)
def line_page(actor: Actor, line_id: UUID) -> dict[str, Any]:
    session = db.session()
    line = line_of(session, actor, line_id)
    _viewed(actor, Tag.RECORD_VIEWED, line)
    known = actor.knows(line.medical_id, line.institution_id)
    acts = queries.acts_on(session, [line_id]).get(line_id, [])
    return {
        "line": queries.line_views(session, actor, [line])[0],
        "round": round_view(actor, round_of(session, actor, line.round_id)),
        "versions": queries.version_views(versions_of(session, [line_id])[line_id], known=known),
        "history": queries.history_views(acts, known=known),
    }


def _viewed(actor: Actor, tag: Tag, what: Round | ServiceRecord) -> None:
    parties = (what.medical_id, what.institution_id)
    viewed(application(), actor, tag, clock.now(), subject=what.id, parties=parties)
