"""Making agreements and moving them from state to state."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement, Commitment, CommitmentTerm, Suspension
from server.agreements.rules import Refused, last_day_of, next_state, repeated
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.errors import Refusal, invalid
from server.events import emit
from server.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class Promise:
    """One commitment to be. `terms` are (from, count) pairs; `clause` as in the model."""

    key: str
    title_zh: str
    title_en: str
    clause: dict[str, Any]
    terms: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class NewAgreement:
    number: str
    medical_id: UUID
    institution_id: UUID
    starts: date
    ends: date
    service_mode: str = "visiting"
    promises: tuple[Promise, ...] = ()
    suspensions: tuple[tuple[date, date, str], ...] = field(default=())


def draft_agreement(session: Session, actor: Actor | None, new: NewAgreement, now: datetime) -> Agreement:
    """A draft between two institutions; the actor (None: the operator) manages one of them."""
    _check_parties(session, actor, new)
    _check_days_and_keys(new)
    if session.scalar(
        select(Agreement.id).where(Agreement.medical_id == new.medical_id, Agreement.number == new.number)
    ):
        raise invalid("number", "already_used")
    agreement = Agreement(
        number=new.number,
        medical_id=new.medical_id,
        institution_id=new.institution_id,
        starts=new.starts,
        ends=new.ends,
        last_day=new.ends,
        service_mode=new.service_mode,
        created_at=now,
        commitments=[_commitment(position, promise) for position, promise in enumerate(new.promises)],
        suspensions=[
            Suspension(starts=first, ends=last, reason=reason) for first, last, reason in new.suspensions
        ],
    )
    session.add(agreement)
    session.flush()  # the event and the trail name it
    record(
        session,
        actor,
        Tag.AGREEMENT_CREATED,
        now,
        subject=agreement.id,
        organisation=new.medical_id,
        other=new.institution_id,
    )
    emit(session, AgreementChanged(agreement.id))
    return agreement


def _check_parties(session: Session, actor: Actor | None, new: NewAgreement) -> None:
    if actor and not actor.organisations(Permission.AGREEMENTS_WRITE) & {new.medical_id, new.institution_id}:
        raise invalid("medical_id", "not_your_institution")
    for path, id_, kind in (
        ("medical_id", new.medical_id, OrganisationKind.MEDICAL),
        ("institution_id", new.institution_id, OrganisationKind.CARE),
    ):
        if session.scalar(select(Organisation.kind).where(Organisation.id == id_)) != kind:
            raise invalid(path, "no_such_institution")


def _check_days_and_keys(new: NewAgreement) -> None:
    """What the tables would refuse without a word; what a clause may say is the engine's to judge, later."""
    if new.ends < new.starts:
        raise invalid("ends", "before_start", new.starts.isoformat())
    for position, (first, last, _) in enumerate(new.suspensions):
        if last < first:
            raise invalid(f"suspensions[{position}].to", "before_start", first.isoformat())
    if (position_twice := repeated(promise.key for promise in new.promises)) is not None:
        raise invalid(f"commitments[{position_twice}].key", "already_used")
    for position, promise in enumerate(new.promises):
        if (term_twice := repeated(starts for starts, _ in promise.terms)) is not None:
            raise invalid(f"commitments[{position}].terms[{term_twice}].from", "already_used")


def _commitment(position: int, promise: Promise) -> Commitment:
    return Commitment(
        key=promise.key,
        position=position,
        title_zh=promise.title_zh,
        title_en=promise.title_en,
        clause=promise.clause,
        terms=[CommitmentTerm(starts=starts, count=count) for starts, count in promise.terms],
    )


def move_agreement(
    session: Session, actor: Actor | None, agreement: Agreement, action: str, on: date, now: datetime
) -> Agreement:
    """Sign, activate or terminate; `on` is the day of signing, or the first day no longer in force."""
    if actor and not actor.organisations(Permission.AGREEMENTS_WRITE) & {
        agreement.medical_id,
        agreement.institution_id,
    }:
        raise Refusal("forbidden")
    state = next_state(agreement.state, action)
    if isinstance(state, Refused):
        raise Refusal("conflict", reason=state.code)
    if action == "sign":
        agreement.signed_on = on
    if action == "terminate":
        _terminate(agreement, on)
    agreement.state = state
    record(
        session,
        actor,
        Tag.AGREEMENT_STATE,
        now,
        subject=agreement.id,
        organisation=agreement.medical_id,
        other=agreement.institution_id,
        state=state,
    )
    emit(session, AgreementChanged(agreement.id))
    return agreement


def _terminate(agreement: Agreement, on: date) -> None:
    if not agreement.starts <= on <= agreement.ends:
        raise invalid("on", "outside_term")
    agreement.terminated_on = on
    agreement.last_day = last_day_of(agreement.ends, on)
