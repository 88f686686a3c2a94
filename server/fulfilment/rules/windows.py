"""Periods and the windows they leave: where a promise begins, ends and can last be made good.

Days are proleptic Gregorian ordinals (`date.toordinal()`), because a period may reach past the year 9999
even though no window does.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, pairwise
from typing import NamedTuple

from server.fulfilment.rules.facts import MONTHS, Agreement, Commitment

_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


class Period(NamedTuple):
    """A whole period, both days inclusive; proration divides by its full length."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """The windows of one stream in order, as parallel tuples; they never overlap.

    `days` has the first three again as dates: start, end and deadline of each window.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    deadlines: tuple[int, ...]
    days: tuple[tuple[date, date, date], ...]

    def home(self, day: int) -> int | None:
        """The window that contains the day."""
        index = bisect_right(self.starts, day) - 1
        return index if index >= 0 and day <= self.ends[index] else None

    def ended_before(self, day: int) -> int:
        """How many windows, counted from the first, have `end < day`."""
        return bisect_left(self.ends, day)

    def first_open_on(self, day: int) -> int:
        """The earliest window with `day <= deadline`: deadlines rise with the windows."""
        return bisect_left(self.deadlines, day)


def month_day(months: int, day: int) -> int:
    """Ordinal of a day in the month numbered `year * 12 + month - 1`, clipped to that month's last day."""
    year, month = divmod(months, 12)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 29 if leap and month == 1 else _BEFORE_MONTH[month + 1] - _BEFORE_MONTH[month]
    past = year - 1
    years = past * 365 + past // 4 - past // 100 + past // 400
    return years + _BEFORE_MONTH[month] + (leap and month > 1) + min(day, length)


def periods(agreement: Agreement, commitment: Commitment) -> tuple[Period, ...]:
    """The whole periods that begin on or before the agreement's last day, in order."""
    last_day = agreement.last_day.toordinal()
    if last_day < agreement.starts.toordinal():
        return ()
    if commitment.per == "term":
        return (Period(agreement.starts.toordinal(), agreement.ends.toordinal()),)
    found = []
    for first, following in pairwise(_boundaries(agreement, commitment)):
        if first > last_day:
            break
        found.append(Period(first, following - 1))
    return tuple(found)


def _boundaries(agreement: Agreement, commitment: Commitment) -> Iterator[int]:
    if commitment.per in MONTHS:
        return _month_boundaries(agreement, commitment)
    first = agreement.starts.toordinal()
    if commitment.per == "week" and commitment.align == "calendar":
        first -= agreement.starts.weekday()
    return count(first, commitment.every * (7 if commitment.per == "week" else 1))


def _month_boundaries(agreement: Agreement, commitment: Commitment) -> Iterator[int]:
    starts, unit = agreement.starts, MONTHS[commitment.per]
    origin, day = starts.year * 12 + starts.month - 1, starts.day
    if commitment.align == "calendar":
        # Year 0 begins a quarter, a half year and a year, so whole units are multiples of their months.
        origin, day = origin - origin % unit, 1
    # Always from the origin, never from the previous boundary: 31 January must not drift to the 28th.
    return (month_day(months, day) for months in count(origin, commitment.every * unit))


def cut(agreement: Agreement, whole: Iterable[Period]) -> list[Period]:
    """The periods as far as they lie in the agreement's term."""
    starts, last_day = agreement.starts.toordinal(), agreement.last_day.toordinal()
    return [Period(max(period.first, starts), min(period.last, last_day)) for period in whole]


def grid(spans: Sequence[Period], makeup_days: int) -> Grid:
    """The windows that run over the spans."""
    day = date.fromordinal
    return Grid(
        starts=tuple(first for first, _ in spans),
        ends=tuple(last for _, last in spans),
        deadlines=tuple(last + makeup_days for _, last in spans),
        days=tuple((day(first), day(last), day(last + makeup_days)) for first, last in spans),
    )
