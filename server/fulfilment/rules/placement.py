"""Where each unit goes: on time, late, surplus or nowhere; and which days excuse a unit."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from server.fulfilment.rules.taking import Code
from server.fulfilment.rules.windows import Grid

# What became of a unit, and in which window (index into the grid).
Fate = tuple[Code, int | None]
_TOO_SOON: Fate = ("too_soon", None)


class Shortage:
    """What each window still lacks. Finding the next short window skips full ones for good (path halving)."""

    __slots__ = ("_next", "lacking")

    def __init__(self, lacking: Iterable[int]) -> None:
        self.lacking = list(lacking)
        self._next = [index + (lack <= 0) for index, lack in enumerate(self.lacking)]
        self._next.append(len(self.lacking))

    def first(self, start: int, stop: int) -> int | None:
        """The first short window from `start` on and before `stop`."""
        follow = self._next
        while follow[start] != start:
            follow[start] = follow[follow[start]]
            start = follow[start]
        return start if start < stop else None

    def fill(self, window: int) -> None:
        self.lacking[window] -= 1
        if self.lacking[window] == 0:
            self._next[window] = window + 1


class Board:
    """The windows of one stream while units are placed on them, first the confirmed, then the pending ones.

    `fates` has one entry per unit in the order of placing; a unit that moves changes its earlier entry.
    """

    def __init__(self, grid: Grid, promised: Sequence[int], gap: int) -> None:
        self._grid = grid
        self._gap = gap
        self._short = Shortage(promised)
        # Per window the units counted on time, the earliest on top: only they can move.
        self._on_time: list[list[tuple[int, int]]] = [[] for _ in promised]
        self._settled: list[int] = []
        self._placed: list[int] = []
        self.fates: list[Fate] = []
        self.counted = [0] * len(promised)
        self.late = [0] * len(promised)
        self.surplus = [0] * len(promised)

    def settle(self) -> None:
        """From now on units keep their distance to what is counted so far on both sides; the lists shown so
        far stay as they are."""
        self._settled, self._placed = self.counted_days(), []
        self.fates = self.fates.copy()
        self.counted, self.late, self.surplus = self.counted.copy(), self.late.copy(), self.surplus.copy()

    def counted_days(self) -> list[int]:
        """The days of the counted units, in order."""
        return sorted(self._settled + self._placed)

    def place(self, days: Iterable[int]) -> None:
        """Place the next units, in date order: own window, else an earlier short one, else surplus."""
        home_of, lacking = self._grid.home, self._short.lacking
        for day in days:
            self.fates.append(_TOO_SOON)
            if self._gap and self._too_soon(day):
                continue
            home = home_of(day)
            if home is not None and lacking[home] > 0:
                self.counted[home] += 1
                self._short.fill(home)
                self._stand_on_time(home, day)
            elif not self._make_good(home, day):
                self._pass_over(home)

    def place_once(self, days: Iterable[int]) -> None:
        """Place the units of a `once` commitment: anything up to the deadline fills its window."""
        for day in days:
            self.fates.append(_TOO_SOON)
            if self._gap and self._too_soon(day):
                continue
            if not self._grid.starts or day > self._grid.deadlines[0] or self._short.lacking[0] == 0:
                self._pass_over(self._grid.home(day))
            elif day > self._grid.ends[0]:
                self._count_late(0, day)
            else:
                self.counted[0] += 1
                self._short.fill(0)
                self._stand_on_time(0, day)

    def _too_soon(self, day: int) -> bool:
        if self._placed and day - self._placed[-1] < self._gap:
            return True
        return bool(self._settled) and not apart(day, self._settled, self._gap)

    def _make_good(self, home: int | None, day: int) -> bool:
        """Let the unit, or the earliest on-time unit of its full window, fill an earlier short window."""
        own = self._on_time[home] if home is not None else []
        reach = min(day, own[0][0]) if own else day
        debt = self._short.first(self._grid.first_open_on(reach), self._grid.ended_before(day))
        if debt is None:
            return False
        if day <= self._grid.deadlines[debt]:
            self._count_late(debt, day)
        elif home is not None:
            self._move(home, debt, day)
        return True

    def _move(self, home: int, debt: int, day: int) -> None:
        _, moved = heappop(self._on_time[home])
        self.fates[moved] = ("moved", debt)
        self.counted[debt] += 1
        self.late[debt] += 1
        self._short.fill(debt)
        self._stand_on_time(home, day)

    def _stand_on_time(self, home: int, day: int) -> None:
        heappush(self._on_time[home], (day, len(self.fates) - 1))
        self.fates[-1] = ("counted", home)
        self._placed.append(day)

    def _count_late(self, debt: int, day: int) -> None:
        self.counted[debt] += 1
        self.late[debt] += 1
        self._short.fill(debt)
        self.fates[-1] = ("late", debt)
        self._placed.append(day)

    def _pass_over(self, home: int | None) -> None:
        """A surplus unit belongs to the window of its day, if there is one, and starts no gap."""
        self.fates[-1] = ("surplus", home)
        if home is not None:
            self.surplus[home] += 1


def apart(day: int, days: Sequence[int], gap: int) -> bool:
    """Whether the day is at least `gap` days from each of the sorted days."""
    index = bisect_left(days, day)
    before = index == 0 or day - days[index - 1] >= gap
    return before and (index == len(days) or days[index] - day >= gap)


def excuse(
    grid: Grid, lacking: Iterable[int], counted_days: Sequence[int], days: Iterable[int], gap: int
) -> dict[int, int]:
    """The days that excuse a unit, each with the window it excuses one of; `days` in order.

    `lacking` is what each window has promised and not counted.
    """
    short, excused, last = Shortage(lacking), dict[int, int](), None
    # A day with a counted unit excuses nothing even where no gap is asked.
    distance = max(gap, 1)
    for day in days:
        if not apart(day, counted_days, distance) or (last is not None and day - last < gap):
            continue
        window = _excusable(grid, short, day)
        if window is not None:
            short.fill(window)
            excused[day] = window
            last = day
    return excused


def _excusable(grid: Grid, short: Shortage, day: int) -> int | None:
    home = grid.home(day)
    if home is not None and short.lacking[home] > 0:
        return home
    return short.first(grid.first_open_on(day), grid.ended_before(day))
