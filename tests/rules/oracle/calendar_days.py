"""Days, units of the calendar and periods, spelled out one day at a time."""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
MONTHS_IN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
DAYS_IN = {"day": 1, "week": 7}


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both inclusive; nothing when last is before first."""
    day = first
    while day <= last:
        yield day
        day += ONE_DAY


def plus_months(start: date, months: int) -> date:
    """The same day of a later month, clipped to that month's last day."""
    years, month_index = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month_index + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def plus_units(start: date, unit: str, number: int) -> date:
    """The day that lies a number of units after start."""
    if unit in DAYS_IN:
        return start + number * DAYS_IN[unit] * ONE_DAY
    return plus_months(start, number * MONTHS_IN[unit])


def start_of_unit(day: date, unit: str) -> date:
    """The first day of the calendar unit that contains the day."""
    if unit == "day":
        return day
    if unit == "week":
        return day - day.weekday() * ONE_DAY
    size = MONTHS_IN[unit]
    return date(day.year, (day.month - 1) // size * size + 1, 1)


def age_on(born: date, day: date) -> int:
    """Age in completed years; 29 February has its birthday on 1 March in common years."""
    if (born.month, born.day) == (2, 29) and not isleap(day.year):
        birthday = date(day.year, 3, 1)
    else:
        birthday = date(day.year, born.month, born.day)
    return day.year - born.year - (1 if day < birthday else 0)
