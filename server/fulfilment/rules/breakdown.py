"""How the days of a period make its promise: each day counted once, under the first fact that decides it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal, get_args

from server.fulfilment.rules.evaluate import Plan
from server.fulfilment.rules.facts import Eligibility, Partial, Resident, Suspension, Term
from server.fulfilment.rules.promise import Run, agreed_runs, once_grid, presence, present_runs
from server.fulfilment.rules.windows import Period

# Why a day promises nothing, in the order in which the questions are asked.
Cause = Literal[
    "not_in_force", "suspended", "not_living_here", "too_young", "without_condition", "nothing_promised"
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
_EACH_DAY = (Term(date.min, 1),)


@dataclass(frozen=True, slots=True)
class Causes:
    """The days that each question of `CAUSES` leaves, as runs; those that the last one leaves promise."""

    layers: tuple[tuple[Run, ...], ...]

    def of(self, day: date) -> Cause | None:
        """The first fact for which the day promises nothing; `None` on a day with a promise."""
        ordinal = day.toordinal()
        for cause, runs in zip(CAUSES, self.layers, strict=True):
            if not any(run.first <= ordinal <= run.last for run in runs):
                return cause
        return None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The days of one whole period, as far as it lies outside the term too, and the formula over them.

    The classes add up to `length`; `counts` are pairs of a count above 0 and the days that promise it.
    """

    first: int
    last: int
    rule: Partial | Literal["once"]
    min_days: int
    not_in_force: int
    suspended: int
    not_living_here: int
    too_young: int
    without_condition: int
    nothing_promised: int
    counts: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def not_eligible(self) -> int:
        return self.too_young + self.without_condition

    @property
    def promising(self) -> int:
        return sum(days for _, days in self.counts)

    @property
    def sum(self) -> int:
        return sum(count * days for count, days in self.counts)

    @property
    def most(self) -> int:
        return max((count for count, _ in self.counts), default=0)

    @property
    def least(self) -> int:
        """Over every day of the period: 0 as soon as one promises nothing."""
        return min(count for count, _ in self.counts) if self.promising == self.length else 0

    @property
    def promised(self) -> int:
        """What the window promises, by the formula of its rule over the parts above."""
        if self.rule == "once":
            return 1
        if self.rule == "prorate":
            return (2 * self.sum + self.length) // (2 * self.length)
        if self.rule == "full":
            return self.most if self.promising >= self.min_days else 0
        return self.least


def causes_of(shared: Plan, suspensions: Iterable[Suspension], resident: Resident | None) -> Causes:
    """Ask the questions of one stream; of the institution (`None`) those about a resident leave every day."""
    in_force = agreed_runs(shared.agreement, (), _EACH_DAY)
    open_ = agreed_runs(shared.agreement, suspensions, _EACH_DAY)
    if resident is None:
        return Causes((in_force, open_, open_, open_, open_, shared.runs))
    clause = shared.commitment
    anyone = replace(clause, eligible=Eligibility())
    aged = replace(clause, eligible=Eligibility(clause.eligible.min_age))
    asked = [(open_, anyone), (open_, aged), (open_, clause), (shared.runs, clause)]
    told = ((runs, presence(shared.agreement, each, resident)) for runs, each in asked)
    return Causes((in_force, open_, *(present_runs(runs, each) for runs, each in told)))


def breakdown(shared: Plan, causes: Causes, start: date) -> Breakdown | None:
    """How the window that begins on `start` comes to its promise; `None` where no window begins there."""
    clause = shared.commitment
    period = _period(shared, causes, start.toordinal())
    if period is None:
        return None
    left = [period.length, *(_days(runs, period) for runs in causes.layers)]
    lost = dict(zip(CAUSES, (before - after for before, after in pairwise(left)), strict=True))
    rule = "once" if clause.kind == "once" else clause.partial
    return Breakdown(*period, rule, clause.min_days, **lost, counts=counts_in(causes.layers[-1], period))


def _period(shared: Plan, causes: Causes, start: int) -> Period | None:
    if shared.commitment.kind == "once":
        window = once_grid(causes.layers[-1], shared.commitment)
        return Period(window.starts[0], window.ends[0]) if window.starts == (start,) else None
    if start not in shared.windows.starts:
        return None
    return shared.whole[shared.windows.starts.index(start)]


def _days(runs: Sequence[Run], period: Period) -> int:
    return sum(days for _, days in counts_in(runs, period))


def counts_in(runs: Sequence[Run], period: Period) -> tuple[tuple[int, int], ...]:
    """The days of the period by what is promised on them: pairs of a count above 0 and its days."""
    days: Counter[int] = Counter()
    for run in runs:
        length = min(run.last, period.last) - max(run.first, period.first) + 1
        if length > 0:
            days[run.promised] += length
    return tuple(sorted(days.items()))
