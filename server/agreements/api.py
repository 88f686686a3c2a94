"""Routes that make agreements and move them on. Their figures are read in fulfilment."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server import clock
from server.agreements import amending, queries, service
from server.agreements.models import Agreement, Amendment
from server.agreements.rules import shown_state
from server.agreements.schemas import (
    ActionSchema,
    AgreementSchema,
    AmendmentActionSchema,
    AmendmentSchema,
    AmendmentsSchema,
    NewAgreementSchema,
    NewAmendmentSchema,
    SuspensionSchema,
)
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


@blueprint.get("/agreements/<uuid:agreement_id>/amendments")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, AmendmentsSchema)
def amendments(actor: Actor, agreement_id: UUID) -> dict[str, Any]:
    found = queries.agreement(db.session(), actor, agreement_id)
    rows = amending.amendments_of(db.session(), found)
    own = amending.parties_of(actor, found)
    return {
        "amendments": [amendment_view(each, own) for each in rows],
        "suspensions": found.suspensions,
        "may_write": bool(own),
    }


@blueprint.post("/agreements/<uuid:agreement_id>/amendments")
@requires(Permission.AGREEMENTS_WRITE)
@blueprint.arguments(NewAmendmentSchema)
@blueprint.response(201, AmendmentSchema)
def propose_amendment(actor: Actor, payload: dict[str, Any], agreement_id: UUID) -> dict[str, Any]:
    """Terms from a day on, days without service, or both: they count once the other party signs."""
    terms = tuple(
        amending.NewTerm(each["commitment_id"], each["starts"], each["count"]) for each in payload["terms"]
    )
    closed = tuple(
        amending.NewSuspension(each["starts"], each["ends"], each["reason"])
        for each in payload["suspensions"]
    )
    new = amending.NewAmendment(payload["number"], payload["given_on"], terms, closed)
    return _proposed(actor, agreement_id, new)


@blueprint.post("/agreements/<uuid:agreement_id>/suspensions")
@requires(Permission.AGREEMENTS_WRITE)
@blueprint.arguments(SuspensionSchema)
@blueprint.response(201, AmendmentSchema)
def propose_suspension(actor: Actor, payload: dict[str, Any], agreement_id: UUID) -> dict[str, Any]:
    """Days without service (closure, epidemic), told today: an amendment of nothing else."""
    closed = amending.NewSuspension(payload["starts"], payload["ends"], payload["reason"])
    return _proposed(actor, agreement_id, amending.NewAmendment("", clock.today(), (), (closed,)))


@blueprint.post("/agreements/<uuid:agreement_id>/amendments/<uuid:amendment_id>/actions")
@requires(Permission.AGREEMENTS_WRITE)
@blueprint.arguments(AmendmentActionSchema)
@blueprint.response(200, AmendmentSchema)
def act_on_amendment(
    actor: Actor, payload: dict[str, Any], agreement_id: UUID, amendment_id: UUID
) -> dict[str, Any]:
    session = db.session()
    found = queries.agreement(session, actor, agreement_id)
    amendment = amending.amendment_of(session, found, amendment_id)
    amending.move_amendment(session, actor, found, amendment, payload["action"], clock.now())
    return amendment_view(amendment, amending.parties_of(actor, found))


def _proposed(actor: Actor, agreement_id: UUID, new: amending.NewAmendment) -> dict[str, Any]:
    session = db.session()
    found = queries.agreement(session, actor, agreement_id)
    made = amending.propose(session, actor, found, new, clock.now())
    own = amending.parties_of(actor, found)
    return amendment_view(amending.amendment_of(session, found, made.id), own)


def amendment_view(amendment: Amendment, own: Collection[UUID]) -> dict[str, Any]:
    """An amendment (its proposer loaded) as the parties' managers of `own` see it."""
    same = "id number given_on since state proposed_at signed_on".split()
    return {
        **{name: getattr(amendment, name) for name in same},
        "terms": amending.terms_of(amendment),
        "suspensions": amending.suspensions_of(amendment),
        "proposed_by": {"id": amendment.proposed_by_id, "name": amendment.proposed_by.name},
        "mine": set(own) == {amendment.proposed_by_id},
    }


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
