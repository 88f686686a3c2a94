"""The dashboard of a past day: by the engine, from the records up to that day, in the shapes of today's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select
from sqlalchemy.orm import Session, joinedload

from server.agreements.models import Agreement
from server.agreements.queries import with_promises
from server.auth.actor import Actor
from server.errors import Refusal
from server.fulfilment.adapter import demand_requests
from server.fulfilment.as_of import sums_as_of
from server.fulfilment.rules.sums import WindowSums, totals_of
from server.rollups.adapter import Sums, delivery
from server.rollups.places import Grouping, Place
from server.rollups.queries import agreements_in
from server.rollups.rules import (
    Group,
    Month,
    Period,
    PeriodRates,
    Pooled,
    Standing,
    Worst,
    add,
    mean_of,
    months_until,
    pooled,
    rates_by_period,
    scaled,
)

MOST = 100  # agreements recomputed for one page: some ten seconds on a small machine


@dataclass(frozen=True, slots=True)
class Stood:
    """How one agreement stood: its rates by period, and its counts."""

    agreement: Agreement
    rates: dict[str, PeriodRates]
    pooled: list[Pooled]

    def touches(self, period: Period) -> bool:
        return self.agreement.starts <= period.last and self.agreement.last_day >= period.first


def standing(session: Session, actor: Actor, place: Place, period: Period, day: date) -> Standing:
    """The place as of a past day. More than `MOST` agreements are refused."""
    rows = _stood(session, actor, place, day)
    return Standing(
        groups=_groups(rows, period, place.grouping),
        categories=_categories(rows, period),
        trend=_trend(rows, months_until(period.first.year, day)),
        periods={key for row in rows for key, rates in row.rates.items() if rates.rated},
        recomputing=0,
    )


def _stood(session: Session, actor: Actor, place: Place, day: date) -> list[Stood]:
    found = session.scalars(_loaded(session, actor, place)).unique().all()
    windows = sums_as_of(session, found, day)
    requests = demand_requests(session, found)
    rows = []
    for agreement in found:
        parts = [
            delivery(
                agreement,
                one,
                [_sums(each) for each in windows.get(one.id, ()) if each.promised],
                requests.get(one.id, ()),
                day,
            )
            for one in agreement.commitments
        ]
        rates = {each.period: each for each in rates_by_period(parts)}
        rows.append(Stood(agreement, rates, pooled(parts)))
    return rows


def _sums(window: WindowSums) -> Sums:
    return Sums(window.end, window.deadline, totals_of([window]))


def _loaded(session: Session, actor: Actor, place: Place) -> Select[Agreement]:
    ids = session.scalars(agreements_in(actor, place).limit(MOST + 1)).all()
    if len(ids) > MOST:
        raise Refusal("scope_too_large", limit=MOST)
    return with_promises(ids).options(joinedload(Agreement.medical), joinedload(Agreement.care))


def _groups(rows: Sequence[Stood], period: Period, grouping: Grouping) -> list[Group]:
    found: dict[tuple[str, str, str], list[Stood]] = defaultdict(list)
    for row in rows:
        if row.touches(period):
            found[_line(row.agreement, grouping)].append(row)
    return [_group(*line, inside, period.key) for line, inside in found.items()]


def _line(agreement: Agreement, grouping: Grouping) -> tuple[str, str, str]:
    """Level, key and name of what an agreement is grouped by, as `queries.shown` does."""
    care = agreement.care
    if grouping == "agreement":
        return "agreement", str(agreement.id), agreement.number
    if grouping == "county" and not care.region.endswith("00"):
        return "county", care.region, care.region
    if grouping == "town" and care.town:
        return "town", care.town, care.town
    return "institution", str(care.id), care.name


def _group(level: str, key: str, name: str, rows: Sequence[Stood], period: str) -> Group:
    rates = [row.rates[period] for row in rows if period in row.rates]
    worst = [
        Worst(scaled(found[0]), row.agreement.id, found[1])
        for row in rows
        if period in row.rates and (found := row.rates[period].worst)
    ]
    return Group(
        level,
        key,
        name,
        len(rows),
        mean_of(each.confirmed for each in rates),
        mean_of(each.reported for each in rates),
        mean_of(each.on_time for each in rates),
        min(worst, key=lambda one: one.order, default=None),
    )


def _categories(rows: Sequence[Stood], period: Period) -> list[Pooled]:
    parts = [each for row in rows for each in row.pooled if each.period == period.key]
    kinds = sorted({(each.category, each.scope) for each in parts})
    return [
        Pooled(
            period.key,
            *kind,
            add(each.totals for each in parts if (each.category, each.scope) == kind),
        )
        for kind in kinds
    ]


def _trend(rows: Sequence[Stood], months: Sequence[Period]) -> list[Month]:
    return [
        Month(
            month.key,
            sum(row.touches(month) for row in rows),
            mean_of(row.rates[month.key].confirmed for row in rows if month.key in row.rates),
            mean_of(row.rates[month.key].reported for row in rows if month.key in row.rates),
        )
        for month in months
    ]
