"""Whether the server can work: a worker that answers and a database behind it."""

from flask_smorest import Blueprint
from sqlalchemy import text

from server.auth.access import requires
from server.auth.roles import Permission
from server.db import db
from server.web.schemas import HealthSchema

blueprint = Blueprint("health", __name__, url_prefix="/api/v1")


@blueprint.get("/health")
@requires(Permission.PUBLIC)
@blueprint.response(200, HealthSchema)
def health() -> dict[str, str]:
    """A database that does not answer is 503 `busy`, as for every other request."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}
