"""Recounting streams of one agreement: what the engine says now, beside what is stored.

A handful of queries of columns per agreement, however many streams and rows: the facts of who lives there,
the records, the stored windows. Only windows that differ are written.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement
from server.db import insert_rows
from server.fulfilment import adapter
from server.fulfilment.adapter import Asked
from server.fulfilment.models import FIGURES, Obligation
from server.fulfilment.rules import facts
from server.fulfilment.rules.delivery import COUNTING
from server.fulfilment.rules.evaluate import evaluate_stream
from server.fulfilment.rules.results import StreamResult, WindowResult
from server.ids import new_id
from server.organisations.revisions import raise_revisions
from server.rounds.rules import CLOCK_TOLERANCE

# What is kept of a window besides what names it: (end, deadline, figures..., last_counted_on).
KEPT = ("end", "deadline", *FIGURES, "last_counted_on")
_FIRST_FIGURE, _LAST_COUNTED = 2, len(KEPT) - 1
Kept = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A window stored otherwise than the engine has it; `row` and `stored` are None where it is new."""

    commitment_id: UUID
    subject_id: UUID
    start: date
    row: UUID | None
    stored: Kept | None
    computed: Kept

    @property
    def differing(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is stored and what the engine has, by name, where the two differ."""
        stored = dict(zip(KEPT, self.stored, strict=True)) if self.stored else {}
        computed = dict(zip(KEPT, self.computed, strict=True))
        names = [name for name in KEPT if not self.stored or stored[name] != computed[name]]
        return {name: stored[name] for name in names if stored}, {name: computed[name] for name in names}


@dataclass(frozen=True, slots=True)
class Counted:
    """What differs, the clauses of the commitments asked for, how many streams and records were looked at."""

    changes: list[Change]
    clauses: dict[UUID, facts.Commitment]
    streams: int
    records: int


# By commitment, subject and first day: the row's id and what it keeps.
_Stored = Mapping[UUID, Mapping[UUID, Mapping[date, tuple[UUID, Kept]]]]


def count(
    session: Session,
    agreement: Agreement,
    now: datetime,
    chosen: Mapping[UUID, Collection[UUID]] | None = None,
) -> Counted:
    """Count streams of an agreement (its promises loaded): of each commitment the `chosen` subjects, or all.

    Writes nothing. The caller holds the institution's revision, so that nobody changes the facts meanwhile.
    """
    # A record may be dated as far ahead as a phone's clock is allowed to be: it counts already, and not only
    # when something next touches its stream.
    today = clock.local_day(now + CLOCK_TOLERANCE, agreement.timezone)
    promises = adapter.promises_of(agreement, today)
    asked = _asked(promises, chosen)
    people = _people(session, agreement, asked)
    records = adapter.stream_records(session, agreement, asked, people)
    stored = _stored(session, asked)
    changes: list[Change] = []
    streams = 0
    for commitment_id, each in asked.items():
        plan = promises.plans[commitment_id]
        of_records, rows = records[commitment_id], stored.get(commitment_id, {})
        for subject in _subjects(agreement, each, people, of_records, rows):
            resident = _resident(each, subject, people)
            result = evaluate_stream(
                promises.agreement,
                promises.suspensions,
                each.clause,
                resident,
                of_records.get(resident.id if resident else None, ()),
                as_of=today,
                whole_term=True,
                prepared=plan,
            )
            changes.extend(_differences(commitment_id, subject, each.clause, result, rows.get(subject, {})))
            streams += 1
    read = sum(len(found) for of_commitment in records.values() for found in of_commitment.values())
    clauses = {commitment_id: each.clause for commitment_id, each in asked.items()}
    return Counted(changes, clauses, streams, read)


def _asked(promises: adapter.Promises, chosen: Mapping[UUID, Collection[UUID]] | None) -> dict[UUID, Asked]:
    return {
        commitment_id: Asked(plan.commitment, None if chosen is None else frozenset(chosen[commitment_id]))
        for commitment_id, plan in promises.plans.items()
        if plan.commitment.kind != "on_demand" and (chosen is None or commitment_id in chosen)
    }


def _people(
    session: Session, agreement: Agreement, asked: Mapping[UUID, Asked]
) -> dict[UUID, facts.Resident]:
    subjects = [each.subjects for each in asked.values() if each.for_residents]
    if not subjects:
        return {}
    named = [found for found in subjects if found is not None]
    return adapter.people(
        session, agreement, frozenset().union(*named) if len(named) == len(subjects) else None
    )


def _stored(session: Session, asked: Mapping[UUID, Asked]) -> _Stored:
    columns = (getattr(Obligation, name) for name in KEPT)
    statement = select(
        Obligation.commitment_id, Obligation.subject_id, Obligation.start, Obligation.id, *columns
    ).where(Obligation.commitment_id.in_(asked))
    named = [each.subjects for each in asked.values() if each.subjects is not None]
    if len(named) == len(asked):
        statement = statement.where(Obligation.subject_id.in_(frozenset().union(*named)))
    found: dict[UUID, dict[UUID, dict[date, tuple[UUID, Kept]]]] = defaultdict(lambda: defaultdict(dict))
    for commitment_id, subject, start, row, *kept in session.execute(statement).all():
        found[commitment_id][subject][start] = (row, tuple(kept))
    return found


def _subjects(
    agreement: Agreement,
    each: Asked,
    people: Iterable[UUID],
    recorded: Iterable[str | None],
    stored: Iterable[UUID],
) -> Collection[UUID]:
    """Those asked for; all are who lives there in the term, and who has records or rows all the same."""
    if each.subjects is not None:
        return each.subjects
    if not each.for_residents:
        return (agreement.institution_id,)
    known = {str(subject): subject for subject in (*people, *stored)}
    return [known.get(name) or UUID(name) for name in {*known, *recorded} if name]


def _resident(each: Asked, subject: UUID, people: Mapping[UUID, facts.Resident]) -> facts.Resident | None:
    """Nobody is promised anything without a stay in the term: of such a subject the birth is never asked."""
    if not each.for_residents:
        return None
    return people.get(subject) or facts.Resident(str(subject), date.min)


def _differences(
    commitment_id: UUID,
    subject: UUID,
    clause: facts.Commitment,
    result: StreamResult,
    rows: Mapping[date, tuple[UUID, Kept]],
) -> Iterator[Change]:
    days = _counted_days(result) if clause.min_gap_days else []
    left = dict(rows)
    for window in result.windows:
        row, stored = left.pop(window.start, (None, None))
        computed = _kept(window, days)
        if computed != stored:
            yield Change(commitment_id, subject, window.start, row, stored, computed)
    for start, (row, stored) in left.items():
        computed = _emptied(stored)
        if computed != stored:
            yield Change(commitment_id, subject, start, row, stored, computed)


def _counted_days(result: StreamResult) -> list[date]:
    told = zip(result.records, result.reported, strict=True)
    return sorted(record.on for record, verdict in told if verdict.code in COUNTING)


def _kept(window: WindowResult, counted_days: Sequence[date]) -> Kept:
    before = bisect_right(counted_days, window.deadline)
    return (
        window.end,
        window.deadline,
        window.promised,
        window.confirmed,
        window.confirmed_late,
        window.confirmed_surplus,
        window.confirmed_excused,
        window.reported,
        window.reported_late,
        window.reported_surplus,
        window.reported_excused,
        counted_days[before - 1] if before else None,
    )


def _emptied(stored: Kept) -> Kept:
    """A window that no longer exists keeps its row, with nothing promised and nothing counted."""
    return (*stored[:_FIRST_FIGURE], *(0,) * len(FIGURES), stored[_LAST_COUNTED])


_BATCH = 1000


def store(session: Session, agreement: Agreement, changes: Iterable[Change]) -> None:
    """Write what differs, in bulk; an unchanged row stays untouched, so that no phone fetches it again.

    Core writes pass by the flush that stamps `Revisioned` rows: their revision is set here.
    """
    connection = session.connection()
    pending = iter(changes)
    while batch := list(islice(pending, _BATCH)):
        revision = raise_revisions(session, [agreement.institution_id])[agreement.institution_id]
        if new := [_inserted(agreement, change, revision) for change in batch if change.row is None]:
            insert_rows(connection, cast(Table, Obligation.__table__), new)
        if known := [_updated(change, revision) for change in batch if change.row is not None]:
            connection.execute(_UPDATE, known)


_UPDATE = (
    update(Obligation)
    .where(Obligation.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in (*KEPT, "revision")})
)


def _inserted(agreement: Agreement, change: Change, revision: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "agreement_id": agreement.id,
        "commitment_id": change.commitment_id,
        "institution_id": agreement.institution_id,
        "subject_id": change.subject_id,
        "start": change.start,
        "revision": revision,
        **dict(zip(KEPT, change.computed, strict=True)),
    }


def _updated(change: Change, revision: int) -> dict[str, Any]:
    values = {f"new_{name}": value for name, value in zip(KEPT, change.computed, strict=True)}
    return {"row": change.row, "new_revision": revision, **values}
