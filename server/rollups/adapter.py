"""From summed windows and requests to what each commitment delivered, month by month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement, Commitment
from server.agreements.queries import with_promises
from server.catalogue.queries import services
from server.fulfilment.adapter import demand_requests
from server.fulfilment.as_of import sums_as_of
from server.fulfilment.models import CommitmentWindow
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import evaluate_demand
from server.fulfilment.rules.results import Totals
from server.fulfilment.rules.sums import totals_of
from server.fulfilment.views import UNLISTED
from server.rollups.rules import TOTALS, Clause, Delivered, Scope, add, demand_due_on, month_of


@dataclass(frozen=True, slots=True)
class Sums:
    """A window summed over its subjects, or windows that end in one month and are all due, or none of them:
    then `deadline` is the earliest."""

    end: date
    deadline: date
    totals: Totals


def delivered(
    session: Session, agreements: Sequence[Agreement], now: datetime
) -> dict[UUID, list[Delivered]]:
    """By agreement id, what its commitments (loaded) delivered by `now`."""
    requests = demand_requests(session, agreements)
    by_day: dict[date, list[Agreement]] = defaultdict(list)
    for agreement in agreements:
        by_day[clock.local_day(now, agreement.timezone)].append(agreement)
    return {
        agreement.id: [
            delivery(agreement, one, windows.get(one.id, ()), requests.get(one.id, ()), today)
            for one in agreement.commitments
        ]
        for today, there in by_day.items()
        for windows in [_windows(session, there, today)]
        for agreement in there
    }


def delivered_as_of(session: Session, ids: Iterable[UUID], day: date) -> dict[UUID, list[Delivered]]:
    """By agreement id, what its commitments delivered by a past day: by the engine, two queries each."""
    found = session.scalars(with_promises(ids).order_by(Agreement.id)).unique().all()
    windows = sums_as_of(session, found, day)
    requests = demand_requests(session, found)
    return {
        agreement.id: [
            delivery(
                agreement,
                one,
                [
                    Sums(each.end, each.deadline, totals_of([each]))
                    for each in windows.get(one.id, ())
                    if each.promised
                ],
                requests.get(one.id, ()),
                day,
            )
            for one in agreement.commitments
        ]
        for agreement in found
    }


def _windows(session: Session, agreements: Iterable[Agreement], today: date) -> dict[UUID, list[Sums]]:
    """By commitment id, its windows added up by month, those that are due apart from those that are not.

    A window that promises nothing adds nothing to any rate.
    """
    table = CommitmentWindow
    month = (extract("year", table.end), extract("month", table.end))
    rows = session.execute(
        select(
            table.commitment_id,
            func.max(table.end),
            func.min(table.deadline),
            *(func.sum(getattr(table, name)) for name in TOTALS),
        )
        .where(table.agreement_id.in_({each.id for each in agreements}), table.promised > 0)
        .group_by(table.commitment_id, *month, table.deadline < today)
    )
    found: dict[UUID, list[Sums]] = defaultdict(list)
    for commitment_id, end, deadline, *figures in rows:
        found[commitment_id].append(Sums(end, deadline, Totals(*map(int, figures))))
    return found


def delivery(
    agreement: Agreement,
    commitment: Commitment,
    windows: Iterable[Sums],
    requests: Sequence[facts.Request],
    today: date,
) -> Delivered:
    """What one commitment delivered as of `today`."""
    if commitment.clause.get("kind") == "on_demand":
        return _answered(agreement, commitment, requests, today)
    due: dict[str, list[Totals]] = defaultdict(list)
    coming: set[tuple[str, date]] = set()
    for window in windows:
        if window.deadline < today:
            due[month_of(window.end)].append(window.totals)
        else:
            coming.add((month_of(window.end), window.deadline + timedelta(days=1)))
    return Delivered(clause_of(commitment), {month: add(each) for month, each in due.items()}, sorted(coming))


def _answered(
    agreement: Agreement, commitment: Commitment, requests: Sequence[facts.Request], today: date
) -> Delivered:
    limit = commitment.clause.get("respond_within_minutes")
    promise = facts.Commitment(
        commitment.key, tuple(commitment.services), kind="on_demand", respond_within_minutes=limit
    )
    term = facts.Agreement(agreement.starts, agreement.ends, agreement.terminated_on)
    by_month: dict[str, list[facts.Request]] = defaultdict(list)
    for request in requests:
        by_month[month_of(request.at.date())].append(request)
    results = {month: evaluate_demand(term, promise, made, today).due for month, made in by_month.items()}
    coming = {
        (month_of(each.at.date()), day)
        for each in requests
        if limit is not None and (day := demand_due_on(each.at, each.responded_at, limit)) > today
    }
    due = {month: totals for month, totals in results.items() if totals.promised}
    return Delivered(clause_of(commitment), due, sorted(coming))


def clause_of(commitment: Commitment) -> Clause:
    """What a commitment counts as, in its agreement and beside others."""
    return clause_from(commitment.id, commitment.position, commitment.clause)


def clause_from(commitment_id: UUID, position: int, clause: Mapping[str, Any]) -> Clause:
    """The same from columns, where a commitment as an object would be too much."""
    known = services().get(clause["services"][0])
    demand, resident = clause.get("kind") == "on_demand", clause.get("scope") == "resident"
    scope: Scope = "demand" if demand else "resident" if resident else "institution"
    return Clause(
        id=commitment_id,
        weight=_weight(clause.get("weight", 1)),
        position=position,
        category=known.category if known else UNLISTED,
        scope=scope,
    )


@cache
def _weight(value: float) -> Fraction:
    return Fraction(str(value))
