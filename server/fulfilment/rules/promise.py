"""What a window promises: `n(d)` as runs of days with one count, and the formulas over it.

Nothing here loops over days; a stay of fifty years is one run.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from server.fulfilment.rules.facts import Agreement, Commitment, Resident, Suspension, Term
from server.fulfilment.rules.windows import Grid, Period, grid, month_day

Span = tuple[int, int]
_FOREVER = date.max.toordinal()


class Run(NamedTuple):
    """Consecutive days, both inclusive, on each of which the same count above 0 is promised."""

    first: int
    last: int
    promised: int


class Tally(NamedTuple):
    """`n(d)` summed up over one period; `days` and `least` look only at the days with a promise."""

    total: int
    days: int
    most: int
    least: int


def agreed_runs(
    agreement: Agreement, suspensions: Iterable[Suspension], terms: Iterable[Term]
) -> tuple[Run, ...]:
    """What the agreement promises on each of its days, before anyone's stay is asked."""
    starts, last_day = agreement.starts.toordinal(), agreement.last_day.toordinal()
    ordered = sorted(terms, key=lambda term: term.starts)
    ends = [*(term.starts.toordinal() - 1 for term in ordered[1:]), last_day]
    runs = [
        Run(max(term.starts.toordinal(), starts), min(end, last_day), term.count)
        for term, end in zip(ordered, ends, strict=bool(ordered))  # no terms promise nothing
        if term.count > 0
    ]
    in_force = [run for run in runs if run.first <= run.last]
    closed = _merged((pause.starts.toordinal(), pause.ends.toordinal()) for pause in suspensions)
    return _limited(in_force, _outside(closed)) if closed else tuple(in_force)


def resident_runs(runs: Sequence[Run], commitment: Commitment, resident: Resident) -> tuple[Run, ...]:
    """The agreed runs on the days the resident has a stay and is eligible."""
    spans = _merged((stay.starts.toordinal(), _until(stay.ends)) for stay in resident.stays)
    runs = _limited(runs, spans)
    if commitment.eligible.min_age is not None:
        runs = _limited(runs, [(_birthday(resident.born, commitment.eligible.min_age), _FOREVER)])
    if commitment.eligible.any_of:
        runs = _limited(runs, _condition_spans(commitment.eligible.any_of, resident))
    return tuple(runs)


# Most residents of an institution were there all the time: one answer serves them all.
@lru_cache(maxsize=256)
def promises(whole: tuple[Period, ...], runs: tuple[Run, ...], commitment: Commitment) -> tuple[int, ...]:
    """The count promised by each period's window."""
    if not runs:
        return (0,) * len(whole)
    tallies = zip(whole, _tallies(whole, runs), strict=True)
    return tuple(_promise(period, tally, commitment) for period, tally in tallies)


def once_grid(runs: Sequence[Run], commitment: Commitment) -> Grid:
    """The one window from the first to the `within_days`-th promised day; none with fewer promised days."""
    if commitment.within_days is None:
        raise ValueError(f"commitment {commitment.key} is `once` without within_days")
    left = commitment.within_days
    for run in runs:
        days = run.last - run.first + 1
        if left <= days:
            end = run.first + left - 1
            return grid([Period(runs[0].first, end)], commitment.makeup_days)
        left -= days
    return grid([], commitment.makeup_days)


def _promise(period: Period, tally: Tally, commitment: Commitment) -> int:
    if commitment.partial == "prorate":
        return (2 * tally.total + period.length) // (2 * period.length)
    if commitment.partial == "full":
        return tally.most if tally.days >= commitment.min_days else 0
    return tally.least if tally.days == period.length else 0


def _tallies(whole: Sequence[Period], runs: Sequence[Run]) -> list[Tally]:
    tallies, behind = [], 0
    for period in whole:
        while behind < len(runs) and runs[behind].last < period.first:
            behind += 1
        tallies.append(_tally(period, runs, behind))
    return tallies


def _tally(period: Period, runs: Sequence[Run], index: int) -> Tally:
    """Sum up the period over the runs from `index` on, the first that does not end before it."""
    total = days = most = least = 0
    while index < len(runs) and runs[index].first <= period.last:
        first, last, promised = runs[index]
        length = min(last, period.last) - max(first, period.first) + 1
        least = promised if days == 0 else min(least, promised)
        most, days, total = max(most, promised), days + length, total + length * promised
        index += 1
    return Tally(total, days, most, least)


def _birthday(born: date, age: int) -> int:
    """The day somebody completes `age` years: 1 March in common years for 29 February."""
    months = (born.year + age) * 12 + born.month - 1
    if (born.month, born.day) == (2, 29):
        return month_day(months, 28) + 1
    return month_day(months, born.day)


def _condition_spans(codes: Sequence[str], resident: Resident) -> list[Span]:
    return _merged(
        (condition.since.toordinal(), _until(condition.until))
        for condition in resident.conditions
        if condition.code in codes
    )


def _until(day: date | None) -> int:
    return _FOREVER if day is None else day.toordinal()


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The same days in order, as spans that neither overlap nor touch."""
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _outside(spans: Sequence[Span]) -> list[Span]:
    """The days that merged spans leave."""
    firsts = [0] + [last + 1 for _, last in spans]
    lasts = [first - 1 for first, _ in spans] + [_FOREVER]
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first <= last]


def _limited(runs: Sequence[Run], spans: Sequence[Span]) -> tuple[Run, ...]:
    """The parts of the runs that lie in merged spans; both advance together."""
    parts, index, behind = [], 0, 0
    while index < len(runs) and behind < len(spans):
        run, (first, last) = runs[index], spans[behind]
        if run.first <= last and first <= run.last:
            parts.append(Run(max(run.first, first), min(run.last, last), run.promised))
        if run.last <= last:
            index += 1
        else:
            behind += 1
    return tuple(parts)
