"""Judging lines again when other days are covered by their performer's certificates than before."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from server.accounts.events import CertificateFiled
from server.accounts.models import MembershipRow
from server.accounts.queries import certificate_periods
from server.accounts.rules import not_qualified
from server.agreements.queries import institutions_served
from server.events import emit
from server.organisations.revisions import hold_revisions, raise_revisions
from server.prepared import ask
from server.rounds.events import RecordChanged
from server.rounds.models import Participant, Round, ServiceRecord


class _Changed(NamedTuple):
    line_id: UUID
    verdict: str | None
    event: RecordChanged


def on_certificates_filed(session: Session, events: Sequence[CertificateFiled], now: datetime) -> None:
    """Judge the lines of these clinicians again, and announce those that count differently.

    Locked is wherever such lines are or may just be coming: a batch judged by the certificates of before is
    committed when its lines are read here, and the next one reads those of now.
    """
    session.flush()
    clinicians = sorted({event.account_id for event in events})
    hold_revisions(session, {place for one in clinicians for place in _places(session, one, now)})
    changed = [line for one in clinicians for line in _changed_lines(session, one)]
    if not changed:
        return
    raised = raise_revisions(session, {line.event.institution_id for line in changed})
    rows = [
        {"id": line.line_id, "not_counted": line.verdict, "revision": raised[line.event.institution_id]}
        for line in changed
    ]
    session.execute(update(ServiceRecord), rows)
    for line in changed:
        emit(session, line.event)


def _places(session: Session, clinician: UUID, now: datetime) -> set[UUID]:
    medical = frozenset(session.scalars(_employers(clinician)))
    visited = session.scalars(_rounds(clinician).with_only_columns(Round.institution_id).distinct())
    return {*visited, *institutions_served(session, medical, now)}


def _employers(clinician: UUID) -> Select[UUID]:
    return select(MembershipRow.organisation_id).where(MembershipRow.account_id == clinician)


def _rounds(clinician: UUID) -> Select[Any]:
    """Ids of the rounds she began or joined, found by those for whom she made them."""
    joined = select(Participant.round_id).where(Participant.account_id == clinician)
    made = Round.medical_id.in_(_employers(clinician))
    return select(Round.id).where(made, or_(Round.clinician_id == clinician, Round.id.in_(joined)))


def _changed_lines(session: Session, clinician: UUID) -> list[_Changed]:
    (periods,) = ask(session.connection(), certificate_periods(clinician))
    told = [getattr(ServiceRecord, each.name) for each in fields(RecordChanged)]
    lines: Iterable[Any] = session.execute(
        select(ServiceRecord.id, ServiceRecord.not_counted, *told)
        .where(ServiceRecord.round_id.in_(_rounds(clinician)), ServiceRecord.performer_id == clinician)
        .order_by(ServiceRecord.id)
    )
    return [
        _Changed(line_id, verdict, event)
        for line_id, before, *about in lines
        if (verdict := not_qualified(periods, (event := RecordChanged(*about)).on)) != before
    ]
