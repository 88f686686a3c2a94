"""Routes of demands."""

from flask_smorest import Blueprint

from server.demands import models

blueprint = Blueprint("demands", __name__, url_prefix="/api/v1")
_ = models
