"""Routes of organisations: to list, to found, and to say where an institution is."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.db import db
from server.organisations import queries, service
from server.organisations.models import Organisation
from server.organisations.rules import uscc_warning
from server.organisations.schemas import (
    NewOrganisationSchema,
    OrganisationSchema,
    OrganisationsSchema,
    PlacingSchema,
)

blueprint = Blueprint("organisations", __name__, url_prefix="/api/v1")


@blueprint.get("/organisations")
@requires(Permission.ORGANISATIONS_READ)
@blueprint.response(200, OrganisationsSchema)
def organisations(actor: Actor) -> dict[str, Any]:
    found = queries.organisations(db.session(), actor)
    return {"organisations": [_view(organisation) for organisation in found]}


@blueprint.post("/organisations")
@requires(Permission.ORGANISATIONS_WRITE)
@blueprint.arguments(NewOrganisationSchema)
@blueprint.response(201, OrganisationSchema)
def found(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    point = payload.pop("location") or {}
    kind = OrganisationKind(payload.pop("kind"))
    return _view(service.found_organisation(db.session(), actor, kind, now=clock.now(), **payload, **point))


@blueprint.post("/institutions/<uuid:institution_id>/location")
@requires(Permission.INSTITUTIONS_LOCATE)
@blueprint.arguments(PlacingSchema)
@blueprint.response(200, OrganisationSchema)
def locate(actor: Actor, payload: dict[str, Any], institution_id: UUID) -> dict[str, Any]:
    institution = queries.institution_dealt_with(db.session(), actor, institution_id)
    accuracy_m = payload.pop("accuracy_m")
    place = service.Place(**payload)
    return _view(service.locate(db.session(), actor, institution, place, accuracy_m, clock.now()))


def _view(organisation: Organisation) -> dict[str, Any]:
    same = "id kind name region town address fence_m uscc".split()
    point = {name: getattr(organisation, name) for name in ("latitude", "longitude", "datum")}
    warning = uscc_warning(organisation.uscc) if organisation.uscc else None
    return {
        **{name: getattr(organisation, name) for name in same},
        "location": None if organisation.latitude is None else point,
        "warnings": [{"path": "uscc", "code": warning}] if warning else [],
    }
