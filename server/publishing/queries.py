"""Reading published periods: as they were frozen, and as their windows stand today."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server.agreements.models import Agreement
from server.auth.actor import Actor
from server.auth.scope import visible
from server.errors import NotFound
from server.fulfilment.adapter import demand_requests
from server.fulfilment.models import CommitmentWindow, StaleStream
from server.fulfilment.service import COUNTED_STATES
from server.organisations.models import Organisation
from server.publishing.models import PublishedPeriod, PublishedWindow
from server.publishing.rules import FIGURES, Heading, Row
from server.rollups.adapter import delivery
from server.rollups.rules import Period, add, month_of

_BATCH = 2000
ROW = ("agreement_id", "commitment_id", "start", "end", "deadline", *FIGURES)


def published(session: Session, actor: Actor) -> Sequence[PublishedPeriod]:
    """Newest period first, and of one period the widest region."""
    return session.scalars(
        visible(select(PublishedPeriod), PublishedPeriod, actor)
        .options(joinedload(PublishedPeriod.published_by))
        .order_by(PublishedPeriod.last.desc(), PublishedPeriod.first, PublishedPeriod.region)
    ).all()


def published_period(session: Session, actor: Actor, published_id: UUID) -> PublishedPeriod:
    return _one(session, visible(select(PublishedPeriod), PublishedPeriod, actor), published_id)


def overseen_period(session: Session, actor: Actor, published_id: UUID) -> PublishedPeriod:
    """Whole, and so only for those who oversee all of its region."""
    return _one(session, select(PublishedPeriod).where(PublishedPeriod.overseen(actor)), published_id)


def _one(session: Session, statement: Select[PublishedPeriod], published_id: UUID) -> PublishedPeriod:
    found = session.scalar(
        statement.where(PublishedPeriod.id == published_id).options(joinedload(PublishedPeriod.published_by))
    )
    if found is None:
        raise NotFound("published")
    return found


def heading(period: PublishedPeriod) -> Heading:
    days = (period.first, period.last, period.as_of)
    return Heading(period.region, period.period, *days, dict(period.headline))


def frozen_rows(session: Session, period: PublishedPeriod) -> Iterator[Row]:
    """The rows of the period in the order of the canonical text, read in batches."""
    statement = (
        select(*(getattr(PublishedWindow, name) for name in ROW))
        .where(PublishedWindow.published_id == period.id)
        .order_by(
            PublishedWindow.agreement_id,
            PublishedWindow.commitment_id,
            PublishedWindow.start,
            PublishedWindow.end,
        )
        .execution_options(yield_per=_BATCH)
    )
    return (Row(*row) for row in session.execute(statement))


def region_of(prefix: str) -> ColumnElement[bool]:
    """Agreements whose care institution lies in the region."""
    return Agreement.institution_id.in_(select(Organisation.id).where(Organisation.region.startswith(prefix)))


def waiting(session: Session, prefix: str) -> int:
    """How many streams of the region wait for a recount."""
    marked = select(func.count()).select_from(StaleStream).join(Agreement).where(region_of(prefix))
    return session.scalar(marked) or 0


def in_force(session: Session, prefix: str, span: Period) -> Sequence[Agreement]:
    """The region's agreements in force on a day of the period, commitments loaded."""
    return session.scalars(
        select(Agreement)
        .where(
            region_of(prefix),
            Agreement.state.in_(COUNTED_STATES),
            Agreement.starts <= span.last,
            Agreement.last_day >= span.first,
        )
        .options(selectinload(Agreement.commitments))
        .order_by(Agreement.id)
    ).all()


def owned(span: Period) -> ColumnElement[bool]:
    """Windows of the period that promise something: the others add nothing to any rate."""
    return and_(CommitmentWindow.end.between(span.first, span.last), CommitmentWindow.promised > 0)


def windows_of(session: Session, prefix: str, span: Period) -> Iterator[Row]:
    """The windows of the region's agreements that the period owns, as they stand."""
    statement = (
        select(*(getattr(CommitmentWindow, name) for name in ROW))
        .join(Agreement, Agreement.id == CommitmentWindow.agreement_id)
        .where(owned(span), region_of(prefix))
    )
    return (Row(*row) for row in session.execute(statement.execution_options(yield_per=_BATCH)))


def requests_of(
    session: Session, agreements: Sequence[Agreement], span: Period, as_of: date
) -> Iterator[Row]:
    """What was asked on demand in the period and was due by `as_of`, a row a commitment (loaded)."""
    asked = demand_requests(session, agreements)
    for agreement in agreements:
        for one in agreement.commitments:
            if one.id in asked:
                due = delivery(agreement, one, (), asked[one.id], as_of).due
                total = add(each for month, each in due.items() if _within(month, span))
                if total.promised:
                    figures = (getattr(total, name) for name in FIGURES)
                    yield Row(agreement.id, one.id, span.first, span.last, span.last, *figures)


def _within(month: str, span: Period) -> bool:
    return month_of(span.first) <= month <= month_of(span.last)
