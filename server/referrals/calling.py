"""A referral by the green channel is a call on demand, and so is another where an agreement promises answers
to its service: counted once, however the two came about.

The care institution's own word makes it count, for clinicians set no response rate of their own: either its
staff called, and the referral is what followed; or they confirmed the round's line that the referral is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from server.confirmation.models import ConfirmationAct
from server.demands.events import DemandChanged
from server.demands.models import Demand
from server.demands.queries import clauses_of
from server.demands.rules import wire_instant
from server.events import emit
from server.organisations.revisions import hold_revisions
from server.referrals.events import ReferralChanged
from server.referrals.models import Referral, ReferralStep
from server.referrals.rules import DIRECTIONS, SAME_CALL, Step, same_call, state_of
from server.rounds.events import RecordChanged
from server.rounds.models import ServiceRecord

_GREEN = "green_channel"


def on_records_changed(session: Session, events: Sequence[RecordChanged], now: datetime) -> None:
    """Lines that are referrals were confirmed, disputed, corrected or withdrawn."""
    named = [event for event in events if event.service in DIRECTIONS and event.subject_id]
    if named:
        subjects = {event.subject_id for event in named if event.subject_id}
        services = {event.service for event in named}
        chosen = Referral.subject_id.in_(subjects), Referral.service.in_(services)
        _settle(session, select(Referral).where(*chosen), now)


def on_referrals_changed(session: Session, events: Sequence[ReferralChanged], now: datetime) -> None:
    _settle(session, select(Referral).where(Referral.id.in_({event.referral_id for event in events})), now)


def on_demands_changed(session: Session, events: Sequence[DemandChanged], now: datetime) -> None:
    """Staff called: a referral of the same resident may be on its way already. Or they took a call back."""
    institutions = {event.institution_id for event in events}
    withdrawn = select(Demand.id).where(
        Demand.institution_id.in_(institutions), Demand.withdrawn_at.is_not(None)
    )
    lately = or_(Referral.received_at >= now - SAME_CALL, Referral.demand_id.in_(withdrawn))
    _settle(session, select(Referral).where(Referral.institution_id.in_(institutions), lately), now)


def _settle(session: Session, chosen: Select[Referral], now: datetime) -> None:
    """Make calls and referrals say the same of each other: idempotent."""
    session.flush()
    found = session.scalars(chosen.order_by(Referral.id).execution_options(populate_existing=True)).all()
    if not found:
        return
    hold_revisions(session, {referral.institution_id for referral in found})
    lines = _lines(session, found)
    for referral in found:
        line = lines.get(referral.id)
        if line:
            _follow(session, referral, line, now)
        if referral.direction == _GREEN or _promised(session, referral):
            _count(session, referral, line, now)


def _lines(session: Session, referrals: Iterable[Referral]) -> dict[UUID, ServiceRecord]:
    rows = session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.id.in_({referral.id for referral in referrals}))
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _follow(session: Session, referral: Referral, line: ServiceRecord, now: datetime) -> None:
    """What the line says now is what the referral says; withdrawn, neither was."""
    if line.form != referral.form:
        referral.form, referral.changed_at = line.form, now
    gone = line.state == "void" or line.outcome != "done"
    if gone and referral.state != "void":
        referral.state, referral.changed_at = "void", now
        session.add(
            ReferralStep(
                id=line.id,
                referral_id=referral.id,
                act="void",
                at=now,
                received_at=now,
                by_id=line.performer_id,
                said={},
            )
        )
    elif (
        not gone
        and line.version > 1
        and session.scalar(select(ReferralStep.id).where(ReferralStep.id == line.id))
    ):
        _go_on(session, referral, line, now)


def _go_on(session: Session, referral: Referral, line: ServiceRecord, now: datetime) -> None:
    """The line was corrected back to one that was done: that it was withdrawn is taken back with it."""
    said = session.scalars(select(ReferralStep).where(ReferralStep.referral_id == referral.id)).all()
    for step in (each for each in said if each.id == line.id):
        session.delete(step)
    known = [Step(each.act, each.at, each.said.get("outcome")) for each in said if each.id != line.id]
    referral.state, referral.changed_at = state_of(known), now


def _count(session: Session, referral: Referral, line: ServiceRecord | None, now: datetime) -> None:
    """The call that this referral is: one that staff made, or its own where they confirmed its line."""
    called = _called(session, referral)
    own = session.get(Demand, referral.id)
    confirmed = line if line is not None and line.state == "confirmed" else None
    before = referral.demand_id, referral.asked_at
    referral.asked_at = called.asked_at if called else referral.received_at
    counts = called is None and confirmed is not None and _promised(session, referral)
    if own is None and counts and confirmed is not None:
        own = _own_call(session, referral, confirmed)
    if own is not None:
        _set_withdrawn(session, own, None if counts else referral.changed_at, referral)
    call = called or (own if counts else None)
    referral.demand_id = call.id if call else None
    if before != (referral.demand_id, referral.asked_at):
        referral.changed_at = now
    if call:
        _answer(session, referral, call)


def _called(session: Session, referral: Referral) -> Demand | None:
    """The call of the care institution that led to this referral, named by it or of the same resident and
    day. The earliest that no other referral is."""
    taken = select(Referral.demand_id).where(Referral.id != referral.id, Referral.demand_id.is_not(None))
    asked = session.scalars(
        select(Demand)
        .where(
            Demand.institution_id == referral.institution_id,
            Demand.withdrawn_at.is_(None),
            Demand.id != referral.id,
            Demand.id.not_in(taken),
            or_(Demand.id == referral.demand_id, Demand.subject_id == referral.subject_id),
            Demand.service.in_([code for code, way in DIRECTIONS.items() if way == referral.direction]),
        )
        .order_by(Demand.asked_at, Demand.id)
    )
    times = referral.received_at, referral.answered_at
    near = [each for each in asked if each.id == referral.demand_id or same_call(each.asked_at, *times)]
    return min(near, key=lambda each: each.id != referral.demand_id) if near else None


def _promised(session: Session, referral: Referral) -> bool:
    parties = referral.institution_id, referral.sender_id
    return any(
        (clause.institution_id, clause.medical_id) == parties
        and referral.service in clause.services
        and clause.holds(referral.received_at)
        for clause in clauses_of(session, [referral.institution_id])
    )


def _own_call(session: Session, referral: Referral, line: ServiceRecord) -> Demand:
    """Staff confirmed the line: their word that this was asked for. Its clock ran from when the receiving
    hospital could know of it."""
    call = Demand(
        id=referral.id,
        institution_id=referral.institution_id,
        medical_id=referral.sender_id,
        service=referral.service,
        subject_id=referral.subject_id,
        note="",
        asked_at=wire_instant(referral.received_at),
        asked_by_id=_confirmed_by(session, line) or referral.requested_by_id,
    )
    session.add(call)
    _changed(session, call)
    return call


def _confirmed_by(session: Session, line: ServiceRecord) -> UUID | None:
    return session.scalar(
        select(ConfirmationAct.by_id)
        .where(ConfirmationAct.record_id == line.id, ConfirmationAct.act == "confirm")
        .order_by(ConfirmationAct.received_at.desc())
        .limit(1)
    )


def _set_withdrawn(session: Session, call: Demand, at: datetime | None, referral: Referral) -> None:
    if (call.withdrawn_at is None) != (at is None):
        call.withdrawn_at = at
        call.withdrawn_by_id = referral.requested_by_id if at else None
        _changed(session, call)


def _answer(session: Session, referral: Referral, call: Demand) -> None:
    """Accepting a referral answers the call; what was answered before stays as it was said."""
    if referral.answered_at is None or call.answered_at is not None:
        return
    call.answered_at = max(wire_instant(referral.answered_at), call.asked_at)
    call.answered_by_id = referral.answered_by_id
    _changed(session, call)


def _changed(session: Session, call: Demand) -> None:
    emit(session, DemandChanged(call.institution_id, call.medical_id, call.service))
