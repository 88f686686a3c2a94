"""The dashboard of a past day: by the engine, from the records up to that day, in the shapes of today's.

A few agreements are computed when somebody looks; of more the page is made from what the worker kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.auth.actor import Actor
from server.errors import Refusal
from server.organisations.models import Organisation
from server.rollups import past
from server.rollups.adapter import delivered_as_of
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


class Shown(NamedTuple):
    """An agreement, and what it can be grouped by."""

    id: UUID
    number: str
    starts: date
    last_day: date
    care_id: UUID
    care: str
    region: str
    town: str | None

    def touches(self, period: Period) -> bool:
        return self.starts <= period.last and self.last_day >= period.first

    def line(self, grouping: Grouping) -> tuple[str, str, str]:
        """Level, key and name of what it is grouped by, as `queries.shown` does."""
        if grouping == "agreement":
            return "agreement", str(self.id), self.number
        if grouping == "county" and not self.region.endswith("00"):
            return "county", self.region, self.region
        if grouping == "town" and self.town:
            return "town", self.town, self.town
        return "institution", str(self.care_id), self.care


@dataclass(frozen=True, slots=True)
class Stood:
    """How one agreement stood: its rates by period, and its counts in the period in question."""

    shown: Shown
    rates: Mapping[str, PeriodRates]
    pooled: Sequence[Pooled]


def standing(
    session: Session, actor: Actor, place: Place, period: Period, day: date
) -> tuple[Standing, past.Progress | None]:
    """The place as of a past day; with the worker's progress where it is what the worker kept.

    More than `MOST` agreements that the worker did not compute are refused: `scope_too_large`, with how many
    there are, and how many of them were asked for and are made.
    """
    there, inside = _there(session, actor, place), agreements_in(actor, place)
    months = months_until(period.first.year, day)
    if len(there) <= MOST:
        rows = _computed(session, there, period, day)
        return _standing(rows, place, period, months, _periods(rows)), None
    progress = past.progress(session, day, inside)
    if progress.made < len(there):
        asked, made = progress.asked, progress.made
        raise Refusal("scope_too_large", limit=MOST, agreements=len(there), asked=asked, made=made)
    kept = past.rates(session, day, inside, [period, *months])
    counts = past.counts(session, day, inside, period)
    rows = [Stood(shown, kept.get(one, {}), counts.get(one, ())) for one, shown in there.items()]
    found = past.periods(session, day, inside)
    return _standing(rows, place, period, months, found), progress


def _there(session: Session, actor: Actor, place: Place) -> dict[UUID, Shown]:
    """The agreements of the place, with what they are grouped by."""
    days = (Agreement.starts, Agreement.last_day)
    home = (Organisation.id, Organisation.name, Organisation.region, Organisation.town)
    columns = (Agreement.id, Agreement.number, *days, *home)
    rows = session.execute(agreements_in(actor, place).with_only_columns(*columns).order_by(Agreement.id))
    return {one: Shown(one, *more) for one, *more in rows}


def _standing(
    rows: Sequence[Stood], place: Place, period: Period, months: Sequence[Period], periods: set[str]
) -> Standing:
    return Standing(
        groups=_groups(rows, period, place.grouping),
        categories=_categories(rows),
        trend=_trend(rows, months),
        periods=periods,
        recomputing=0,
    )


def _computed(session: Session, there: Mapping[UUID, Shown], period: Period, day: date) -> list[Stood]:
    """By the engine, now."""
    found = delivered_as_of(session, there, day)
    return [
        Stood(
            there[one],
            {each.period: each for each in rates_by_period(parts)},
            [each for each in pooled(parts) if each.period == period.key],
        )
        for one, parts in found.items()
    ]


def _periods(rows: Iterable[Stood]) -> set[str]:
    return {key for row in rows for key, rates in row.rates.items() if rates.rated}


def _groups(rows: Sequence[Stood], period: Period, grouping: Grouping) -> list[Group]:
    found: dict[tuple[str, str, str], list[Stood]] = defaultdict(list)
    for row in rows:
        if row.shown.touches(period):
            found[row.shown.line(grouping)].append(row)
    return [_group(*line, inside, period.key) for line, inside in found.items()]


def _group(level: str, key: str, name: str, rows: Sequence[Stood], period: str) -> Group:
    rates = [row.rates[period] for row in rows if period in row.rates]
    worst = [
        Worst(scaled(found[0]), row.shown.id, found[1])
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


def _categories(rows: Iterable[Stood]) -> list[Pooled]:
    found: dict[tuple[str, str], list[Pooled]] = defaultdict(list)
    for each in (each for row in rows for each in row.pooled):
        found[each.category, each.scope].append(each)
    return [
        Pooled(parts[0].period, parts[0].category, parts[0].scope, add(each.totals for each in parts))
        for _, parts in sorted(found.items())
    ]


def _trend(rows: Sequence[Stood], months: Sequence[Period]) -> list[Month]:
    return [
        Month(
            month.key,
            sum(row.shown.touches(month) for row in rows),
            mean_of(row.rates[month.key].confirmed for row in rows if month.key in row.rates),
            mean_of(row.rates[month.key].reported for row in rows if month.key in row.rates),
        )
        for month in months
    ]
