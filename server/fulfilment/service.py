"""Keeping obligations true: every change marks the streams it touches, and the engine recounts those."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement, Commitment
from server.agreements.queries import with_promises
from server.fulfilment import adapter
from server.fulfilment.models import FIGURES, Obligation
from server.fulfilment.rules import facts
from server.fulfilment.rules.delivery import COUNTING
from server.fulfilment.rules.evaluate import evaluate_stream
from server.fulfilment.rules.results import StreamResult, WindowResult
from server.residents.events import ResidentChanged
from server.residents.models import Resident
from server.rounds.events import RecordChanged
from server.rounds.models import ServiceRecord
from server.rounds.rules import CLOCK_TOLERANCE

# A record can still matter to an agreement that ended this many days before it, by the clause's makeup days.
LONGEST_MAKEUP = timedelta(days=366)
_COUNTED_STATES = ("active", "terminated")


@dataclass(frozen=True, slots=True)
class Stream:
    """One commitment for one subject (a resident or the institution): what is recounted as a whole."""

    agreement_id: UUID
    commitment_id: UUID
    subject_id: UUID


def on_records_changed(session: Session, events: Sequence[RecordChanged], now: datetime) -> None:
    institutions = {event.institution_id for event in events}
    agreements = _agreements_of(session, institutions, min(event.on for event in events) - LONGEST_MAKEUP)
    recount(session, {stream for event in events for stream in _touched(event, agreements)}, now)


def _touched(event: RecordChanged, agreements: Iterable[Agreement]) -> Iterable[Stream]:
    for agreement in agreements:
        if agreement.institution_id != event.institution_id:
            continue
        for commitment in agreement.commitments:
            if event.service not in commitment.services:
                continue
            if commitment.clause.get("kind") != "once" and agreement.medical_id != event.medical_id:
                continue
            subject = event.subject_id if commitment.for_residents else event.institution_id
            if subject:
                yield Stream(agreement.id, commitment.id, subject)


def on_residents_changed(session: Session, events: Sequence[ResidentChanged], now: datetime) -> None:
    agreements = _agreements_of(session, {event.institution_id for event in events}, date.min)
    recount(
        session,
        {
            Stream(agreement.id, commitment.id, event.resident_id)
            for event in events
            for agreement in agreements
            if agreement.institution_id == event.institution_id
            for commitment in agreement.commitments
            if commitment.for_residents
        },
        now,
    )


def on_agreements_changed(session: Session, events: Sequence[AgreementChanged], now: datetime) -> None:
    """Check what is promised in every state; count it once the agreement is active."""
    ids = {event.agreement_id for event in events}
    agreements = session.scalars(with_promises(ids).execution_options(populate_existing=True)).all()
    for agreement in agreements:
        adapter.promises_of(agreement, clock.local_day(now, agreement.timezone))
    counted = [agreement for agreement in agreements if agreement.state in _COUNTED_STATES]
    recount(session, set(streams_of(session, counted)), now)


def _agreements_of(session: Session, institutions: Iterable[UUID], ended_after: date) -> Sequence[Agreement]:
    statement = select(Agreement.id).where(
        Agreement.institution_id.in_(set(institutions)),
        Agreement.state.in_(_COUNTED_STATES),
        Agreement.last_day >= ended_after,
    )
    return session.scalars(with_promises(session.scalars(statement))).all()


def streams_of(session: Session, agreements: Sequence[Agreement]) -> Iterable[Stream]:
    """Every stream of these agreements (commitments loaded)."""
    members: dict[UUID, list[UUID]] = defaultdict(list)
    rows = session.execute(
        select(Resident.institution_id, Resident.id).where(
            Resident.institution_id.in_({agreement.institution_id for agreement in agreements})
        )
    )
    for institution_id, resident_id in rows:
        members[institution_id].append(resident_id)
    for agreement in agreements:
        for commitment in agreement.commitments:
            subjects = (
                members[agreement.institution_id] if commitment.for_residents else [agreement.institution_id]
            )
            yield from (Stream(agreement.id, commitment.id, subject) for subject in subjects)


def recount(session: Session, streams: set[Stream], now: datetime) -> int:
    """Recompute these streams by the engine and store what differs. Returns how many windows changed."""
    if not streams:
        return 0
    session.flush()  # the engine reads what this transaction wrote
    by_agreement: dict[UUID, set[Stream]] = defaultdict(set)
    for stream in streams:
        by_agreement[stream.agreement_id].add(stream)
    agreements = session.scalars(with_promises(by_agreement)).all()
    changes = [
        _recount_agreement(session, agreement, by_agreement[agreement.id], now) for agreement in agreements
    ]
    return sum(changes)


def _recount_agreement(session: Session, agreement: Agreement, streams: set[Stream], now: datetime) -> int:
    # A record may be dated as far ahead as a phone's clock is allowed to be: it counts already, and not only
    # when something next touches its stream.
    today = clock.local_day(now + CLOCK_TOLERANCE, agreement.timezone)
    promises = adapter.promises_of(agreement, today)
    by_commitment: dict[UUID, set[UUID]] = defaultdict(set)
    for stream in streams:
        by_commitment[stream.commitment_id].add(stream.subject_id)
    people = _people(session, agreement, streams)
    changed = 0
    for commitment in agreement.commitments:
        subjects = by_commitment.get(commitment.id)
        if not subjects or commitment.clause.get("kind") == "on_demand":
            continue
        results = _evaluate(session, agreement, commitment, promises, subjects, people, today)
        changed += _store(session, agreement, commitment, results)
    return changed


def _people(session: Session, agreement: Agreement, streams: set[Stream]) -> dict[UUID, facts.Resident]:
    ids = {stream.subject_id for stream in streams} - {agreement.institution_id}
    if not ids:
        return {}
    found = adapter.residents(session, [agreement.institution_id], ids)
    return {resident.id: adapter.resident_facts(resident) for resident in found}


def _evaluate(
    session: Session,
    agreement: Agreement,
    commitment: Commitment,
    promises: adapter.Promises,
    subjects: set[UUID],
    people: dict[UUID, facts.Resident],
    today: date,
) -> dict[UUID, StreamResult]:
    shared = promises.plans[commitment.id]
    records = _records_by_subject(session, agreement, commitment, subjects, shared.commitment)
    return {
        subject: evaluate_stream(
            promises.agreement,
            promises.suspensions,
            shared.commitment,
            people.get(subject),
            records[subject],
            as_of=today,
            whole_term=True,
            prepared=shared,
        )
        for subject in subjects
    }


def _records_by_subject(
    session: Session,
    agreement: Agreement,
    commitment: Commitment,
    subjects: set[UUID],
    clause: facts.Commitment,
) -> dict[UUID, list[facts.Record]]:
    statement = adapter.relevant_records(
        agreement, clause.services, clause.makeup_days, once=clause.kind == "once"
    ).where(ServiceRecord.not_counted.is_(None))
    if commitment.for_residents:
        statement = statement.where(ServiceRecord.subject_id.in_(subjects))
    grouped: dict[UUID, list[facts.Record]] = defaultdict(list)
    for record in session.execute(statement.with_only_columns(*adapter.RECORD_COLUMNS)):
        subject = record.subject_id if commitment.for_residents else agreement.institution_id
        if subject:
            grouped[subject].append(adapter.record_facts(record))
    return grouped


def _store(
    session: Session, agreement: Agreement, commitment: Commitment, results: dict[UUID, StreamResult]
) -> int:
    existing = {
        (row.subject_id, row.start): row
        for row in session.scalars(
            select(Obligation).where(
                Obligation.commitment_id == commitment.id, Obligation.subject_id.in_(results)
            )
        )
    }
    changed = 0
    for subject, result in results.items():
        days = _counted_days(result) if commitment.clause.get("min_gap_days") else []
        for window in result.windows:
            row = existing.pop((subject, window.start), None) or _new_row(
                session, agreement, commitment, subject, window
            )
            changed += _write(row, window, days)
    for row in existing.values():
        changed += _clear(row)
    return changed


def _counted_days(result: StreamResult) -> list[date]:
    return sorted(
        placement.record.on for placement in result.placements if placement.reported.code in COUNTING
    )


def _new_row(
    session: Session, agreement: Agreement, commitment: Commitment, subject: UUID, window: WindowResult
) -> Obligation:
    row = Obligation(
        agreement_id=agreement.id,
        commitment_id=commitment.id,
        institution_id=agreement.institution_id,
        subject_id=subject,
        start=window.start,
    )
    session.add(row)
    return row


def _write(row: Obligation, window: WindowResult, counted_days: Sequence[date]) -> bool:
    """Set what differs; an unchanged row stays untouched, so that no phone fetches it again."""
    values = {name: getattr(window, name) for name in ("end", "deadline", *FIGURES)}
    values["last_counted_on"] = max((day for day in counted_days if day <= window.deadline), default=None)
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    return bool(changes)


def _clear(row: Obligation) -> bool:
    """A window that no longer exists keeps its row, with nothing promised and nothing counted."""
    changed = any(getattr(row, name) for name in FIGURES)
    for name in FIGURES:
        setattr(row, name, 0)
    return changed
