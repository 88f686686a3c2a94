"""n(d) and the three formulas over it."""

from datetime import date, timedelta

import pytest

from server.fulfilment.rules.facts import (
    Agreement,
    Commitment,
    Condition,
    Eligibility,
    Partial,
    Resident,
    Stay,
    Suspension,
)
from server.fulfilment.rules.promise import Run, agreed_runs, presence, present_runs
from tests.rules.fulfilment.making import commitment, on, promised, resident, stream, term

YEAR = Agreement(date(2026, 1, 1), date(2026, 12, 31))
APRIL = Agreement(date(2026, 4, 1), date(2026, 4, 30))


def of_year(who: Resident, **fields: object) -> dict[str, int]:
    """What 10 a year promise somebody, as text so that a test reads like a sentence."""
    clause = commitment(scope="resident", per="year", terms=(term(10),), **fields)
    return promised(stream((), clause, YEAR, who, whole_term=True))


def year_of(days: int, count: int = 10) -> int:
    return (2 * days * count + 365) // (2 * 365)


def _runs(agreement: Agreement, clause: Commitment, who: Resident) -> tuple[Run, ...]:
    return present_runs(agreed_runs(agreement, (), clause.terms), presence(agreement, clause, who))


def test_half_is_rounded_up() -> None:
    half = (Suspension(on("04-01"), on("04-15")),)
    assert promised(stream((), commitment(per="month"), APRIL, suspensions=half)) == {"2026-04-01": 1}


def test_less_than_half_is_rounded_down() -> None:
    more = (Suspension(on("04-01"), on("04-16")),)
    assert promised(stream((), commitment(per="month"), APRIL, suspensions=more)) == {}


def test_the_latest_term_holds_whatever_their_order() -> None:
    terms = (term(4, on("04-16")), term(2, on("04-01")))
    assert promised(stream((), commitment(per="month", terms=terms), APRIL)) == {"2026-04-01": 3}


def test_a_term_of_nought_drops_the_promise_from_its_day() -> None:
    terms = (term(2, on("01-01")), term(0, on("04-11")))
    assert promised(stream((), commitment(per="month", terms=terms), APRIL)) == {"2026-04-01": 1}


def test_nothing_is_promised_before_the_first_term() -> None:
    assert promised(stream((), commitment(per="day", terms=(term(1, on("04-29")),)), APRIL)) == {
        "2026-04-29": 1,
        "2026-04-30": 1,
    }


def test_overlapping_suspensions_count_each_day_once() -> None:
    days = (("04-08", "04-12"), ("04-01", "04-10"), ("04-03", "04-04"))
    closed = tuple(Suspension(on(first), on(last)) for first, last in days)
    assert promised(stream((), commitment(per="month", terms=(term(30),)), APRIL, suspensions=closed)) == {
        "2026-04-01": 18
    }


@pytest.mark.parametrize(("partial", "expected"), [("full", 4), ("whole", 2), ("prorate", 3)])
def test_amendment_in_mid_month(partial: Partial, expected: int) -> None:
    clause = commitment(per="month", partial=partial, terms=(term(2, on("01-01")), term(4, on("04-16"))))
    assert promised(stream((), clause, APRIL)) == {"2026-04-01": expected}


@pytest.mark.parametrize(("min_days", "expected"), [(20, {"2026-04-01": 3}), (21, {})])
def test_full_needs_its_least_days_in_force(min_days: int, expected: dict[str, int]) -> None:
    closed = (Suspension(on("04-11"), on("04-20")),)
    clause = commitment(per="month", partial="full", min_days=min_days, terms=(term(3),))
    assert promised(stream((), clause, APRIL, suspensions=closed)) == expected


def test_whole_asks_for_every_day_of_the_whole_period() -> None:
    clause = commitment(per="month", partial="whole")
    short = Agreement(on("04-02"), on("05-31"))
    assert promised(stream((), clause, short)) == {"2026-05-01": 1}


def test_the_promise_of_the_term_is_divided_by_the_term_before_its_termination() -> None:
    cut_short = Agreement(on("01-01"), on("12-31"), on("04-01"))
    clause = commitment(per="term", terms=(term(12),))
    assert promised(stream((), clause, cut_short)) == {"2026-01-01": 3}


def test_stays_count_both_their_days_and_overlaps_once() -> None:
    who = resident(stays=(Stay(on("03-01"), on("03-31")), Stay(on("03-31"), on("04-30"))))
    assert of_year(who) == {"2026-01-01": year_of(61)}


def test_without_a_stay_nothing_is_promised() -> None:
    assert of_year(resident(stays=())) == {}


@pytest.mark.parametrize(
    ("born", "first_day"),
    [
        (date(1961, 7, 1), date(2026, 7, 1)),
        (date(1960, 2, 29), date(2025, 3, 1)),
        (date(1959, 2, 28), date(2024, 2, 28)),
    ],
)
def test_age_in_completed_years(born: date, first_day: date) -> None:
    long = Agreement(date(2020, 1, 1), date(2030, 12, 31))
    clause = commitment(scope="resident", eligible=Eligibility(min_age=65))
    runs = _runs(long, clause, resident(born=born))
    assert [date.fromordinal(run.first) for run in runs] == [first_day]


def test_born_on_a_leap_day_has_the_birthday_on_it_in_leap_years() -> None:
    long = Agreement(date(2020, 1, 1), date(2030, 12, 31))
    clause = commitment(scope="resident", eligible=Eligibility(min_age=68))
    runs = _runs(long, clause, resident(born=date(1960, 2, 29)))
    assert date.fromordinal(runs[0].first) == date(2028, 2, 29)


def test_any_of_the_conditions_on_its_days() -> None:
    who = resident(
        conditions=(
            Condition("hypertension", on("01-01"), on("01-31")),
            Condition("type2_diabetes", on("01-15"), on("02-28")),
            Condition("disabled", on("01-01")),
        )
    )
    eligible = Eligibility(any_of=("hypertension", "type2_diabetes"))
    assert of_year(who, eligible=eligible) == {"2026-01-01": year_of(59)}


def test_age_and_condition_must_hold_on_the_same_day() -> None:
    who = resident(born=date(1961, 7, 1), conditions=(Condition("disabled", on("01-01"), on("09-30")),))
    eligible = Eligibility(min_age=65, any_of=("disabled",))
    assert of_year(who, eligible=eligible) == {"2026-01-01": year_of(92)}


def test_an_empty_list_asks_nothing() -> None:
    assert of_year(resident(), eligible=Eligibility(any_of=())) == {"2026-01-01": 10}


def test_institution_scope_asks_nobody_for_eligibility() -> None:
    clause = commitment(per="year", eligible=Eligibility(min_age=200))
    assert promised(stream((), clause, YEAR)) == {"2026-01-01": 1}


def test_a_long_stay_is_one_run() -> None:
    fifty_years = Agreement(date(1990, 1, 1), date(2039, 12, 31))
    clause = commitment(scope="resident", eligible=Eligibility(min_age=65))
    runs = _runs(fifty_years, clause, resident(born=date(1900, 1, 1)))
    assert len(runs) == 1


def test_runs_follow_the_days_one_by_one() -> None:
    """The runs against the definition, day by day, where every boundary meets another."""
    agreement = Agreement(on("01-03"), on("03-31"), on("03-30"))
    closed = (Suspension(on("01-10"), on("01-12")), Suspension(on("01-13"), on("01-13")))
    terms = (term(1, on("01-01")), term(0, on("02-01")), term(5, on("02-10")))
    by_day = {
        run.first + index: run.promised
        for run in agreed_runs(agreement, closed, terms)
        for index in range(run.last - run.first + 1)
    }
    for offset in range(120):
        day = date(2025, 12, 20) + timedelta(offset)
        agreed = 1 if day < on("02-01") else 0 if day < on("02-10") else 5
        shut = on("01-10") <= day <= on("01-13")
        expected = agreed if on("01-03") <= day <= on("03-29") and not shut else 0
        assert by_day.get(day.toordinal(), 0) == expected
