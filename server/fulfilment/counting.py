"""Recounting streams of one agreement: what the engine says now, beside what is stored.

A handful of queries of columns per agreement, however many streams and rows: the facts of who lives there,
the records, the stored windows. Only windows that differ are written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Connection, Table, Uuid, bindparam, select, update
from sqlalchemy.orm import Session

from server import clock
from server.fulfilment import adapter
from server.fulfilment.adapter import Promises
from server.fulfilment.models import FIGURES, Obligation
from server.fulfilment.records import Asked, Found, records_asked
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import evaluate_stream
from server.fulfilment.rules.results import StreamResult, WindowResult
from server.given import Given
from server.ids import new_id
from server.insertion import new_rows
from server.organisations.revisions import raise_revisions
from server.prepared import Prepared, Question, ask
from server.rounds.rules import CLOCK_TOLERANCE

# What names a window.
_WINDOW = ("commitment_id", "subject_id", "start")
# What is kept of a window besides what names it: (end, deadline, figures..., last_counted_on).
KEPT = ("end", "deadline", *FIGURES, "last_counted_on")
_FIRST_FIGURE, _LAST_COUNTED = 2, len(KEPT) - 1
# A window of the engine has the same from here on, but for the last.
_END = WindowResult._fields.index("end")
Kept = tuple[Any, ...]


class Change(NamedTuple):
    """A window stored otherwise than the engine has it; `stored` is None where it is new."""

    commitment_id: UUID
    subject_id: UUID
    start: date
    stored: Kept | None
    computed: Kept

    @property
    def differing(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is stored and what the engine has, by name, where the two differ."""
        computed = dict(zip(KEPT, self.computed, strict=True))
        if self.stored is None:
            return {}, computed
        stored = dict(zip(KEPT, self.stored, strict=True))
        names = [name for name in KEPT if stored[name] != computed[name]]
        return {name: stored[name] for name in names}, {name: computed[name] for name in names}


@dataclass(frozen=True, slots=True)
class Counted:
    """What differs, the clauses of the commitments asked for, how many streams and records were looked at."""

    changes: list[Change]
    clauses: dict[UUID, facts.Commitment]
    streams: int
    records: int


# What is stored of each commitment, by subject and first day.
_Stored = Mapping[UUID, Mapping[UUID, Mapping[date, Kept]]]


def count(
    session: Session,
    promises: Promises,
    now: datetime,
    chosen: Mapping[UUID, Collection[UUID]] | None = None,
) -> Counted:
    """Count streams of an agreement: of each commitment the `chosen` subjects, or all.

    Writes nothing. The caller holds the institution's revision, so that nobody changes the facts meanwhile;
    the promises were read under it.
    """
    # A record may be dated as far ahead as a phone's clock is allowed to be: it counts already, and not only
    # when something next touches its stream.
    today = clock.local_day(now + CLOCK_TOLERANCE, promises.timezone)
    asked = _asked(promises, chosen)
    if not asked:
        return Counted([], {}, 0, 0)
    people, records, stored = _facts(session.connection(), promises, asked, everyone=chosen is None)
    changes: list[Change] = []
    streams = 0
    for commitment_id, each in asked.items():
        plan = promises.plans[commitment_id]
        of_records, rows = records[commitment_id], stored.get(commitment_id, {})
        for subject in _subjects(promises, each, people, of_records, rows):
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


def _asked(promises: Promises, chosen: Mapping[UUID, Collection[UUID]] | None) -> dict[UUID, Asked]:
    return {
        commitment_id: Asked(plan.commitment, None if chosen is None else frozenset(chosen[commitment_id]))
        for commitment_id, plan in promises.plans.items()
        if plan.commitment.kind != "on_demand" and (chosen is None or commitment_id in chosen)
    }


def _facts(
    connection: Connection, promises: Promises, asked: Mapping[UUID, Asked], *, everyone: bool
) -> tuple[Mapping[UUID, facts.Resident], Found, _Stored]:
    """Who lives there, what was recorded and what is stored: all at once, but for all residents, whose older
    records nobody can ask for without their names."""
    stored = _stored_asked(asked)
    if everyone:
        (people,) = ask(connection, adapter.people_asked(promises, None))
        return people, *ask(connection, records_asked(promises, asked, people), stored)
    named = frozenset().union(*(each.subjects or () for each in asked.values() if each.for_residents))
    people, records, kept = ask(
        connection, adapter.people_asked(promises, named), records_asked(promises, asked, ()), stored
    )
    return people, records, kept


_KEPT_COLUMNS = select(
    Obligation.commitment_id,
    Obligation.subject_id,
    Obligation.start,
    *(getattr(Obligation, name) for name in KEPT),
)
_STREAMS = Given("stream", commitment=Uuid(), subject=Uuid())
_COMMITMENTS = Given("counted", commitment=Uuid())
_STORED = Prepared(_KEPT_COLUMNS.where(Obligation.commitment_id == _COMMITMENTS["commitment"]))
_STORED_OF_STREAMS = Prepared(
    _KEPT_COLUMNS.where(
        Obligation.commitment_id == _STREAMS["commitment"], Obligation.subject_id == _STREAMS["subject"]
    )
)


def _stored_asked(asked: Mapping[UUID, Asked]) -> Question[_Stored]:
    named = [
        (commitment_id, subject) for commitment_id, each in asked.items() for subject in each.subjects or ()
    ]
    if named:
        return Question(_STORED_OF_STREAMS, _STREAMS.parameters(named), _by_stream)
    return Question(_STORED, _COMMITMENTS.parameters([(each,) for each in asked]), _by_stream)


def _by_stream(rows: Iterable[Sequence[Any]]) -> _Stored:
    found: dict[UUID, dict[UUID, dict[date, Kept]]] = defaultdict(lambda: defaultdict(dict))
    for commitment_id, subject, start, *kept in rows:
        found[commitment_id][subject][start] = tuple(kept)
    return found


def _subjects(
    promises: Promises,
    each: Asked,
    people: Iterable[UUID],
    recorded: Iterable[str | None],
    stored: Iterable[UUID],
) -> Collection[UUID]:
    """Those asked for; all are who lives there in the term, and who has records or rows all the same."""
    if each.subjects is not None:
        return each.subjects
    if not each.for_residents:
        return (promises.institution_id,)
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
    rows: Mapping[date, Kept],
) -> Iterator[Change]:
    left = dict(rows)
    for window in result.windows:
        stored = left.pop(window.start, None)
        last = result.last_counted(window.deadline) if clause.min_gap_days else None
        computed = (*window[_END:], last)
        if computed != stored:
            yield Change(commitment_id, subject, window.start, stored, computed)
    for start, stored in left.items():
        computed = _emptied(stored)
        if computed != stored:
            yield Change(commitment_id, subject, start, stored, computed)


def _emptied(stored: Kept) -> Kept:
    """A window that no longer exists keeps its row, with nothing promised and nothing counted."""
    return (*stored[:_FIRST_FIGURE], *(0,) * len(FIGURES), stored[_LAST_COUNTED])


_BATCH = 1000


def writes(session: Session, promises: Promises, changes: Iterable[Change]) -> Iterator[Question[Any]]:
    """The statements that write what differs, in bulk; an unchanged row stays untouched, so that no phone
    fetches it again.

    Core writes pass by the flush that stamps `Revisioned` rows: their revision is set here.
    """
    pending = iter(changes)
    while batch := list(islice(pending, _BATCH)):
        revision = raise_revisions(session, [promises.institution_id])[promises.institution_id]
        if new := [_new(promises, revision, each) for each in batch if each.stored is None]:
            yield new_rows(_TABLE, new)
        if known := [(*each[:3], *each.computed) for each in batch if each.stored is not None]:
            yield _UPDATE.asked({**_CHANGED.parameters(known), "now": revision})


_TABLE = cast(Table, Obligation.__table__)
_CHANGED = Given("changed", **{name: _TABLE.c[name].type for name in (*_WINDOW, *KEPT)})
_UPDATE = Prepared(
    update(_TABLE)
    .where(*(_TABLE.c[name] == _CHANGED[name] for name in _WINDOW))
    .values({**{name: _CHANGED[name] for name in KEPT}, "revision": bindparam("now")})
)


def _new(promises: Promises, revision: int, change: Change) -> dict[str, Any]:
    return {
        "id": new_id(),
        "agreement_id": promises.id,
        "commitment_id": change.commitment_id,
        "institution_id": promises.institution_id,
        "subject_id": change.subject_id,
        "start": change.start,
        "revision": revision,
        **dict(zip(KEPT, change.computed, strict=True)),
    }
