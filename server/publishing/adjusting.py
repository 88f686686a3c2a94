"""What changed since a period was published: its frozen rows beside the windows as they stand.

How many windows of an agreement differ is kept, and counted again by the worker when the agreement changed or
one of its windows came due, so that a page of a province compares only the agreements on it. Requests on
demand have no windows: their few rows are made again.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from server.agreements.models import Agreement, Commitment
from server.fulfilment.models import CommitmentWindow as Window
from server.fulfilment.rules.results import Totals
from server.organisations.models import Organisation
from server.publishing.models import PublishedPeriod, PublishedWindow as Frozen, State
from server.publishing.queries import on_demand, present_requests
from server.publishing.rules import FIGURES, Row

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A row that stands otherwise now. `frozen` is None where it was not there, `now` where it is gone."""

    agreement_id: UUID
    commitment_id: UUID
    start: date
    end: date
    cause: str
    frozen: Totals | None
    now: Totals | None

    @property
    def place(self) -> tuple[UUID, date, date]:
        return self.commitment_id, self.start, self.end


def adjustments(
    session: Session,
    period: PublishedPeriod,
    ids: Collection[UUID],
    asked: Mapping[UUID, Row],
    today: date,
) -> dict[UUID, list[Adjustment]]:
    """By agreement, of these ones, what stands otherwise than in the period; `asked` are the
    `present_requests` of at least these."""
    found: dict[UUID, list[Adjustment]] = defaultdict(list)
    for one in _of_requests(session, period, ids, asked):
        found[one.agreement_id].append(one)
    for row in session.execute(select(_of_windows(ids, today, PublishedPeriod.id == period.id))):
        found[row.agreement_id].append(_adjustment(row))
    return {one: sorted(each, key=lambda row: row.place) for one, each in found.items()}


def counted(session: Session, ids: Collection[UUID], today: date) -> Counter[Pair]:
    """By published period and agreement, of these ones, how many windows stand otherwise."""
    windows = _of_windows(ids, today, PublishedPeriod.state == State.PUBLISHED)
    pair = (windows.c.published_id, windows.c.agreement_id)
    rows = session.execute(select(*pair, func.count()).group_by(*pair))
    counts = Counter({(published, one): count for published, one, count in rows})
    for period in _with_requests(session, ids):
        for each in _of_requests(session, period, ids, present_requests(session, period, ids, today)):
            counts[period.id, each.agreement_id] += 1
    return counts


def coming(session: Session, ids: Collection[UUID], today: date) -> dict[Pair, date]:
    """The first day on which one more of their frozen windows comes due, by period and agreement."""
    pair = (Frozen.published_id, Frozen.agreement_id)
    rows = session.execute(
        select(*pair, func.min(Window.deadline))
        .join(PublishedPeriod, PublishedPeriod.id == Frozen.published_id)
        .join(Window, _key(Window, Frozen))
        .where(
            Frozen.agreement_id.in_(ids),
            PublishedPeriod.state == State.PUBLISHED,
            Frozen.deadline >= PublishedPeriod.as_of,
            Window.deadline >= today,
        )
        .group_by(*pair)
    )
    found = {(published, one): deadline + timedelta(days=1) for published, one, deadline in rows}
    for period in _with_requests(session, ids):
        now, later = (present_requests(session, period, ids, day) for day in (today, date.max))
        for commitment_id, row in later.items():
            if row != now.get(commitment_id):
                found[period.id, row.agreement_id] = today + timedelta(days=1)
    return found


def _of_windows(ids: Collection[UUID], today: date, chosen: ColumnElement[bool]) -> Subquery:
    """Windows of these agreements that stand otherwise than in the `chosen` periods."""
    return union_all(_frozen_ones(ids, today, chosen), _new_ones(ids, chosen)).subquery()


def _frozen_ones(ids: Collection[UUID], today: date, chosen: ColumnElement[bool]) -> Select[Any]:
    """Frozen windows that differ, are gone, or came due: the frozen rates do not have them yet."""
    gone = Window.commitment_id.is_(None)
    came_due = and_(Frozen.deadline >= PublishedPeriod.as_of, Window.deadline < today)
    differs = or_(*(getattr(Window, name) != getattr(Frozen, name) for name in ("deadline", *FIGURES)))
    cause = case((gone, "gone"), (came_due, "came_due"), else_="changed")
    return (
        select(*_names(Frozen), cause.label("cause"), *_figures(Frozen, "then"), *_figures(Window, "now"))
        .join(PublishedPeriod, PublishedPeriod.id == Frozen.published_id)
        .join(Commitment, Commitment.id == Frozen.commitment_id)
        .outerjoin(Window, and_(_key(Window, Frozen), Window.promised > 0))
        .where(Frozen.agreement_id.in_(ids), chosen, ~on_demand(), or_(gone, came_due, differs))
    )


def _new_ones(ids: Collection[UUID], chosen: ColumnElement[bool]) -> Select[Any]:
    known = select(Frozen.commitment_id).where(
        Frozen.published_id == PublishedPeriod.id, _key(Window, Frozen)
    )
    nothing = (null().label(f"then_{name}") for name in FIGURES)
    within = and_(
        Window.end.between(PublishedPeriod.first, PublishedPeriod.last),
        Organisation.region.startswith(PublishedPeriod.region),
    )
    return (
        select(*_names(Window), literal("new").label("cause"), *nothing, *_figures(Window, "now"))
        .join(Agreement, Agreement.id == Window.agreement_id)
        .join(Organisation, Organisation.id == Agreement.institution_id)
        .join(PublishedPeriod, within)
        .where(Window.agreement_id.in_(ids), Window.promised > 0, chosen, ~known.exists())
    )


def _key(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(*(getattr(one, name) == getattr(other, name) for name in ("commitment_id", "start", "end")))


def _names(table: Any) -> Iterable[Any]:
    published = PublishedPeriod.id.label("published_id")
    return (published, table.agreement_id, table.commitment_id, table.start, table.end)


def _figures(table: Any, prefix: str) -> Iterable[Any]:
    return (getattr(table, name).label(f"{prefix}_{name}") for name in FIGURES)


def _adjustment(row: Any) -> Adjustment:
    then = [getattr(row, f"then_{name}") for name in FIGURES]
    now = [getattr(row, f"now_{name}") for name in FIGURES]
    return Adjustment(
        row.agreement_id,
        row.commitment_id,
        row.start,
        row.end,
        row.cause,
        None if row.cause == "new" else Totals(*then),
        None if row.cause == "gone" else Totals(*now),
    )


def _with_requests(session: Session, ids: Collection[UUID]) -> Sequence[PublishedPeriod]:
    """The published periods, where one of the agreements promises something on demand."""
    promised = select(Commitment.id).where(Commitment.agreement_id.in_(ids), on_demand())
    wanted = select(PublishedPeriod).where(PublishedPeriod.state == State.PUBLISHED, promised.exists())
    return session.scalars(wanted).all()


def _of_requests(
    session: Session, period: PublishedPeriod, ids: Collection[UUID], asked: Mapping[UUID, Row]
) -> Iterable[Adjustment]:
    then = _frozen_requests(session, period, ids)
    now = {one: row for one, row in asked.items() if row.agreement_id in ids}
    for one in then.keys() | now.keys():
        yield from _compared(then.get(one), now.get(one))


def _frozen_requests(session: Session, period: PublishedPeriod, ids: Collection[UUID]) -> Mapping[UUID, Row]:
    names = ("agreement_id", "commitment_id", "start", "end", "deadline", *FIGURES)
    rows = session.execute(
        select(*(getattr(Frozen, name) for name in names))
        .join(Commitment, Commitment.id == Frozen.commitment_id)
        .where(Frozen.published_id == period.id, Frozen.agreement_id.in_(ids), on_demand())
    )
    return {row.commitment_id: Row(*row) for row in rows}


def _compared(then: Row | None, now: Row | None) -> Iterable[Adjustment]:
    one = then or now
    if one is None or then == now:
        return
    cause = "new" if then is None else "gone" if now is None else "changed"
    frozen, present = then.totals if then else None, now.totals if now else None
    yield Adjustment(one.agreement_id, one.commitment_id, one.start, one.end, cause, frozen, present)
