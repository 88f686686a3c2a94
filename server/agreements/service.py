"""Making agreements and moving them from state to state."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement, Commitment, CommitmentTerm, Suspension
from server.agreements.rules import LONGEST_YEARS, Refused, last_day_of, next_state, repeated, several_terms
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.catalogue.queries import services
from server.errors import Refusal, invalid
from server.events import emit
from server.ids import new_id
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
    """A draft between two institutions; the actor (None: the operator) manages one of them.

    Nothing follows from a draft: only the other party can sign it.
    """
    _check_parties(session, new)
    agreement = unsaved(new)
    if session.scalar(
        select(Agreement.id).where(Agreement.medical_id == new.medical_id, Agreement.number == new.number)
    ):
        raise invalid("number", "already_used")
    agreement.drafted_by_id = _own_party(actor, new.medical_id, new.institution_id)
    agreement.created_at = now
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


def unsaved(new: NewAgreement) -> Agreement:
    """The agreement as rows in no session, so that it can be read ahead before anyone stores it."""
    _check_days_and_keys(new)
    return Agreement(
        number=new.number,
        medical_id=new.medical_id,
        institution_id=new.institution_id,
        starts=new.starts,
        ends=new.ends,
        last_day=new.ends,
        service_mode=new.service_mode,
        commitments=[_commitment(position, promise) for position, promise in enumerate(new.promises)],
        suspensions=[
            Suspension(starts=first, ends=last, reason=reason) for first, last, reason in new.suspensions
        ],
    )


def _own_party(actor: Actor | None, medical_id: UUID, institution_id: UUID) -> UUID | None:
    """The party that the actor manages; None for the operator."""
    if actor is None:
        return None
    own = actor.organisations(Permission.AGREEMENTS_WRITE) & {medical_id, institution_id}
    if not own:
        raise invalid("medical_id", "not_your_institution")
    return medical_id if medical_id in own else institution_id


def _check_parties(session: Session, new: NewAgreement) -> None:
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
    if new.ends.year - new.starts.year > LONGEST_YEARS:
        raise invalid("ends", "too_long", LONGEST_YEARS)
    for position, (first, last, _) in enumerate(new.suspensions):
        if last < first:
            raise invalid(f"suspensions[{position}].to", "before_start", first.isoformat())
    if (twice := repeated(promise.key for promise in new.promises)) is not None:
        raise invalid(f"commitments[{twice}].key", "already_used")
    for position, promise in enumerate(new.promises):
        _check_promise(f"commitments[{position}]", promise)


def _check_promise(path: str, promise: Promise) -> None:
    if not services().keys() >= set(promise.clause["services"]):
        raise invalid(f"{path}.clause.services", "unknown_choice")
    if several_terms(promise.clause):
        raise invalid(f"{path}.clause.every", "not_together")
    if (twice := repeated(starts for starts, _ in promise.terms)) is not None:
        raise invalid(f"{path}.terms[{twice}].from", "already_used")


def _commitment(position: int, promise: Promise) -> Commitment:
    return Commitment(
        id=new_id(),  # before it is stored: what is read ahead is named too
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
    if actor:
        _check_may_move(actor, agreement, action)
    state = next_state(agreement.state, action)
    if isinstance(state, Refused):
        raise Refusal("conflict", reason=state.code)
    if action == "sign":
        agreement.signed_on = on
    if action == "terminate":
        earliest = clock.local_day(now, agreement.timezone) if actor else agreement.starts
        _terminate(agreement, on, earliest)
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


def _check_may_move(actor: Actor, agreement: Agreement, action: str) -> None:
    """A party acts for itself; what one party drafted the other one signs. One party alone opens no door."""
    own = actor.organisations(Permission.AGREEMENTS_WRITE) & {agreement.medical_id, agreement.institution_id}
    if not own:
        raise Refusal("forbidden")
    if action == "sign" and own == {agreement.drafted_by_id}:
        raise Refusal("forbidden", reason="the_other_party_signs")


def _terminate(agreement: Agreement, on: date, earliest: date) -> None:
    """End it from `on`; what was promised on days past stays promised (`earliest`: today)."""
    if on < earliest:
        raise invalid("on", "in_the_past", earliest.isoformat())
    if not agreement.starts <= on <= agreement.ends:
        raise invalid("on", "outside_term")
    agreement.terminated_on = on
    agreement.last_day = last_day_of(agreement.ends, on)
