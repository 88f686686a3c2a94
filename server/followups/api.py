"""Routes of follow-ups: what is due, overdue and closed."""

from typing import Any

from flask_smorest import Blueprint

from server import clock
from server.audit.lists import looked_on
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.followups import queries
from server.followups.schemas import FollowUpFilterSchema, FollowUpsSchema
from server.followups.views import follow_up_view
from server.web.application import application

blueprint = Blueprint("follow_ups", __name__, url_prefix="/api/v1")


@blueprint.get("/follow-ups")
@requires(Permission.ROUNDS_READ)
@blueprint.arguments(FollowUpFilterSchema, location="query")
@blueprint.response(200, FollowUpsSchema)
def follow_ups(actor: Actor, wanted: dict[str, Any]) -> dict[str, Any]:
    now = clock.now()
    today = clock.local_day(now, "Asia/Shanghai")
    counts, rows = queries.follow_ups(db.session(), actor, wanted, today)
    for parties in sorted({(row.medical_id, row.institution_id) for row in rows}):
        looked_on(application(), actor, Tag.FOLLOW_UPS_VIEWED, now, subject=parties[1], parties=parties)
    return {"today": today, **counts, "follow_ups": [follow_up_view(actor, row) for row in rows]}
