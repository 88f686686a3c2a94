"""What a window promises: `n(d)` as runs of days with one count, and the formulas over it.

Nothing here loops over days; a stay of fifty years is one run.
"""

from collections.abc import Iterable, Sequence
from datetime import date
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


class Presence(NamedTuple):
    """What a promise asks of a resident, as far as it lies in the term: days lived there, the first day old
    enough, and the days with a condition asked for (None: none is)."""

    lived: tuple[Span, ...]
    since: int
    held: tuple[Span, ...] | None


def presence(agreement: Agreement, commitment: Commitment, resident: Resident) -> Presence:
    """Of two residents who do not differ in it the same is promised."""
    term = (agreement.starts.toordinal(), agreement.last_day.toordinal())
    eligible = commitment.eligible
    since = term[0]
    if eligible.min_age is not None:
        since = max(since, _birthday(resident.born, eligible.min_age))
    held = None
    if eligible.any_of:
        conditions = (each for each in resident.conditions if each.code in eligible.any_of)
        held = _within(term, ((each.since, each.until) for each in conditions))
    return Presence(_within(term, ((stay.starts, stay.ends) for stay in resident.stays)), since, held)


def present_runs(runs: Sequence[Run], present: Presence) -> tuple[Run, ...]:
    """The agreed runs on the days the resident has a stay and is eligible."""
    runs = _limited(_limited(runs, present.lived), [(present.since, _FOREVER)])
    return runs if present.held is None else _limited(runs, present.held)


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


def _within(term: Span, dated: Iterable[tuple[date, date | None]]) -> tuple[Span, ...]:
    """The days of the term that lie in these spans (None: open)."""
    first, last = term
    spans = [
        (max(starts.toordinal(), first), last if ends is None else min(ends.toordinal(), last))
        for starts, ends in dated
    ]
    return tuple(_merged(span for span in spans if span[0] <= span[1]))


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
