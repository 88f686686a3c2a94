"""Routes that read a round, or one of its lines, with its evidence and what was said of it; and those of
disputes."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.lists import looked_on
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.catalogue import queries as catalogue
from server.confirmation import queries, ruling
from server.confirmation.schemas import (
    CaseSchema,
    CasesSchema,
    DisputesQuerySchema,
    LinePageSchema,
    RoundPageSchema,
    RuleSchema,
)
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
        "versions": queries.version_views(
            line, versions_of(session, [line_id]).get(line_id, []), known=known
        ),
        "history": queries.history_views(acts, known=known),
        "rulings": queries.ruling_views(queries.rulings_on(session, [line_id]).get(line_id, [])),
        "form": catalogue.form_of(line.service) if known else None,
    }


@blueprint.get("/disputes")
@requires(Permission.DISPUTES_RULE)
@blueprint.arguments(DisputesQuerySchema, location="query")
@blueprint.response(200, CasesSchema)
def disputes(actor: Actor, wanted: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    found = ruling.cases(db.session(), actor, now, settled=wanted["open"] == "0")
    named = [each["line"] for each in found["cases"] if each["line"]["subject_id"]]
    for parties in sorted({(each["medical"]["id"], each["institution"]["id"]) for each in found["cases"]}):
        if any(line["institution_id"] == parties[1] for line in named):
            app = application()
            looked_on(app, actor, Tag.DISPUTES_VIEWED, now, subject=parties[1], parties=parties)
    return found


@blueprint.post("/lines/<uuid:line_id>/rulings")
@requires(Permission.DISPUTES_RULE)
@blueprint.arguments(RuleSchema)
@blueprint.response(200, CaseSchema)
def rule(actor: Actor, said: dict[str, Any], line_id: UUID) -> dict[str, Any]:
    session, now = db.session(), clock.now()
    line = ruling.rule(session, actor, line_id, ruling.Said(**said), now)
    return ruling.case_views(session, actor, [line], now)[0]


def _viewed(actor: Actor, tag: Tag, what: Round | ServiceRecord) -> None:
    parties = (what.medical_id, what.institution_id)
    viewed(application(), actor, tag, clock.now(), subject=what.id, parties=parties)
