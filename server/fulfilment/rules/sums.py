"""One window of one commitment, summed over its subjects."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from server.fulfilment.rules.pace import last_chance
from server.fulfilment.rules.results import Totals, WindowResult

Days = tuple[date, date, date]
# A window of one subject, with the latest day counted in the stream up to its deadline (None: not asked).
Counted = tuple[WindowResult, date | None]


@dataclass(frozen=True, slots=True)
class WindowSums:
    """The sums over the subjects that have this window.

    `met`, `excused`, `some` and `none` count them by status: of those neither met nor excused, `some` are
    partly done and `none` not at all. `owed` is what is still to be done by the reported figures, by `owing`
    subjects; `last_chance` is the earliest of theirs (see rules/pace.py).
    """

    start: date
    end: date
    deadline: date
    last_chance: date | None
    subjects: int
    promised: int
    confirmed: int
    confirmed_late: int
    confirmed_surplus: int
    confirmed_excused: int
    reported: int
    reported_late: int
    reported_surplus: int
    reported_excused: int
    met: int
    excused: int
    some: int
    none: int
    owed: int
    owing: int

    def is_due(self, as_of: date) -> bool:
        return self.deadline < as_of


_COUNTS = [field.name for field in fields(WindowSums)][4:]


def sum_up(windows: Iterable[Counted], gap: int) -> Iterator[WindowSums]:
    """Windows of the subjects of one commitment, those with the same days together, by day. `gap` is the
    commitment's `spacing`."""
    grouped: dict[Days, list[Counted]] = defaultdict(list)
    for each in windows:
        grouped[each[0].start, each[0].end, each[0].deadline].append(each)
    for days in sorted(grouped):
        rows = grouped[days]
        chances = [chance for window, counted in rows if (chance := _chance(window, counted, gap))]
        sums = map(sum, zip(*(_row(window) for window, _ in rows), strict=True))
        yield WindowSums(*days, min(chances, default=None), *sums)


def together(windows: Sequence[WindowSums]) -> WindowSums:
    """Windows of different subjects (at least one) as one: from the first day to the last."""
    chances = [each.last_chance for each in windows if each.last_chance]
    sums = (sum(getattr(each, name) for each in windows) for name in _COUNTS)
    return WindowSums(
        min(each.start for each in windows),
        max(each.end for each in windows),
        max(each.deadline for each in windows),
        min(chances, default=None),
        *sums,
    )


def totals_of(windows: Iterable[WindowResult | WindowSums]) -> Totals:
    """Sum windows up, of one subject or of many; the caller chooses them (due ones for a rate)."""
    rows = [
        (
            window.promised,
            window.confirmed,
            window.confirmed_late,
            window.confirmed_excused,
            window.reported,
            window.reported_excused,
        )
        for window in windows
    ]
    return Totals(*map(sum, zip(*rows, strict=True)))


def _owed(window: WindowResult) -> int:
    return max(0, window.promised - window.reported - window.reported_excused)


def _chance(window: WindowResult, counted: date | None, gap: int) -> date | None:
    owed = _owed(window)
    return last_chance(window.deadline, owed, gap, counted) if owed else None


def _row(window: WindowResult) -> tuple[int, ...]:
    status, owed = window.status(date.max), _owed(window)  # on the last day there is, none is open
    return (
        1,
        window.promised,
        window.confirmed,
        window.confirmed_late,
        window.confirmed_surplus,
        window.confirmed_excused,
        window.reported,
        window.reported_late,
        window.reported_surplus,
        window.reported_excused,
        *(status == each for each in ("met", "excused", "partial", "missed")),
        owed,
        owed > 0,
    )
