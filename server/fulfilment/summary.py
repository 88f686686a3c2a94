"""The windows of each commitment summed over its subjects, always from the obligations, never counted up."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Table, Uuid, case, delete, func, select, text, tuple_
from sqlalchemy.orm import Session

from server.fulfilment.models import FIGURES, CommitmentWindow, Obligation, exists
from server.fulfilment.rules import facts
from server.fulfilment.rules.pace import last_chance, spacing
from server.given import Given
from server.insertion import new_rows
from server.prepared import Prepared, Question, ask

Starts = Collection[tuple[UUID, date]]
Clauses = Mapping[UUID, facts.Commitment]
Sums = dict[str, Any]


def resum(
    session: Session,
    agreement_id: UUID,
    clauses: Clauses,
    starts: Starts | None = None,
    after: Iterable[Question[Any]] = (),
) -> None:
    """Sum the windows again of these commitments and first days; without `starts` all of the commitments.
    What is summed up may be written by the statements that it comes `after`.

    The caller holds the institution's revision: of two who change one window the second sees the first's.
    """
    if starts is None:
        forget = _FORGET_COMMITMENTS.asked(_COMMITMENTS.parameters([(each,) for each in clauses]))
    else:
        forget = _FORGET_STARTS.asked(_STARTS.parameters(starts))
    connection = session.connection()
    *_, rows = ask(connection, *after, forget, sums_asked(agreement_id, clauses, starts))
    if rows:
        ask(connection, new_rows(cast(Table, CommitmentWindow.__table__), rows))


def sums_asked(agreement_id: UUID, clauses: Clauses, starts: Starts | None = None) -> Question[list[Sums]]:
    """What `CommitmentWindow` should hold, by the names of its columns."""
    read = partial(_summed, agreement_id, clauses)
    if starts is None:
        return Question(_SUMS_OF_COMMITMENTS, _COMMITMENTS.parameters([(each,) for each in clauses]), read)
    return Question(_SUMS_OF_STARTS, _STARTS.parameters(starts), read)


def stored_sums_asked(clauses: Clauses) -> Question[list[Sums]]:
    """What `CommitmentWindow` holds of these commitments, by the names of its columns."""
    given = _COMMITMENTS.parameters([(each,) for each in clauses])
    return Question(_STORED, given, lambda rows: [dict(zip(_KEPT, row, strict=True)) for row in rows])


def _summed(agreement_id: UUID, clauses: Clauses, rows: Iterable[Sequence[Any]]) -> list[Sums]:
    found: dict[tuple[UUID, date, date], Sums] = {}
    for row in rows:
        part = dict(zip(_SUMMED, row, strict=True))
        part = _completed(part, agreement_id, clauses[part["commitment_id"]])
        key = (part["commitment_id"], part["start"], part["end"])
        found[key] = _added(found[key], part) if key in found else part
    return list(found.values())


def _completed(row: dict[str, Any], agreement_id: UUID, clause: facts.Commitment) -> dict[str, Any]:
    """Those who owe the same share their last chance, but for who was last served too late for the next
    visit: the latest of them decides for all."""
    need, counted = row.pop("need"), row.pop("last_counted_on")
    chance = last_chance(row["deadline"], need, spacing(clause), counted) if need else None
    return {**row, "agreement_id": agreement_id, "last_chance": chance}


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    chances = [each["last_chance"] for each in (one, other) if each["last_chance"]]
    return {
        **one,
        **{name: one[name] + other[name] for name in _COUNTS},
        "deadline": max(one["deadline"], other["deadline"]),
        "last_chance": min(chances, default=None),
    }


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_NEED = Obligation.promised - Obligation.confirmed_excused
_EXCUSED = (Obligation.promised > 0) & (_NEED == 0) & (Obligation.confirmed == 0)
_MISSING = Obligation.promised - Obligation.reported - Obligation.reported_excused
_OWED = case((_MISSING > 0, _MISSING), else_=0)
_COUNTS = ("subjects", *FIGURES, "met", "excused", "some", "none", "owed", "owing")
# One row per window and what its subjects owe.
_SUMS = (
    select(
        Obligation.commitment_id,
        Obligation.start,
        Obligation.end,
        func.max(Obligation.deadline).label("deadline"),
        func.count().label("subjects"),
        *(func.sum(getattr(Obligation, name)).label(name) for name in FIGURES),
        _how_many((Obligation.confirmed >= _NEED) & ~_EXCUSED).label("met"),
        _how_many(_EXCUSED).label("excused"),
        _how_many((Obligation.confirmed < _NEED) & (Obligation.confirmed > 0)).label("some"),
        _how_many((Obligation.confirmed < _NEED) & (Obligation.confirmed == 0)).label("none"),
        func.sum(_OWED).label("owed"),
        _how_many(_MISSING > 0).label("owing"),
        _OWED.label("need"),
        func.max(Obligation.last_counted_on).label("last_counted_on"),
    )
    .where(exists())
    .group_by(Obligation.commitment_id, Obligation.start, Obligation.end, text("need"))
)
_SUMMED = tuple(_SUMS.selected_columns.keys())
_COMMITMENTS = Given("summed", commitment=Uuid())
_STARTS = Given("window", commitment=Uuid(), start=Date())
_SUMS_OF_COMMITMENTS = Prepared(_SUMS.where(Obligation.commitment_id == _COMMITMENTS["commitment"]))
_SUMS_OF_STARTS = Prepared(
    _SUMS.where(Obligation.commitment_id == _STARTS["commitment"], Obligation.start == _STARTS["start"])
)
_FORGET_COMMITMENTS = Prepared(
    delete(CommitmentWindow).where(CommitmentWindow.commitment_id.in_(select(_COMMITMENTS["commitment"])))
)
_FORGET_STARTS = Prepared(
    delete(CommitmentWindow).where(
        tuple_(CommitmentWindow.commitment_id, CommitmentWindow.start).in_(
            select(_STARTS["commitment"], _STARTS["start"])
        )
    )
)
_KEPT = tuple(CommitmentWindow.__table__.c.keys())
_STORED = Prepared(
    select(*CommitmentWindow.__table__.c).where(CommitmentWindow.commitment_id == _COMMITMENTS["commitment"])
)
