"""Pure rules of the calendar: on which days the rounds that are still owed are proposed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

HABIT = 8  # the latest rounds decide on which weekday one comes
_SATURDAY = 5
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Window:
    """Rounds promised from `start` to `end`, of which `owed` are still to be done; late ones count until
    `deadline`."""

    start: date
    end: date
    deadline: date
    promised: int
    owed: int


@dataclass(frozen=True, slots=True)
class Planned:
    """The `number`-th of the rounds that a window promises, and the day proposed for it."""

    window: Window
    number: int
    on: date


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clause asks of a day: `clause` is its place among those of its parties."""

    clause: int
    planned: Planned


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: a round counts for every clause that asks for its day."""

    on: date
    asked: tuple[Asked, ...]


def habit(rounds: Iterable[date]) -> int | None:
    """The weekday (Monday is 0) of most of the latest rounds, of several the one used last; None of none."""
    latest = sorted(set(rounds), reverse=True)[:HABIT]
    return Counter(day.weekday() for day in latest).most_common(1)[0][0] if latest else None


def plan(windows: Iterable[Window], gap: int, rounds: Sequence[date], today: date) -> Iterator[Planned]:
    """The owed rounds of a commitment in order; of those that no longer fit into a window none.

    `gap` is the least number of days between two that count (0: several of one day do), `rounds` are the
    days of earlier ones, at most today. A window's rounds are spread evenly over it, each on the habitual
    weekday where its share has one and else on a working day; the days stay as they are until one has
    passed: then what is left is spread from the next possible day on.
    """
    weekday = habit(rounds)
    earliest = max([today, *(day + timedelta(gap) for day in rounds)])
    for window in sorted(windows, key=lambda each: each.start):
        numbers = range(window.promised - window.owed + 1, window.promised + 1)
        for number, on in zip(numbers, _days(window, earliest, weekday, gap), strict=False):
            earliest = max(earliest, on + timedelta(gap))
            yield Planned(window, number, on)


def visits(
    clauses: Iterable[tuple[Sequence[Window], int]], rounds: Sequence[date], today: date
) -> list[Visit]:
    """The visits that all clauses between two parties ask for, one a day, the next first.

    Of each clause its windows still owed and its gap, as `plan` takes them; a day's clauses are in the order
    given.
    """
    by_day: dict[date, list[Asked]] = defaultdict(list)
    for place, (windows, gap) in enumerate(clauses):
        for planned in plan(windows, gap, rounds, today):
            by_day[planned.on].append(Asked(place, planned))
    return [Visit(on, tuple(by_day[on])) for on in sorted(by_day)]


def _days(window: Window, earliest: date, weekday: int | None, gap: int) -> Iterator[date]:
    """As many days as are owed and fit, none before `earliest`."""
    first = max(window.start, earliest)
    last = window.end if first <= window.end else window.deadline
    wished = [
        _near_the_middle(share, weekday) for share in _shares(window.start, window.end, window.promised)
    ]
    wished = wished[-window.owed :]
    if wished[0] < first:
        wished = [_first_working(share) for share in _shares(first, last, window.owed)]
    for wish in wished:
        on = max(wish, first)
        if on > last:
            return
        yield on
        first = max(first, on + timedelta(gap))


def _shares(first: date, last: date, count: int) -> list[Days]:
    """The days from first to last cut into `count` parts of equal length, each of a day at least."""
    length = max((last - first).days + 1, 1)
    starts = [first + timedelta(length * each // count) for each in range(count + 1)]
    return [(start, max(start, end - timedelta(1))) for start, end in pairwise(starts)]


def _near_the_middle(share: Days, weekday: int | None) -> date:
    first, last = share
    middle = first + (last - first) // 2
    days = [first + timedelta(each) for each in range((last - first).days + 1)]
    habitual = [day for day in days if day.weekday() == weekday]
    working = [day for day in days if day.weekday() < _SATURDAY]
    return min(habitual or working or days, key=lambda day: (abs(day - middle), day))


def _first_working(share: Days) -> date:
    first, last = share
    days = (first + timedelta(each) for each in range((last - first).days + 1))
    return next((day for day in days if day.weekday() < _SATURDAY), first)
