"""Reading published periods: as they were frozen, and as their windows stand today."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Uuid,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.auth.scope import visible
from server.demands.models import Demand
from server.errors import NotFound
from server.fulfilment.adapter import demand_requests
from server.fulfilment.models import CommitmentWindow, StaleStream
from server.fulfilment.rules.results import Totals
from server.fulfilment.service import COUNTED_STATES
from server.organisations.models import Organisation
from server.publishing.models import UNDER_WAY, PublishedAgreement, PublishedPeriod, PublishedWindow, State
from server.publishing.rules import FIGURES, Heading, Part, Row
from server.rollups.adapter import clause_from, delivery
from server.rollups.rules import Period, add, month_of

_BATCH = 2000
AGREEMENTS = 500
ROW = ("agreement_id", "commitment_id", "start", "end", "deadline", *FIGURES)


def published(session: Session, actor: Actor) -> Sequence[PublishedPeriod]:
    """Newest period first, and of one period the widest region."""
    return session.scalars(
        _shown(actor)
        .options(joinedload(PublishedPeriod.published_by))
        .order_by(PublishedPeriod.last.desc(), PublishedPeriod.first, PublishedPeriod.region)
    ).all()


def published_period(session: Session, actor: Actor, published_id: UUID) -> PublishedPeriod:
    return _one(session, _shown(actor), published_id)


def _shown(actor: Actor) -> Select[PublishedPeriod]:
    """What is not published yet, or could not be, concerns only those who oversee the region."""
    done = PublishedPeriod.state == State.PUBLISHED
    return visible(select(PublishedPeriod), PublishedPeriod, actor).where(
        or_(done, PublishedPeriod.overseen(actor))
    )


def overseen_period(session: Session, actor: Actor, published_id: UUID) -> PublishedPeriod:
    """Whole, and so only for those who oversee all of its region."""
    whole = select(PublishedPeriod).where(PublishedPeriod.overseen(actor))
    return _one(session, whole.where(PublishedPeriod.state == State.PUBLISHED), published_id)


def _one(session: Session, statement: Select[PublishedPeriod], published_id: UUID) -> PublishedPeriod:
    found = session.scalar(
        statement.where(PublishedPeriod.id == published_id).options(joinedload(PublishedPeriod.published_by))
    )
    if found is None:
        raise NotFound("published")
    return found


def progress(session: Session, periods: Iterable[PublishedPeriod]) -> dict[UUID, tuple[int, int]]:
    """Of the periods under way, how many agreements are frozen and of how many; before the cut of none."""
    wanted = {each.id for each in periods if each.state in UNDER_WAY}
    if not wanted:
        return {}
    row = PublishedAgreement
    counted = session.execute(
        select(row.published_id, func.count().filter(row.rated), func.count())
        .where(row.published_id.in_(wanted))
        .group_by(row.published_id)
    )
    return dict.fromkeys(wanted, (0, 0)) | {key: (done, total) for key, done, total in counted}


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


def in_force(prefix: str, span: Period) -> Select[Agreement]:
    """The region's agreements in force on a day of the period."""
    return select(Agreement).where(
        region_of(prefix),
        Agreement.state.in_(COUNTED_STATES),
        Agreement.starts <= span.last,
        Agreement.last_day >= span.first,
    )


def asked(prefix: str, span: Period) -> Select[Agreement]:
    """The region's agreements with a commitment on demand whose parties had a request in the period, by
    whatever zone its days are."""
    first = datetime.combine(span.first, time(), UTC) - timedelta(days=1)
    after = datetime.combine(span.last, time(), UTC) + timedelta(days=2)
    request = select(Demand.id).where(
        Demand.institution_id == Agreement.institution_id,
        Demand.medical_id == Agreement.medical_id,
        Demand.asked_at.between(first, after),
    )
    return select(Agreement).where(
        region_of(prefix),
        Agreement.state.in_(COUNTED_STATES),
        Agreement.commitments.any(on_demand()),
        request.exists(),
    )


def on_demand() -> ColumnElement[bool]:
    """Commitments that have no windows of their own."""
    return func.coalesce(Commitment.clause["kind"].as_string(), "periodic") == "on_demand"


def in_batches(session: Session, chosen: Select[Agreement]) -> Iterator[Sequence[Agreement]]:
    """The chosen agreements by id, with what they promise on demand, so many at a time that a province fits
    into memory."""
    by_id = chosen.order_by(Agreement.id).limit(AGREEMENTS)
    found = _with_on_demand(session, by_id)
    while found:
        yield found
        found = _with_on_demand(session, by_id.where(Agreement.id > found[-1].id))


def _with_on_demand(session: Session, chosen: Select[Agreement]) -> Sequence[Agreement]:
    """Only commitments on demand are loaded with them: the windows of the others are read as columns."""
    found = session.scalars(chosen).all()
    own = Commitment.agreement_id.in_([each.id for each in found])
    promised: dict[UUID, list[Commitment]] = defaultdict(list)
    for one in session.scalars(select(Commitment).where(own, on_demand()).order_by(Commitment.position)):
        promised[one.agreement_id].append(one)
    for each in found:
        set_committed_value(each, "commitments", promised[each.id])
    return found


def present_requests(
    session: Session, period: PublishedPeriod, ids: Collection[UUID], today: date
) -> dict[UUID, Row]:
    """By commitment on demand of these agreements, its requests of the period that are due by `today`."""
    span = span_of(period)
    found = _with_on_demand(session, asked(period.region, span).where(Agreement.id.in_(ids)))
    return {row.commitment_id: row for row in requests_of(session, found, span, today)}


def span_of(period: PublishedPeriod) -> Period:
    return Period(period.period, period.first, period.last)


def owned(span: Period) -> ColumnElement[bool]:
    """Windows of the period that promise something: the others add nothing to any rate."""
    return and_(CommitmentWindow.end.between(span.first, span.last), CommitmentWindow.promised > 0)


def freeze_windows(session: Session, frozen: PublishedPeriod, span: Period) -> None:
    """Copy the windows of the region that the period owns, as they stand. They never leave the database: one
    statement, however many there are."""
    rows = (
        select(literal(frozen.id, Uuid()), *(getattr(CommitmentWindow, name) for name in ROW))
        .join(Agreement, Agreement.id == CommitmentWindow.agreement_id)
        .where(owned(span), region_of(frozen.region))
    )
    session.execute(insert(PublishedWindow).from_select(["published_id", *ROW], rows))


def freeze_requests(session: Session, frozen: PublishedPeriod, span: Period) -> None:
    """The rows of commitments on demand, whose requests are counted when they are read."""
    for agreements in in_batches(session, asked(frozen.region, span)):
        rows = [
            {"published_id": frozen.id, **{name: getattr(row, name) for name in ROW}}
            for row in requests_of(session, agreements, span, frozen.as_of)
        ]
        if rows:
            session.connection().execute(insert(PublishedWindow), rows)


def note_agreements(session: Session, frozen: PublishedPeriod, span: Period) -> None:
    """A row for each agreement in force or with frozen rows, to be rated."""
    counted = (
        select(PublishedWindow.agreement_id, func.count().label("rows"))
        .where(PublishedWindow.published_id == frozen.id)
        .group_by(PublishedWindow.agreement_id)
        .subquery()
    )
    force = in_force(frozen.region, span).with_only_columns(Agreement.id).subquery()
    values: dict[str, Any] = {
        "published_id": literal(frozen.id, Uuid()),
        "agreement_id": Agreement.id,
        "in_force": force.c.id.is_not(None),
        "rows": func.coalesce(counted.c.rows, 0),
        "rated": literal(False),
        "counts": literal([], PublishedAgreement.counts.type),
        "adjustments": literal(0),
        "due_on": literal(frozen.as_of, Date()),
    }
    found = (
        select(*values.values())
        .outerjoin(counted, counted.c.agreement_id == Agreement.id)
        .outerjoin(force, force.c.id == Agreement.id)
        .where(or_(force.c.id.is_not(None), counted.c.agreement_id.is_not(None)))
    )
    session.execute(insert(PublishedAgreement).from_select(list(values), found))


def requests_of(
    session: Session, agreements: Sequence[Agreement], span: Period, as_of: date
) -> Iterator[Row]:
    """What was asked in the period and was due by `as_of`, a row a commitment on demand (loaded)."""
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


def due_sums(
    session: Session,
    table: type[PublishedWindow] | type[CommitmentWindow],
    ids: Collection[UUID],
    as_of: date,
    own: ColumnElement[bool],
) -> dict[UUID, Totals]:
    """By commitment id, of these agreements, the sums of its windows (`own`: those in question) that were due
    by `as_of`."""
    rows = session.execute(
        select(table.commitment_id, *(func.sum(getattr(table, name)) for name in FIGURES))
        .where(table.agreement_id.in_(ids), table.deadline < as_of, own)
        .group_by(table.commitment_id)
    )
    return {commitment_id: Totals(*map(int, figures)) for commitment_id, *figures in rows}


def parts_of(session: Session, due: Mapping[UUID, Totals], ids: Collection[UUID]) -> dict[UUID, list[Part]]:
    """By agreement, of these ones, what was due of each of its commitments that had something due."""
    columns = (Commitment.agreement_id, Commitment.id, Commitment.position, Commitment.clause)
    rows = session.execute(
        select(*columns).where(Commitment.agreement_id.in_(ids)).order_by(Commitment.position)
    )
    found: dict[UUID, list[Part]] = {one: [] for one in ids}
    for agreement_id, *commitment in rows:
        clause = clause_from(*commitment)
        if clause.id in due:
            found[agreement_id].append(Part(clause, due[clause.id]))
    return found
