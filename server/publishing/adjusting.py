"""What changed since a period was published: its frozen rows beside the windows as they stand.

Compared by the database, so that a province is not read to show a page of it. Only requests on demand have no
windows there: their few rows are made again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
from sqlalchemy.orm import Session, selectinload

from server.agreements.models import Agreement, Commitment
from server.agreements.queries import agreements_with_parties
from server.auth.actor import Actor
from server.auth.scope import visible
from server.fulfilment.models import CommitmentWindow as Window
from server.fulfilment.rules.results import Totals
from server.publishing.models import PublishedPeriod, PublishedWindow as Frozen
from server.publishing.queries import asked, due_sums, on_demand, owned, parts_of, region_of, requests_of
from server.publishing.rules import FIGURES, Rates, Row, rates_of
from server.rollups.rules import Period

PAGE = 200


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


@dataclass(frozen=True, slots=True)
class Adjustments:
    """A page of them, how many there are in all, and how many of each agreement that has any."""

    page: Sequence[Adjustment]
    total: int
    by_agreement: dict[UUID, int]


def adjustments(
    session: Session, actor: Actor, period: PublishedPeriod, today: date, page: int
) -> Adjustments:
    """The `page`-th page (from 1) of what changed in agreements that the actor may see."""
    requests = _of_requests(session, actor, period, today)
    found = _of_windows(actor, period, today)
    counted = session.execute(select(found.c.agreement_id, func.count()).group_by(found.c.agreement_id))
    counts = Counter(dict(iter(counted))) + Counter(each.agreement_id for each in requests)
    first = (page - 1) * PAGE
    shown = requests[first : first + PAGE]
    rows = session.execute(
        select(found)
        .order_by(found.c.agreement_id, found.c.commitment_id, found.c.start, found.c.end)
        .offset(max(0, first - len(requests)))
        .limit(PAGE - len(shown))
    )
    return Adjustments([*shown, *(_adjustment(row) for row in rows)], counts.total(), dict(counts))


def _of_windows(actor: Actor, period: PublishedPeriod, today: date) -> Subquery:
    return union_all(_frozen_ones(actor, period, today), _new_ones(actor, period)).subquery()


def _frozen_ones(actor: Actor, period: PublishedPeriod, today: date) -> Select[Any]:
    """Frozen windows that differ, are gone, or came due: the frozen rates do not have them yet."""
    same = and_(_key(Window, Frozen), owned(span_of(period)))
    gone = Window.commitment_id.is_(None)
    came_due = and_(Frozen.deadline >= period.as_of, Window.deadline < today)
    differs = or_(*(getattr(Window, name) != getattr(Frozen, name) for name in ("deadline", *FIGURES)))
    cause = case((gone, "gone"), (came_due, "came_due"), else_="changed")
    return (
        select(*_names(Frozen), cause.label("cause"), *_figures(Frozen, "then"), *_figures(Window, "now"))
        .join(Commitment, Commitment.id == Frozen.commitment_id)
        .outerjoin(Window, same)
        .where(
            Frozen.published_id == period.id,
            Frozen.agreement_id.in_(_seen(actor)),
            ~on_demand(),
            or_(gone, came_due, differs),
        )
    )


def _new_ones(actor: Actor, period: PublishedPeriod) -> Select[Any]:
    known = select(Frozen.commitment_id).where(Frozen.published_id == period.id, _key(Window, Frozen))
    nothing = (null().label(f"then_{name}") for name in FIGURES)
    return (
        select(*_names(Window), literal("new").label("cause"), *nothing, *_figures(Window, "now"))
        .join(Agreement, Agreement.id == Window.agreement_id)
        .where(
            owned(span_of(period)), region_of(period.region), Agreement.id.in_(_seen(actor)), ~known.exists()
        )
    )


def _key(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(*(getattr(one, name) == getattr(other, name) for name in ("commitment_id", "start", "end")))


def _names(table: Any) -> Iterable[Any]:
    return (table.agreement_id, table.commitment_id, table.start, table.end)


def _figures(table: Any, prefix: str) -> Iterable[Any]:
    return (getattr(table, name).label(f"{prefix}_{name}") for name in FIGURES)


def _seen(actor: Actor) -> Select[UUID]:
    return visible(select(Agreement.id), Agreement, actor)


def span_of(period: PublishedPeriod) -> Period:
    return Period(period.period, period.first, period.last)


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


def _of_requests(session: Session, actor: Actor, period: PublishedPeriod, today: date) -> list[Adjustment]:
    then = {row.commitment_id: row for row in _frozen_requests(session, actor, period)}
    wanted = asked(period.region, span_of(period)).where(Agreement.id.in_(_seen(actor)))
    agreements = session.scalars(wanted.options(selectinload(Agreement.commitments))).all()
    now = {row.commitment_id: row for row in requests_of(session, agreements, span_of(period), today)}
    pairs = [(then.get(one), now.get(one)) for one in sorted(then.keys() | now.keys())]
    return [each for pair in pairs for each in _compared(*pair)]


def _frozen_requests(session: Session, actor: Actor, period: PublishedPeriod) -> Iterable[Row]:
    columns = (*_names(Frozen), Frozen.deadline, *(getattr(Frozen, name) for name in FIGURES))
    rows = session.execute(
        select(*columns)
        .join(Commitment, Commitment.id == Frozen.commitment_id)
        .where(Frozen.published_id == period.id, Frozen.agreement_id.in_(_seen(actor)), on_demand())
    )
    return (Row(*row) for row in rows)


def _compared(then: Row | None, now: Row | None) -> Iterable[Adjustment]:
    one = then or now
    if one is None or then == now:
        return
    cause = "new" if then is None else "gone" if now is None else "changed"
    frozen, present = then.totals if then else None, now.totals if now else None
    yield Adjustment(one.agreement_id, one.commitment_id, one.start, one.end, cause, frozen, present)


def listed(
    session: Session, actor: Actor, period: PublishedPeriod, changed: Iterable[UUID], page: int
) -> tuple[int, Sequence[Agreement]]:
    """How many agreements of the period the actor may see, and the `page`-th page of them.

    Those with adjustments come first. Parties and commitments are loaded.
    """
    rows = select(Frozen.agreement_id).where(Frozen.published_id == period.id)
    has_changed = Agreement.id.in_(set(changed))
    ids = visible(select(Agreement.id), Agreement, actor).where(or_(Agreement.id.in_(rows), has_changed))
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    first = case((has_changed, 0), else_=1)
    order = (first, Agreement.number, Agreement.id)
    chosen = session.scalars(ids.order_by(*order).offset((page - 1) * PAGE).limit(PAGE)).all()
    return total, session.scalars(
        agreements_with_parties(actor).where(Agreement.id.in_(chosen)).order_by(*order)
    ).all()


def frozen_rates(
    session: Session, period: PublishedPeriod, agreements: Sequence[Agreement]
) -> dict[UUID, Rates]:
    """By agreement id (commitments loaded), the rates as they were published."""
    own = Frozen.published_id == period.id
    return _rates(agreements, due_sums(session, Frozen, agreements, period.as_of, own))


def present_rates(
    session: Session, period: PublishedPeriod, agreements: Sequence[Agreement], today: date
) -> dict[UUID, Rates]:
    """The rates of the same period as of `today`."""
    span = span_of(period)
    due = due_sums(session, Window, agreements, today, owned(span))
    answered = {row.commitment_id: row.totals for row in requests_of(session, agreements, span, today)}
    return _rates(agreements, due | answered)


def _rates(agreements: Sequence[Agreement], due: Mapping[UUID, Totals]) -> dict[UUID, Rates]:
    return {agreement.id: rates_of(parts_of(agreement, due)) for agreement in agreements}
