"""Periods, and what an agreement's due windows and requests come to in each of them. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache, cached_property
from itertools import chain
from operator import attrgetter
from typing import Literal
from uuid import UUID

from server.fulfilment.rules.rates import mean, rate_text
from server.fulfilment.rules.results import Totals

Scope = Literal["institution", "resident", "demand"]
# Divisible by 10,000 and by what most promises have in their denominators (weeks, quarters, a few residents):
# a rate that is a multiple of 1/SCALE is added up exactly. 150,000 of them stay below 2**63.
SCALE = 2**9 * 3**4 * 5**4 * 7**2 * 11 * 13 * 17 * 19
FIRST_YEAR, LAST_YEAR = 2000, 2100
# The figures of `Totals`, in its order.
TOTALS = ("promised", "confirmed", "confirmed_late", "confirmed_excused", "reported", "reported_excused")
_figures = attrgetter(*TOTALS)
_PERIOD = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")
_DAY = timedelta(days=1)
# 190 years: a longer limit cannot pass before the calendar of a period ends.
_LONGEST_LIMIT = 10**8


@dataclass(frozen=True, slots=True)
class Period:
    """`2026`, `2026-Q3` or `2026-07`, with its first and last day."""

    key: str
    first: date
    last: date


def period_of(text: str) -> Period | None:
    """The period that a text names; None for any other text, and for years beyond 2000-2100."""
    match = _PERIOD.fullmatch(text)
    if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return None
    year = int(match[1])
    if match[2]:
        return Period(text, *_months(year, 3 * int(match[2]) - 2, 3))
    return Period(text, *(_months(year, int(match[3]), 1) if match[3] else _months(year, 1, 12)))


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    after = year * 12 + month - 1 + count
    return date(year, month, 1), date(after // 12, after % 12 + 1, 1) - _DAY


def year_of(period: Period) -> Period:
    return Period(f"{period.first.year:04d}", *_months(period.first.year, 1, 12))


def month_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def newest_first(keys: Iterable[str]) -> list[str]:
    """Years, then quarters, then months, each newest first."""
    return sorted(keys, key=lambda key: (len(key) == 4, "Q" in key, key), reverse=True)


@cache
def periods_with(month: str) -> tuple[str, str, str]:
    """The year, the quarter and the month that own a day of this month."""
    year, number = month.split("-")
    return year, f"{year}-Q{(int(number) + 2) // 3}", month


def periods_touched(first: date, last: date) -> Iterator[str]:
    """The periods that a stretch of days touches, each once: years, then quarters, then months."""
    first, last = max(first, date(FIRST_YEAR, 1, 1)), min(last, date(LAST_YEAR, 12, 31))
    if first > last:
        return
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    yield from (f"{year:04d}" for year in range(first.year, last.year + 1))
    yield from (f"{each // 4:04d}-Q{each % 4 + 1}" for each in range(months[0] // 3, months[-1] // 3 + 1))
    yield from (f"{each // 12:04d}-{each % 12 + 1:02d}" for each in months)


def months_until(year: int, today: date) -> list[Period]:
    """The months of a year that have begun on `today`."""
    months = [Period(month_of(first), first, last) for first, last in _months_of(year)]
    return [month for month in months if month.first <= today]


def _months_of(year: int) -> list[tuple[date, date]]:
    return [_months(year, month, 1) for month in range(1, 13)]


def scaled(rate: Fraction) -> int:
    """A rate times SCALE, rounded down: what a database can add up."""
    return rate.numerator * SCALE // rate.denominator


def is_inexact(rate: Fraction) -> bool:
    """Whether scaling rounds this rate."""
    return SCALE % rate.denominator != 0


def scaled_text(value: int) -> str | None:
    """The rate that was scaled, in four decimals: rounding down twice is rounding down once."""
    return rate_text(Fraction(value, SCALE))


def mean_text(total: int, inexact: int, count: int, exact: Callable[[], Iterable[Fraction]]) -> str | None:
    """The mean of `count` rates, truncated once to four decimals; None for no rates.

    `total` is the sum of the rates as `scaled`; `inexact` of them are each less than 1 short, so the true sum
    is at least `total` and less than `total + inexact`. Where both lead to the same four decimals, these are
    the answer; only where they do not are the `exact` rates asked for.
    """
    if not count:
        return None
    unit = count * SCALE // 10_000
    lowest = total // unit
    if not inexact or -(-(total + inexact) // unit) - 1 == lowest:
        return rate_text(Fraction(lowest, 10_000))
    return rate_text(mean(exact()))


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `count` rates: their scaled sum, how many were rounded for it, and the rates themselves."""

    count: int
    total: int
    inexact: int
    exact: Callable[[], Iterable[Fraction]]

    @property
    def text(self) -> str | None:
        return mean_text(self.total, self.inexact, self.count, self.exact)

    @property
    def worst_first(self) -> tuple[bool, Fraction]:
        """Sort key: what has no rate comes last."""
        return (not self.count, Fraction(self.total, self.count or 1))


def mean_of(rates: Iterable[Fraction | None]) -> Mean:
    known = [rate for rate in rates if rate is not None]
    return Mean(len(known), sum(map(scaled, known)), sum(map(is_inexact, known)), lambda: known)


def pooled_mean(means: Sequence[Mean]) -> Mean:
    """The mean of all rates of several means."""
    return Mean(
        sum(each.count for each in means),
        sum(each.total for each in means),
        sum(each.inexact for each in means),
        lambda: chain.from_iterable(each.exact() for each in means),
    )


@dataclass(frozen=True, slots=True)
class Worst:
    """The commitment with the lowest rate, as `scaled`."""

    scaled: int
    agreement_id: UUID
    commitment_id: UUID

    @property
    def order(self) -> tuple[int, UUID]:
        return self.scaled, self.agreement_id


@dataclass(frozen=True, slots=True)
class Group:
    """Agreements shown as one line; `key` asks for them."""

    level: str
    key: str
    name: str
    agreements: int
    confirmed: Mean
    reported: Mean
    on_time: Mean
    worst: Worst | None

    @property
    def worst_first(self) -> tuple[bool, Fraction, str, str]:
        return (*self.confirmed.worst_first, self.name, self.key)


@dataclass(frozen=True, slots=True)
class Month:
    """`agreements` in force in a month, and their rates."""

    period: str
    agreements: int
    confirmed: Mean
    reported: Mean


@dataclass(frozen=True, slots=True)
class Standing:
    """How a place stands in a period. `recomputing`: streams and agreements that wait to be made again."""

    groups: Sequence[Group]
    categories: Sequence["Pooled"]
    trend: Sequence[Month]
    periods: Collection[str]
    recomputing: int


def demand_due_on(asked: datetime, answered: datetime | None, limit: int) -> date:
    """The first day on which a request is due (local times): the day after its answer or after its limit."""
    passed = (asked + timedelta(minutes=min(limit, _LONGEST_LIMIT))).date()
    return min(passed, answered.date() if answered else passed) + _DAY


@dataclass(frozen=True, slots=True)
class Clause:
    """What a commitment counts as: weight and place in its agreement, and where its counts are pooled."""

    id: UUID
    weight: Fraction
    position: int
    category: str
    scope: Scope


@dataclass(frozen=True)
class Delivered:
    """A commitment's due totals by month, and of what is not due: month and first day on which it will be."""

    clause: Clause
    due: Mapping[str, Totals]
    coming: Sequence[tuple[str, date]]

    @cached_property
    def by_period(self) -> dict[str, Totals]:
        """The months, and the quarters and years that they add up to."""
        found = dict(self.due)
        for place in (1, 0):
            grouped: dict[str, list[Totals]] = {}
            for month, totals in self.due.items():
                grouped.setdefault(periods_with(month)[place], []).append(totals)
            found |= {period: add(each) for period, each in grouped.items()}
        return found


@dataclass(frozen=True, slots=True)
class PeriodRates:
    """An agreement in one period. `rated` of its `of` commitments have a rate; `worst`: the lowest, whose.

    `months` of a year are those with a rate, bit 0 January; of a shorter period 0.
    """

    period: str
    rated: int
    of: int
    confirmed: Fraction | None
    reported: Fraction | None
    on_time: Fraction | None
    worst: tuple[Fraction, UUID] | None
    stale_on: date | None
    months: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """The counts of one category and scope in one period."""

    period: str
    category: str
    scope: Scope
    totals: Totals


def add(totals: Iterable[Totals]) -> Totals:
    rows = list(totals)
    if len(rows) == 1:
        return rows[0]
    return Totals(*map(sum, zip(*map(_figures, rows), strict=True)))


def rates_by_period(delivered: Sequence[Delivered], known: Collection[str] = ()) -> list[PeriodRates]:
    """The agreement in every period in which something is due, or will be on the next day that changes one.

    So an agreement always has a row that says when it goes stale, as long as anything is to come due. Of
    periods that are `known` nothing is made.
    """
    stale: dict[str, date] = {}
    for month, day in (each for one in delivered for each in one.coming):
        for period in periods_with(month):
            stale[period] = min(day, stale.get(period, day))
    due = [one.by_period for one in delivered]
    first = min(stale.values(), default=None)
    kept = {period for one in due for period in one} | {key for key, day in stale.items() if day == first}
    return [_rates(period, delivered, due, stale.get(period)) for period in sorted(kept.difference(known))]


def _rates(
    period: str, delivered: Sequence[Delivered], due: Sequence[Mapping[str, Totals]], stale_on: date | None
) -> PeriodRates:
    parts = [
        (one.clause, totals[period]) for one, totals in zip(delivered, due, strict=True) if period in totals
    ]
    needs = [(clause, each, each.promised - each.confirmed_excused) for clause, each in parts]
    rated = [(clause, each, need) for clause, each, need in needs if need]
    return PeriodRates(
        period,
        len(rated),
        len(delivered),
        mean_of_shares((clause.weight, each.confirmed, need) for clause, each, need in rated),
        mean_of_shares(
            (clause.weight, each.reported, each.promised - each.reported_excused) for clause, each in parts
        ),
        mean_of_shares(
            (clause.weight, each.confirmed - each.confirmed_late, need) for clause, each, need in rated
        ),
        _worst((clause, each.confirmed, need) for clause, each, need in rated),
        stale_on,
        _rated_months(period, due) if len(period) == 4 else 0,
    )


def mean_of_shares(shares: Iterable[tuple[Fraction, int, int]]) -> Fraction | None:
    """`weighted_mean` of shares (weight, counted, asked), by whole numbers: reduced once, at the end."""
    top, bottom, weights, unit = 0, 1, 0, 1
    for weight, counted, asked in shares:
        if asked:
            above, below = weight.numerator, weight.denominator
            top, bottom = top * below * asked + above * counted * bottom, bottom * below * asked
            weights, unit = weights * below + above * unit, unit * below
    return Fraction(top * unit, bottom * weights) if weights else None


def _worst(rated: Iterable[tuple[Clause, int, int]]) -> tuple[Fraction, UUID] | None:
    """The lowest rate (counted of asked, above 0); of equal ones the first in the agreement."""
    lowest: tuple[Clause, int, int] | None = None
    for clause, counted, asked in rated:
        if lowest is not None:
            first, of, among = lowest
            ahead = counted * among - of * asked
            if ahead > 0 or (ahead == 0 and (clause.position, clause.id) > (first.position, first.id)):
                continue
        lowest = clause, counted, asked
    return (Fraction(lowest[1], lowest[2]), lowest[0].id) if lowest else None


def _rated_months(year: str, due: Sequence[Mapping[str, Totals]]) -> int:
    asked = {
        month
        for one in due
        for month, totals in one.items()
        if len(month) == 7 and "Q" not in month and totals.promised != totals.confirmed_excused
    }
    return sum(1 << place for place in range(12) if f"{year}-{place + 1:02d}" in asked)


def periods_rated(year: str, months: int) -> set[str]:
    """The periods that months with a rate lie in: a year or quarter has one where a month of it has."""
    return {
        period
        for place in range(12)
        if months >> place & 1
        for period in periods_with(f"{year}-{place + 1:02d}")
    }


def pooled(delivered: Iterable[Delivered]) -> list[Pooled]:
    """What is due by period, category and scope; residents, institutions and requests stay apart."""
    grouped: dict[tuple[str, str, Scope], list[Totals]] = {}
    for one in delivered:
        for period, totals in one.by_period.items():
            grouped.setdefault((period, one.clause.category, one.clause.scope), []).append(totals)
    return [Pooled(*key, add(each)) for key, each in sorted(grouped.items(), key=lambda item: item[0])]
