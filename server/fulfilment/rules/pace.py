"""How far an open window has come, and by when it must be served."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from server.fulfilment.rules.facts import Commitment

Risk = Literal["lost", "last_chance", "behind"]
# The most urgent first.
RISKS: tuple[Risk, ...] = ("lost", "last_chance", "behind")
NEAR_DAYS = 7


class Paced(Protocol):
    """A window, of one subject or summed over several, as pace reads it."""

    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...
    @property
    def deadline(self) -> date: ...
    @property
    def promised(self) -> int: ...
    @property
    def reported(self) -> int: ...
    @property
    def reported_excused(self) -> int: ...
    @property
    def owed(self) -> int: ...
    @property
    def last_chance(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Where an open window stands: units `expected` by now, units still `owed`, and the risk that calls."""

    expected: int
    owed: int
    last_chance: date | None
    risk: Risk | None


NO_PACE = Pace(0, 0, None, None)


def spacing(commitment: Commitment) -> int:
    """Least days between two units that count: 0 where several records of one day count, else at least 1."""
    return 0 if commitment.count_by == "record" else max(commitment.gap, 1)


def last_chance(deadline: date, need: int, gap: int, last_counted: date | None = None) -> date:
    """The last day on which the next of `need` (above 0) units can be delivered so that all still fit.

    `gap` is the commitment's `spacing`: the units after the next one need so many days each. Where the gap
    to `last_counted`, the latest counted day, reaches past that day, the chance was lost before: then this is
    the last day on which that visit should have been. It lies before `last_counted`, so that `last_chance <
    as_of` says "cannot be met any more" in both cases.

    Without make-up days that is exact: spaced visits from the first free day up to the deadline meet the
    window if and only if today is not after its last chance (excuses aside: a refusal recorded later lowers
    the need, and a visit too close to a day that excused takes the excuse away). With make-up days it is a
    day to be there and no promise: a unit in the grace days first fills its own window, so a debt may need
    one visit more than this counts. Nor is a debt always lost after it: a later visit may take the place of
    one that was on time and lies in the grace days, which then pays the debt (fulfilment.md, 4.3).
    """
    chance = deadline.toordinal() - (need - 1) * gap
    if last_counted is not None and last_counted.toordinal() + gap > chance:
        chance -= gap
    return date.fromordinal(max(chance, 1))


def earliest(start: date, deadline: date, gap: int, last_counted: date | None, as_of: date) -> date | None:
    """The first day from `as_of` on a further unit can count in the window; None when the gap (`spacing`) to
    the latest counted day runs past the deadline."""
    free = 1 if last_counted is None else last_counted.toordinal() + gap
    day = max(start.toordinal(), as_of.toordinal(), free)
    return date.fromordinal(day) if day <= deadline.toordinal() else None


def expected(window: Paced, as_of: date) -> int:
    """What would be delivered by the morning of `as_of` at an even pace: the promise, weighted by the days of
    the window (grace excluded) that are over, rounded down. `as_of` itself is not over."""
    length = (window.end - window.start).days + 1
    gone = min(max((as_of - window.start).days, 0), length)
    return window.promised * gone // length


def is_open(window: Paced, as_of: date) -> bool:
    """Begun, and not due: its deadline has not passed."""
    return window.start <= as_of <= window.deadline


def pace(window: Paced, as_of: date) -> Pace:
    """The pace of a window; `NO_PACE` when it is not open. All by the reported figures: what only waits for
    its confirmation need not be done again."""
    if not is_open(window, as_of):
        return NO_PACE
    due_by_now = expected(window, as_of)
    return Pace(due_by_now, window.owed, window.last_chance, _risk(window, due_by_now, as_of))


def _risk(window: Paced, due_by_now: int, as_of: date) -> Risk | None:
    if window.owed <= 0 or window.last_chance is None:
        return None
    if window.last_chance < as_of:
        return "lost"
    if (window.last_chance - as_of).days <= NEAR_DAYS:
        return "last_chance"
    return "behind" if window.reported + window.reported_excused < due_by_now else None


def worst_risk(found: Collection[Risk | None]) -> Risk | None:
    """The most urgent of these."""
    return next((each for each in RISKS if each in found), None)
