"""Whether the jobs do their work, for whoever watches the server; and how the chains stand."""

from typing import Any

from flask_smorest import Blueprint

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.jobs.queries import chain_ends, health
from server.jobs.schemas import ChainsSchema, JobsHealthSchema

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v1")


@blueprint.get("/health/jobs")
@requires(Permission.PUBLIC)
@blueprint.response(200, JobsHealthSchema)
@blueprint.alt_response(503, schema=JobsHealthSchema)
def jobs_health() -> tuple[dict[str, Any], int]:
    """503 when marks or seals wait for over a minute, figures drifted within 24 hours, an agreement cannot
    be counted, a night is missing, a chain is broken, or the chains' heads could not be mailed."""
    figures, well = health(db.session(), clock.now())
    return figures, 200 if well else 503


@blueprint.get("/audit/chains")
@requires(Permission.AUDIT_READ)
@blueprint.response(200, ChainsSchema)
def chains(actor: Actor) -> dict[str, Any]:
    """Where the chains of one's organisations end, and how their last check went."""
    return {"chains": chain_ends(db.session(), actor)}
