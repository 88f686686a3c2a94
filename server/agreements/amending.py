"""Adding to a signed agreement: terms from a day on, and days without service.

One party proposes, the other signs. Nothing is overwritten, nothing counts before it is signed, and no term
reaches back before the notice.
"""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server import clock
from server.agreements.events import AgreementAmending, AgreementChanged
from server.agreements.models import Agreement, Amendment, CommitmentTerm, Suspension
from server.agreements.rules import Refused, next_amendment_state, repeated
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.errors import NotFound, Refusal, invalid
from server.events import emit

# States in which there is something to add to.
_AMENDABLE = ("signed", "active")


@dataclass(frozen=True, slots=True)
class NewTerm:
    commitment_id: UUID
    starts: date
    count: int


@dataclass(frozen=True, slots=True)
class NewSuspension:
    starts: date
    ends: date
    reason: str


@dataclass(frozen=True, slots=True)
class NewAmendment:
    """`given_on`: the day on which the other party was told."""

    number: str
    given_on: date
    terms: tuple[NewTerm, ...] = ()
    suspensions: tuple[NewSuspension, ...] = ()

    @property
    def since(self) -> date:
        return min([each.starts for each in self.terms] + [each.starts for each in self.suspensions])


def propose(
    session: Session, actor: Actor, agreement: Agreement, new: NewAmendment, now: datetime
) -> Amendment:
    """An amendment of an agreement (commitments, terms and suspensions loaded), for the other party to sign.

    Refused: `forbidden` (no party's manager), `conflict` (the agreement is not in force or signed), invalid
    days, and through the event days of a period that is published.
    """
    proposer = _own_party(actor, agreement)
    if agreement.state not in _AMENDABLE:
        raise Refusal("conflict", reason=f"cannot_amend_{agreement.state}")
    _check(agreement, new, clock.local_day(now, agreement.timezone))
    amendment = Amendment(
        agreement_id=agreement.id,
        number=new.number,
        given_on=new.given_on,
        since=new.since,
        terms=[_term_text(each) for each in new.terms],
        suspensions=[_suspension_text(each) for each in new.suspensions],
        proposed_by_id=proposer,
        proposed_at=now,
    )
    session.add(amendment)
    session.flush()  # the trail names it
    _tell(session, actor, agreement, amendment, now)
    emit(session, AgreementAmending(agreement.id, agreement.institution_id, amendment.since))
    return amendment


def move_amendment(
    session: Session, actor: Actor, agreement: Agreement, amendment: Amendment, action: str, now: datetime
) -> Amendment:
    """Sign what the other party proposed, or withdraw: one's own proposal, or the other's, declined."""
    own = _own_parties(actor, agreement)
    if action == "sign" and own == {amendment.proposed_by_id}:
        raise Refusal("forbidden", reason="the_other_party_signs")
    state = next_amendment_state(amendment.state, action)
    if isinstance(state, Refused):
        raise Refusal("conflict", reason=state.code)
    amendment.state = state
    if action == "sign":
        amendment.signed_on = clock.local_day(now, agreement.timezone)
        _add(session, agreement, amendment, amendment.signed_on)
    _tell(session, actor, agreement, amendment, now)
    return amendment


def _add(session: Session, agreement: Agreement, amendment: Amendment, today: date) -> None:
    """Put what was proposed beside the original, as far as it still fits, and have it counted."""
    if agreement.state not in _AMENDABLE:
        raise Refusal("conflict", reason=f"cannot_amend_{agreement.state}")
    terms, closed = terms_of(amendment), suspensions_of(amendment)
    new = NewAmendment(amendment.number, amendment.given_on, tuple(terms), tuple(closed))
    _check(agreement, new, today)
    session.add_all(
        CommitmentTerm(commitment_id=each.commitment_id, starts=each.starts, count=each.count)
        for each in new.terms
    )
    session.add_all(
        Suspension(agreement_id=agreement.id, starts=each.starts, ends=each.ends, reason=each.reason)
        for each in new.suspensions
    )
    emit(session, AgreementAmending(agreement.id, agreement.institution_id, amendment.since))
    emit(session, AgreementChanged(agreement.id))


def amendments_of(session: Session, agreement: Agreement) -> Sequence[Amendment]:
    """Newest first, with who proposed them; the agreement was found within the actor's scope."""
    return session.scalars(
        select(Amendment)
        .where(Amendment.agreement_id == agreement.id)
        .options(joinedload(Amendment.proposed_by))
        .order_by(Amendment.proposed_at.desc(), Amendment.id)
    ).all()


def amendment_of(session: Session, agreement: Agreement, amendment_id: UUID) -> Amendment:
    """One of them, locked: of two who sign at once the second one finds it signed."""
    own = (Amendment.id == amendment_id, Amendment.agreement_id == agreement.id)
    found = session.scalar(
        select(Amendment)
        .where(*own)
        .options(joinedload(Amendment.proposed_by))
        .with_for_update(of=Amendment)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("amendment")
    return found


def parties_of(actor: Actor, agreement: Agreement) -> AbstractSet[UUID]:
    """The parties for which the actor may write; none for a regulator."""
    return actor.organisations(Permission.AGREEMENTS_WRITE) & {agreement.medical_id, agreement.institution_id}


def _own_parties(actor: Actor, agreement: Agreement) -> AbstractSet[UUID]:
    own = parties_of(actor, agreement)
    if not own:
        raise Refusal("forbidden")
    return own


def _own_party(actor: Actor, agreement: Agreement) -> UUID:
    own = _own_parties(actor, agreement)
    return agreement.medical_id if agreement.medical_id in own else agreement.institution_id


def _check(agreement: Agreement, new: NewAmendment, today: date) -> None:
    if not (new.terms or new.suspensions):
        raise invalid("terms", "required")
    if new.given_on > today:
        raise invalid("given_on", "in_the_future")
    _check_terms(agreement, new)
    for position, each in enumerate(new.suspensions):
        path = f"suspensions[{position}]"
        if each.ends < each.starts:
            raise invalid(f"{path}.to", "before_start", each.starts.isoformat())
        _check_in_term(agreement, each.starts, f"{path}.from")
        _check_in_term(agreement, each.ends, f"{path}.to")


def _check_terms(agreement: Agreement, new: NewAmendment) -> None:
    commitments = {one.id: one for one in agreement.commitments}
    if (twice := repeated((each.commitment_id, each.starts) for each in new.terms)) is not None:
        raise invalid(f"terms[{twice}].from", "already_used")
    for position, each in enumerate(new.terms):
        path = f"terms[{position}]"
        commitment = commitments.get(each.commitment_id)
        if commitment is None or commitment.clause.get("kind") == "on_demand":
            raise invalid(f"{path}.commitment_id", "unknown_choice")
        _check_in_term(agreement, each.starts, f"{path}.from")
        if each.starts < new.given_on:
            raise invalid(f"{path}.from", "before_notice", new.given_on.isoformat())
        if each.starts in {term.starts for term in commitment.terms}:
            raise invalid(f"{path}.from", "already_used")


def _check_in_term(agreement: Agreement, day: date, path: str) -> None:
    if not agreement.starts <= day <= agreement.last_day:
        raise invalid(path, "outside_term")


def _term_text(each: NewTerm) -> dict[str, Any]:
    return {"commitment_id": str(each.commitment_id), "from": each.starts.isoformat(), "count": each.count}


def terms_of(amendment: Amendment) -> list[NewTerm]:
    """What was proposed, as it was."""
    return [
        NewTerm(UUID(each["commitment_id"]), date.fromisoformat(each["from"]), each["count"])
        for each in amendment.terms
    ]


def suspensions_of(amendment: Amendment) -> list[NewSuspension]:
    return [
        NewSuspension(date.fromisoformat(each["from"]), date.fromisoformat(each["to"]), each["reason"])
        for each in amendment.suspensions
    ]


def _suspension_text(each: NewSuspension) -> dict[str, Any]:
    return {"from": each.starts.isoformat(), "to": each.ends.isoformat(), "reason": each.reason}


def _tell(session: Session, actor: Actor, agreement: Agreement, amendment: Amendment, now: datetime) -> None:
    record(
        session,
        actor,
        Tag.AGREEMENT_AMENDED,
        now,
        subject=agreement.id,
        organisation=agreement.medical_id,
        other=agreement.institution_id,
        amendment=str(amendment.id),
        state=amendment.state,
        since=amendment.since.isoformat(),
    )
