"""Routes of rollups."""

from flask_smorest import Blueprint

from server.rollups import models

blueprint = Blueprint("rollups", __name__, url_prefix="/api/v1")
_ = models
