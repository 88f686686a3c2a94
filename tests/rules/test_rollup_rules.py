"""Periods, means that are truncated once, and what an agreement comes to in each period."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from server.fulfilment.rules.facts import Agreement, Commitment, Request
from server.fulfilment.rules.ondemand import evaluate_requests
from server.fulfilment.rules.rates import mean, rate_text
from server.fulfilment.rules.results import Totals
from server.rollups.rules import (
    SCALE,
    Clause,
    Delivered,
    Pooled,
    Scope,
    demand_due_on,
    is_inexact,
    mean_of,
    mean_text,
    month_of,
    months_until,
    newest_first,
    period_of,
    periods_rated,
    periods_with,
    pooled,
    pooled_mean,
    rates_by_period,
    scaled,
    scaled_text,
)

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
RATES = st.fractions(0, 1, max_denominator=20_000) | st.fractions(0, 1, max_denominator=60)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2100-12", date(2100, 12, 1), date(2100, 12, 31)),
    ],
)
def test_a_period_has_its_days(text: str, first: date, last: date) -> None:
    period = period_of(text)
    assert period is not None
    assert (period.key, period.first, period.last) == (text, first, last)


@pytest.mark.parametrize(
    "text",
    [
        *("", "26", "1999", "2101", "2026-13", "2026-00", "2026-7", "2026-Q5", "2026-q1", "2026-Q0"),
        *("2026-07-01", " 2026", "2026\n", "２０２６", "2026-Q3x", "02026"),
    ],
)
def test_any_other_text_is_no_period(text: str) -> None:
    assert period_of(text) is None


@given(DAYS)
def test_a_day_lies_in_its_three_periods(day: date) -> None:
    keys = periods_with(month_of(day))
    assert [len(key) for key in keys] == [4, 7, 7]
    for key in keys:
        period = period_of(key)
        assert period is not None
        assert period.first <= day <= period.last


def test_months_of_a_year_up_to_a_day() -> None:
    assert [month.key for month in months_until(2026, date(2026, 3, 1))] == ["2026-01", "2026-02", "2026-03"]
    assert len(months_until(2025, date(2026, 3, 1))) == 12
    assert months_until(2027, date(2026, 3, 1)) == []


def _never() -> Iterable[Fraction]:
    raise AssertionError("the bounds decide")


def _mean_text(rates: list[Fraction]) -> str | None:
    return mean_text(sum(map(scaled, rates)), sum(map(is_inexact, rates)), len(rates), lambda: rates)


def test_means_that_bounds_decide_ask_for_nothing() -> None:
    assert mean_text(0, 0, 0, _never) is None
    third, prime = scaled(Fraction(1, 3)), scaled(Fraction(1, 1009))
    assert mean_text(third + scaled(Fraction(2, 3)), 0, 2, _never) == "0.5000"
    assert mean_text(3 * SCALE, 0, 3, _never) == "1.0000"
    assert mean_text(5 * prime, 5, 5, _never) == "0.0009"


def test_where_bounds_do_not_decide_the_rates_are_asked_for() -> None:
    rates = [Fraction(1, 1009), Fraction(1008, 1009)]
    assert all(map(is_inexact, rates))
    with pytest.raises(AssertionError, match="bounds"):
        mean_text(sum(map(scaled, rates)), 2, 2, _never)
    assert _mean_text(rates) == "0.5000"


@given(st.lists(RATES, max_size=30))
def test_a_mean_is_truncated_once(rates: list[Fraction]) -> None:
    assert _mean_text(rates) == rate_text(mean(rates))


@given(st.integers(0, 10_000), st.lists(st.fractions(-1, 1, max_denominator=997), min_size=1, max_size=6))
def test_a_mean_on_the_edge_is_exact(edge: int, offsets: list[Fraction]) -> None:
    """Rates around one four-decimal number whose mean is that number, so that bounds are no help."""
    around = [Fraction(edge, 10_000) + sign * offset for offset in offsets for sign in (1, -1)]
    shifted = [rate + 1 for rate in around]  # rates are not negative
    assert _mean_text(shifted) == rate_text(mean(shifted))


@given(RATES)
def test_one_rate_is_read_back_from_its_scaled_number(rate: Fraction) -> None:
    value = scaled(rate)
    assert scaled_text(value) == rate_text(rate) == mean_text(value, is_inexact(rate), 1, _never)


@given(
    st.integers(0, 3 * 24 * 60),
    st.none() | st.integers(0, 4 * 24 * 60),
    st.integers(0, 2 * 24 * 60) | st.just(10**15),
)
def test_a_request_is_due_when_the_engine_says_so(asked: int, answer: int | None, limit: int) -> None:
    at = datetime.combine(date(2026, 5, 1), time()) + timedelta(minutes=asked)
    answered = None if answer is None else at + timedelta(minutes=answer)
    promise = Commitment("green", ("x",), kind="on_demand", respond_within_minutes=limit)
    term = Agreement(date(2026, 1, 1), date(2026, 12, 31))
    first = demand_due_on(at, answered, limit)
    for day in (date(2026, 5, 1) + timedelta(days=number) for number in range(10)):
        due = evaluate_requests(term, promise, [Request("green", at, answered)], day).due
        assert due == (day >= first)


def _clause(number: int, *, weight: int = 1, category: str = "tcm", scope: Scope = "institution") -> Clause:
    return Clause(UUID(int=number), Fraction(weight), number, category, scope)


def test_an_agreement_in_its_periods() -> None:
    rounds = Delivered(
        _clause(1, weight=3),
        {"2026-01": Totals(4, 4, 1, 0, 4, 0), "2026-02": Totals(4, 2, 0, 1, 3, 1)},
        [("2026-02", date(2026, 3, 2)), ("2026-03", date(2026, 4, 1))],
    )
    talk = Delivered(_clause(2), {"2026-01": Totals(1, 0, 0, 0, 1, 0)}, [])
    found = {each.period: each for each in rates_by_period([rounds, talk])}
    assert sorted(found) == ["2026", "2026-01", "2026-02", "2026-Q1"]
    january, february, year = found["2026-01"], found["2026-02"], found["2026"]
    assert (january.rated, january.of, january.confirmed) == (2, 2, Fraction(3, 4))
    assert (january.reported, january.on_time) == (Fraction(1), Fraction(3 * 3, 4 * 4))
    assert (january.worst, january.stale_on) == ((Fraction(0), UUID(int=2)), None)
    assert (february.rated, february.confirmed) == (1, Fraction(2, 3))
    assert february.worst == (Fraction(2, 3), UUID(int=1))
    assert february.stale_on == year.stale_on == date(2026, 3, 2)
    assert year.confirmed == (3 * Fraction(6, 7) + 0) / 4
    assert (year.months, january.months) == (0b11, 0)
    assert periods_rated("2026", year.months) == found.keys()


def test_what_comes_due_first_has_a_row_before_it_is_due() -> None:
    coming = [("2026-01", date(2026, 2, 1)), ("2026-04", date(2026, 5, 1))]
    rows = rates_by_period([Delivered(_clause(1), {}, coming)])
    assert [(row.period, row.stale_on, row.rated, row.confirmed) for row in rows] == [
        (period, date(2026, 2, 1), 0, None) for period in ("2026", "2026-01", "2026-Q1")
    ]


def test_residents_and_institutions_are_never_pooled() -> None:
    totals = Totals(2, 1, 0, 0, 1, 0)
    parts = [
        Delivered(_clause(1), {"2026-01": totals}, []),
        Delivered(_clause(2), {"2026-01": totals}, []),
        Delivered(_clause(3, scope="resident"), {"2026-01": totals}, []),
        Delivered(_clause(4, scope="demand"), {"2026-01": totals}, []),
    ]
    assert [each for each in pooled(parts) if each.period == "2026-01"] == [
        Pooled("2026-01", "tcm", "demand", totals),
        Pooled("2026-01", "tcm", "institution", Totals(4, 2, 0, 0, 2, 0)),
        Pooled("2026-01", "tcm", "resident", totals),
    ]


def test_periods_are_listed_newest_first_by_length() -> None:
    keys = ["2025", "2025-Q4", "2025-12", "2026", "2026-Q1", "2026-01"]
    assert newest_first(keys) == ["2026", "2025", "2026-Q1", "2025-Q4", "2026-01", "2025-12"]


@given(st.lists(st.lists(st.none() | RATES, max_size=5), min_size=1, max_size=5))
def test_the_mean_of_groups_is_the_mean_of_what_is_in_them(groups: list[list[Fraction | None]]) -> None:
    flat = [rate for group in groups for rate in group]
    together = pooled_mean([mean_of(group) for group in groups])
    assert together.text == mean_of(flat).text == rate_text(mean(flat))
    assert together.count == sum(rate is not None for rate in flat)
