"""Routes of the roster: who lives in a care institution, who comes and goes, and their conditions."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.errors import Refusal
from server.residents import queries, service
from server.residents.models import Resident
from server.residents.rules import lives_there
from server.residents.schemas import (
    ConditionEndSchema,
    MoveInSchema,
    MoveOutSchema,
    NewConditionSchema,
    NewResidentSchema,
    ResidentSchema,
    ResidentsSchema,
    ViewsSchema,
)
from server.web.application import application
from server.web.schemas import instant_text

blueprint = Blueprint("residents", __name__, url_prefix="/api/v1")


@blueprint.get("/institutions/<uuid:institution_id>/residents")
@requires(Permission.RESIDENTS_READ)
@blueprint.response(200, ResidentsSchema)
def residents(actor: Actor, institution_id: UUID) -> dict[str, Any]:
    found = queries.residents_of(db.session(), actor, institution_id)
    parties = (institution_id,)
    viewed(
        application(),
        actor,
        Tag.ROSTER_VIEWED,
        clock.now(),
        subject=institution_id,
        parties=parties,
        residents=len(found),
    )
    return {"residents": [_view(resident) for resident in found]}


@blueprint.post("/residents/views")
@requires(Permission.SYNC_USE)
@blueprint.arguments(ViewsSchema)
@blueprint.response(204)
def looked_at(actor: Actor, payload: dict[str, Any]) -> None:
    """Whom this account looked at on its phone, with or without a network. Who is out of reach by now is not
    noted: the roster that was sent stands in the trail."""
    if payload["account_id"] != actor.id:
        raise Refusal("other_account")
    app, now = application(), clock.now()
    found = queries.institutions_of(db.session(), actor, {view["resident_id"] for view in payload["views"]})
    for view in payload["views"]:
        if institution := found.get(view["resident_id"]):
            said = {"said_at": instant_text(view["at"])}
            parties = (institution,)
            viewed(app, actor, Tag.RESIDENT_VIEWED, now, subject=view["resident_id"], parties=parties, **said)


@blueprint.post("/institutions/<uuid:institution_id>/residents")
@requires(Permission.RESIDENTS_WRITE)
@blueprint.arguments(NewResidentSchema)
@blueprint.response(201, ResidentSchema)
def welcome(actor: Actor, payload: dict[str, Any], institution_id: UUID) -> dict[str, Any]:
    institution = queries.institution_kept(db.session(), actor, institution_id)
    conditions = tuple((each["code"], each["since"]) for each in payload.pop("conditions"))
    new = service.NewResident(**payload, conditions=conditions)
    return _view(service.welcome(db.session(), actor, institution, new, application().keyring, clock.now()))


@blueprint.post("/residents/<uuid:resident_id>/move-out")
@requires(Permission.RESIDENTS_WRITE)
@blueprint.arguments(MoveOutSchema)
@blueprint.response(200, ResidentSchema)
def move_out(actor: Actor, payload: dict[str, Any], resident_id: UUID) -> dict[str, Any]:
    resident = queries.resident_kept(db.session(), actor, resident_id)
    service.leave(db.session(), actor, resident, payload["on"], payload["reason"], clock.now())
    return _view(resident)


@blueprint.post("/residents/<uuid:resident_id>/move-in")
@requires(Permission.RESIDENTS_WRITE)
@blueprint.arguments(MoveInSchema)
@blueprint.response(200, ResidentSchema)
def move_back(actor: Actor, payload: dict[str, Any], resident_id: UUID) -> dict[str, Any]:
    resident = queries.resident_kept(db.session(), actor, resident_id)
    service.move_back(db.session(), actor, resident, payload["on"], payload["bed"], clock.now())
    return _view(resident)


@blueprint.post("/residents/<uuid:resident_id>/conditions")
@requires(Permission.RESIDENTS_WRITE)
@blueprint.arguments(NewConditionSchema)
@blueprint.response(200, ResidentSchema)
def begin_condition(actor: Actor, payload: dict[str, Any], resident_id: UUID) -> dict[str, Any]:
    resident = queries.resident_kept(db.session(), actor, resident_id)
    service.begin_condition(db.session(), actor, resident, payload["code"], payload["since"], clock.now())
    return _view(resident)


@blueprint.post("/residents/<uuid:resident_id>/conditions/end")
@requires(Permission.RESIDENTS_WRITE)
@blueprint.arguments(ConditionEndSchema)
@blueprint.response(200, ResidentSchema)
def end_condition(actor: Actor, payload: dict[str, Any], resident_id: UUID) -> dict[str, Any]:
    resident = queries.resident_kept(db.session(), actor, resident_id)
    service.end_condition(db.session(), actor, resident, payload["code"], payload["until"], clock.now())
    return _view(resident)


def _view(resident: Resident) -> dict[str, Any]:
    """A resident (stays and conditions loaded) in the shape of `ResidentSchema`."""
    same = "id institution_id name sex born bed consented_on emergency_contact stays conditions".split()
    return {
        **{name: getattr(resident, name) for name in same},
        "present": lives_there(resident.stays, clock.today()),
        "identity_number_on_file": resident.identity_sealed is not None,
    }
