"""Routes of publishing."""

from flask_smorest import Blueprint

from server.publishing import models

blueprint = Blueprint("publishing", __name__, url_prefix="/api/v1")
_ = models
