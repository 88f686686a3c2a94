"""Routes that make agreements and move them on. Their figures are read in fulfilment."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.agreements import queries, service
from server.agreements.models import Agreement
from server.agreements.rules import shown_state
from server.agreements.schemas import ActionSchema, AgreementSchema, NewAgreementSchema
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db

blueprint = Blueprint("agreements", __name__, url_prefix="/api/v1")


@blueprint.post("/agreements")
@requires(Permission.AGREEMENTS_WRITE)
@blueprint.arguments(NewAgreementSchema)
@blueprint.response(201, AgreementSchema)
def draft(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    made = service.draft_agreement(db.session(), actor, new_agreement(payload), clock.now())
    return agreement_view(queries.agreement(db.session(), actor, made.id))


@blueprint.post("/agreements/<uuid:agreement_id>/actions")
@requires(Permission.AGREEMENTS_WRITE)
@blueprint.arguments(ActionSchema)
@blueprint.response(200, AgreementSchema)
def act(actor: Actor, payload: dict[str, Any], agreement_id: UUID) -> dict[str, Any]:
    found = queries.agreement(db.session(), actor, agreement_id)
    moved = service.move_agreement(db.session(), actor, found, payload["action"], payload["on"], clock.now())
    return agreement_view(moved)


def new_agreement(payload: dict[str, Any]) -> service.NewAgreement:
    """The value that `NewAgreementSchema` describes; the operator's command reads the same shape."""
    promises = tuple(
        service.Promise(
            each["key"],
            each["title_zh"],
            each["title_en"],
            each["clause"],
            tuple((term["starts"], term["count"]) for term in each["terms"]),
        )
        for each in payload["commitments"]
    )
    suspensions = tuple((each["starts"], each["ends"], each["reason"]) for each in payload["suspensions"])
    plain = {name: payload[name] for name in ("number", "medical_id", "institution_id", "starts", "ends")}
    mode = payload.get("service_mode", "visiting")
    return service.NewAgreement(**plain, service_mode=mode, promises=promises, suspensions=suspensions)


def agreement_view(agreement: Agreement) -> dict[str, Any]:
    """An agreement (parties loaded) in the shape of `AgreementSchema`."""
    today = clock.today(agreement.timezone)
    same = "id number signed_on starts ends last_day service_mode".split()
    return {
        **{name: getattr(agreement, name) for name in same},
        "medical": {"id": agreement.medical_id, "name": agreement.medical.name},
        "care": {"id": agreement.institution_id, "name": agreement.care.name},
        "state": shown_state(agreement.state, agreement.last_day, today),
    }
