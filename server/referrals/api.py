"""Routes of referrals: which go on, which ended. What is said of them goes through the phone's door."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.audit.lists import looked_on
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.referrals import queries
from server.referrals.models import Referral
from server.referrals.schemas import ReferralFilterSchema, ReferralSchema, ReferralsSchema
from server.referrals.views import referral_views
from server.web.application import application

blueprint = Blueprint("referrals", __name__, url_prefix="/api/v1")


@blueprint.get("/referrals")
@requires(Permission.ROUNDS_READ)
@blueprint.arguments(ReferralFilterSchema, location="query")
@blueprint.response(200, ReferralsSchema)
def referrals(actor: Actor, wanted: dict[str, Any]) -> dict[str, Any]:
    session = db.session()
    total, rows = queries.referrals(session, actor, wanted)
    _viewed(actor, rows)
    return {"now": clock.now(), "total": total, "referrals": referral_views(session, actor, rows)}


@blueprint.get("/referrals/<uuid:referral_id>")
@requires(Permission.ROUNDS_READ)
@blueprint.response(200, ReferralSchema)
def referral(actor: Actor, referral_id: UUID) -> dict[str, Any]:
    session = db.session()
    row = queries.referral(session, actor, referral_id)
    _viewed(actor, [row])
    (view,) = referral_views(session, actor, [row])
    return view


def _viewed(actor: Actor, rows: Sequence[Referral]) -> None:
    """Screens read them again and again while somebody is on the way."""
    app, now = application(), clock.now()
    named = {(row.sender_id, row.institution_id): row.receiver_id for row in rows}
    for parties, receiver in sorted(named.items()):
        everybody = (*parties, receiver) if receiver and receiver not in parties else parties
        looked_on(app, actor, Tag.REFERRALS_VIEWED, now, subject=parties[1], parties=everybody)
