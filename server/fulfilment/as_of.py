"""Figures of a past day: the engine asked again with what is known today of the records up to that day.

Today's obligations cannot answer it. Placing looks both ways: a visit of April may move one of March into an
earlier debt (fulfilment.md, 4.3), so that March's window reads otherwise than it did; and under a gap rule a
day counted in April takes a pending unit, or an excuse, of late March out of the figures. Nothing stored says
what a window had without the later records: only the engine, given none of them, does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.fulfilment import adapter, records
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import evaluate_stream
from server.fulfilment.rules.pace import spacing
from server.fulfilment.rules.results import StreamResult, WindowResult
from server.fulfilment.rules.sums import WindowSums, sum_up
from server.fulfilment.service import COUNTED_STATES


@dataclass(frozen=True, slots=True)
class SubjectWindow:
    """A window of one subject (a resident, or the care institution); `last_counted` is the latest day counted
    up to its deadline, kept only where the clause has a gap rule."""

    subject_id: UUID
    window: WindowResult
    last_counted: date | None


def sums_as_of(
    session: Session, agreements: Iterable[Agreement], day: date, only: UUID | None = None
) -> dict[UUID, list[WindowSums]]:
    """By commitment id, the windows of the whole term as the records up to `day` make them.

    Agreements with commitments, terms and suspensions loaded; two queries for each. `only` is one commitment.
    What was never in force is not counted, on no day.
    """
    found: dict[UUID, list[WindowSums]] = {}
    for agreement in agreements:
        if agreement.state not in COUNTED_STATES:
            continue
        streams: dict[UUID, list[SubjectWindow]] = defaultdict(list)
        gaps = {}
        for commitment_id, clause, windows in _streams(session, agreement, day, only):
            streams[commitment_id].extend(windows)
            gaps[commitment_id] = spacing(clause)
        for commitment_id, windows in streams.items():
            counted = ((each.window, each.last_counted) for each in windows)
            found[commitment_id] = list(sum_up(counted, gaps[commitment_id]))
    return found


def windows_as_of(
    session: Session, agreement: Agreement, commitment_id: UUID, day: date, subject: UUID | None = None
) -> list[SubjectWindow]:
    """The windows of one commitment that had begun by `day`, of one subject or of all."""
    subjects = None if subject is None else frozenset({subject})
    return [
        each
        for _, _, windows in _streams(session, agreement, day, commitment_id, subjects)
        for each in windows
        if each.window.start <= day
    ]


def _streams(
    session: Session,
    agreement: Agreement,
    day: date,
    only: UUID | None,
    chosen: frozenset[UUID] | None = None,
) -> Iterator[tuple[UUID, facts.Commitment, list[SubjectWindow]]]:
    promises = adapter.promises_of(agreement, day)
    asked = {
        commitment_id: records.Asked(plan.commitment, chosen)
        for commitment_id, plan in promises.plans.items()
        if plan.commitment.kind != "on_demand" and only in (None, commitment_id)
    }
    with_residents = any(each.for_residents for each in asked.values())
    people = adapter.people(session, agreement, chosen) if with_residents else {}
    found = records.stream_records(session, agreement, asked, people)
    for commitment_id, each in asked.items():
        own = found[commitment_id]
        for subject in chosen or _subjects(agreement, each, people, own):
            resident = _resident(people, subject) if each.for_residents else None
            result = evaluate_stream(
                promises.agreement,
                promises.suspensions,
                each.clause,
                resident,
                own.get(resident.id if resident else None, ()),
                as_of=day,
                whole_term=True,
                prepared=promises.plans[commitment_id],
            )
            yield commitment_id, each.clause, _windows(subject, each.clause, result)


def _subjects(
    agreement: Agreement, each: records.Asked, people: Iterable[UUID], recorded: Iterable[str | None]
) -> Iterable[UUID]:
    """Who lives there in the term, and who has records all the same: surplus of nobody's promise."""
    if not each.for_residents:
        return (agreement.institution_id,)
    return {*people, *(UUID(name) for name in recorded if name)}


def _resident(people: Mapping[UUID, facts.Resident], subject: UUID) -> facts.Resident:
    """Nobody is promised anything without a stay in the term: of such a subject the birth is never asked."""
    return people.get(subject) or facts.Resident(str(subject), date.min)


def _windows(subject: UUID, clause: facts.Commitment, result: StreamResult) -> list[SubjectWindow]:
    return [
        SubjectWindow(subject, window, result.last_counted(window.deadline) if clause.min_gap_days else None)
        for window in result.windows
    ]
