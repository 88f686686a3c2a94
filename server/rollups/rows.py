"""Kept rows beside what they should be: where they differ, and making them the same.

All four tables are kept by owner (an agreement or a region) and period: these are compared, and replaced,
as one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.orm import Session

from server.db import Base
from server.insertion import new_rows
from server.prepared import ask

Row = dict[str, Any]
Owner = UUID | str
# Owner and period.
Unit = tuple[Owner, str]
# What is kept, and what should be, by the names of the columns.
Difference = tuple[list[Row], list[Row]]
_APART = ("period", "as_of")


def differences(
    session: Session,
    model: type[Base],
    owners: Collection[Owner],
    rows: Iterable[Row],
    known: Mapping[Any, Collection[str]] | None = None,
) -> dict[Unit, Difference]:
    """Where the rows of these owners differ from `rows`. A row that only another day made does not differ.

    With `known`, by owner the periods whose rows are right, only the periods of `rows` are looked at.
    """
    table = cast(Table, model.__table__)
    owner = _owner(table).name
    names = [owner, "period", *(each.name for each in table.columns if each.name not in {owner, *_APART})]
    wanted: dict[Unit, list[Row]] = defaultdict(list)
    for row in rows:
        wanted[row[owner], row["period"]].append(row)
    kept: dict[Unit, list[tuple[Any, ...]]] = defaultdict(list)
    statement = select(*(table.c[name] for name in names)).where(table.c[owner].in_(owners))
    if known is not None:
        statement = statement.where(table.c.period.in_({period for _, period in wanted}))
    for found in session.execute(statement):
        if known is None or found[1] not in known[found[0]]:
            kept[found[0], found[1]].append(tuple(found))
    return {
        unit: ([dict(zip(names, each, strict=True)) for each in kept.get(unit, ())], wanted.get(unit, []))
        for unit in sorted({*kept, *wanted})
        if set(kept.get(unit, ())) != {tuple(row[name] for name in names) for row in wanted.get(unit, ())}
    }


def _owner(table: Table) -> Column[Any]:
    """The agreement or the region: the first part of each key."""
    return table.primary_key.columns.values()[0]


def replace(session: Session, model: type[Base], found: Mapping[Unit, Difference]) -> None:
    """Make the rows what they should be."""
    table = cast(Table, model.__table__)
    gone: dict[str, list[Owner]] = defaultdict(list)
    for (of, period), (kept, _) in found.items():
        if kept:
            gone[period].append(of)
    for period, owners in gone.items():
        session.execute(delete(table).where(_owner(table).in_(owners), table.c.period == period))
    new: Sequence[Row] = [row for _, wanted in found.values() for row in wanted]
    if new:
        ask(session.connection(), new_rows(table, new))
