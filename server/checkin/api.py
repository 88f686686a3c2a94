"""Routes of posters: to look at, to print, to replace."""

from io import BytesIO
from typing import Any
from uuid import UUID

import qrcode
from flask_smorest import Blueprint
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.checkin import queries, service
from server.checkin.models import Poster
from server.checkin.schemas import InstitutionsSchema, PosterSchema
from server.db import db
from server.errors import NotFound
from server.organisations.models import Organisation
from server.organisations.queries import institution_of, institutions as institutions_of
from server.web.application import application

blueprint = Blueprint("checkin", __name__, url_prefix="/api/v1")


@blueprint.get("/institutions")
@requires(Permission.INSTITUTIONS_READ)
@blueprint.response(200, InstitutionsSchema)
def institutions(actor: Actor) -> dict[str, Any]:
    found = institutions_of(db.session(), actor)
    posters = queries.current_posters(db.session(), [institution.id for institution in found])
    return {
        "institutions": [
            {
                "id": institution.id,
                "name": institution.name,
                "address": institution.address,
                "town": institution.town,
                "poster": posters.get(institution.id),
            }
            for institution in found
        ]
    }


@blueprint.get("/institutions/<uuid:institution_id>/poster")
@requires(Permission.POSTERS_PRINT)
@blueprint.response(200, PosterSchema)
def poster(actor: Actor, institution_id: UUID) -> dict[str, Any]:
    institution = institution_of(db.session(), actor, institution_id)
    current = queries.current_poster(db.session(), institution_id)
    if current is None:
        raise NotFound("poster")
    return _view(institution, current)


@blueprint.post("/institutions/<uuid:institution_id>/poster")
@requires(Permission.POSTERS_PRINT)
@blueprint.response(201, PosterSchema)
def issue(actor: Actor, institution_id: UUID) -> dict[str, Any]:
    institution = institution_of(db.session(), actor, institution_id)
    issued = service.issue_poster(db.session(), actor, institution_id, application().keyring, clock.now())
    return _view(institution, issued)


def _view(institution: Organisation, poster: Poster) -> dict[str, Any]:
    url = f"{application().settings.public_url}/q/{poster.token}"
    return {
        "institution": {"id": institution.id, "name": institution.name},
        "address": institution.address,
        "version": poster.version,
        "short_code": poster.short_code,
        "url": url,
        "svg": qr_svg(url),
        "issued_at": poster.issued_at,
    }


def qr_svg(text: str) -> str:
    """A QR code as SVG markup, with the quiet zone the standard asks for."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4, image_factory=SvgPathImage)
    code.add_data(text)
    buffer = BytesIO()
    code.make_image().save(buffer)
    return buffer.getvalue().decode()
