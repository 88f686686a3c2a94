"""With a gap rule a further confirmed record can lower the confirmed rate: the smallest cases there are.

docs/fulfilment.md explains them with these numbers.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import chain, combinations
from typing import NamedTuple

from server.fulfilment.rules.evaluate import evaluate_stream
from server.fulfilment.rules.facts import Agreement, Record
from server.fulfilment.rules.results import Totals, due_windows
from server.fulfilment.rules.sums import totals_of
from tests.rules.fulfilment.making import commitment, term

FIRST = date(2026, 1, 1)
LONG_AFTER = 60


class Clause(NamedTuple):
    """Days of the term; of one window; promised in each; the gap; days of grace."""

    term: int
    window: int
    promised: int
    gap: int
    grace: int


class Case(NamedTuple):
    """A clause, the days (from 0) that have a visit, the further one, and the day one asks."""

    visits: tuple[int, ...]
    clause: Clause
    further: int
    as_of: int


@cache
def due(clause: Clause, visits: frozenset[int], as_of: int) -> Totals:
    agreement = Agreement(FIRST, FIRST + timedelta(days=clause.term - 1))
    promise = commitment(
        per="day",
        every=clause.window,
        terms=(term(clause.promised),),
        min_gap_days=clause.gap,
        makeup_days=clause.grace,
    )
    records = [Record("round", FIRST + timedelta(days=day), "confirmed") for day in visits]
    day = FIRST + timedelta(days=as_of)
    result = evaluate_stream(agreement, (), promise, None, records, as_of=day)
    return totals_of(due_windows(result.windows, day))


def clauses() -> Iterator[Clause]:
    """Every clause of up to three days, by how much there is to say about it."""
    spaces = [(days, window) for days in (1, 2, 3) for window in range(1, days + 1)]
    for days, window in spaces:
        for count in (1, 2):
            for gap in (2, 3):
                for grace in range(5):
                    yield Clause(days, window, count, gap, grace)


def cases(*, all_due: bool) -> Iterator[Case]:
    """Few visits first, then short terms; asked on each day on which something is due, or long after."""
    for number in range(3):
        for clause in clauses():
            days = range(clause.term + clause.grace)
            asked = [LONG_AFTER] if all_due else chain(days[clause.grace + 1 :], [LONG_AFTER])
            for as_of in asked:
                for visits in combinations(days, number):
                    yield from (Case(visits, clause, day, as_of) for day in days if day not in visits)


def lowers(case: Case) -> bool:
    before = due(case.clause, frozenset(case.visits), case.as_of).confirmed_rate
    after = due(case.clause, frozenset({*case.visits, case.further}), case.as_of).confirmed_rate
    return before is not None and after is not None and after < before


def test_the_smallest_case_while_a_window_is_open() -> None:
    """One visit, two days: it paid the first day's debt, until a visit before it fills the second day."""
    smallest = next(case for case in cases(all_due=False) if lowers(case))
    assert smallest == Case((2,), Clause(2, 1, 1, gap=2, grace=2), further=1, as_of=3)
    before, after = due(smallest.clause, frozenset({2}), 3), due(smallest.clause, frozenset({1, 2}), 3)
    assert (before.confirmed, before.promised, after.confirmed, after.promised) == (1, 1, 0, 1)
    later = [due(smallest.clause, frozenset(days), LONG_AFTER) for days in ({2}, {1, 2})]
    assert [(each.confirmed, each.promised) for each in later] == [(1, 2), (1, 2)]


def test_the_smallest_case_when_everything_is_due() -> None:
    """Two visits, two days: each paid one debt; the further one leaves the first debt to nobody."""
    smallest = next(case for case in cases(all_due=True) if lowers(case))
    assert smallest == Case((2, 4), Clause(2, 1, 1, gap=2, grace=3), further=1, as_of=LONG_AFTER)
    before = due(smallest.clause, frozenset({2, 4}), LONG_AFTER)
    after = due(smallest.clause, frozenset({1, 2, 4}), LONG_AFTER)
    assert (before.confirmed, before.promised, after.confirmed, after.promised) == (2, 2, 1, 2)


def test_without_a_gap_there_is_no_such_case_among_them() -> None:
    found = [
        case
        for case in cases(all_due=False)
        if case.clause.gap == 2 and lowers(case._replace(clause=case.clause._replace(gap=0)))
    ]
    assert found == []
