"""How the days of a period make its promise."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from server.fulfilment.rules.breakdown import CAUSES, Breakdown, breakdown, causes_of
from server.fulfilment.rules.evaluate import plan, promised_by
from server.fulfilment.rules.facts import (
    Agreement,
    Commitment,
    Condition,
    Eligibility,
    Partial,
    Resident,
    Scenario,
    Stay,
    Suspension,
)
from tests.rules.fulfilment.making import commitment, resident, term
from tests.rules.fulfilment.random_scenarios import scenarios

YEAR_2026 = Agreement(date(2026, 1, 1), date(2026, 12, 31))


def broken(
    clause: Commitment, who: Resident | None = None, start: date = date(2026, 1, 1), *closed: Suspension
) -> Breakdown:
    shared = plan(YEAR_2026, closed, clause)
    found = breakdown(shared, causes_of(shared, closed, who), start)
    assert found is not None
    return found


def test_a_resident_who_moved_in_at_midsummer() -> None:
    """181 of 365 days: 181 x 2 / 365 = 0.99, rounded half up 1."""
    clause = commitment(per="year", scope="resident", terms=(term(2),))
    found = broken(clause, resident(stays=(Stay(date(2026, 7, 4)),)))
    assert (found.promising, found.not_living_here, found.length) == (181, 184, 365)
    assert (found.sum, found.counts, found.promised) == (362, ((2, 181),), 1)


def test_each_day_is_counted_once_under_the_first_cause() -> None:
    clause = commitment(
        per="year", scope="resident", terms=(term(3, date(2026, 12, 1)),), eligible=Eligibility(65, ("h",))
    )
    who = resident(
        born=date(1961, 4, 1),  # 65 from April on: 61 days too late for January is closed, February moves in
        stays=(Stay(date(2026, 2, 1), date(2026, 12, 30)),),
        conditions=(Condition("h", date(2026, 5, 1)),),
    )
    found = broken(clause, who, date(2026, 1, 1), Suspension(date(2026, 1, 11), date(2026, 1, 20)))
    classes = {cause: getattr(found, cause) for cause in CAUSES}
    assert classes == {
        "not_in_force": 0,
        "suspended": 10,
        "not_living_here": 22,
        "too_young": 59,
        "without_condition": 30,
        "nothing_promised": 214,
    }
    assert (found.not_eligible, found.promising, found.sum) == (89, 30, 90)


def test_days_of_the_period_outside_the_term_are_not_in_force() -> None:
    shared = plan(Agreement(date(2026, 7, 2), date(2027, 7, 1)), (), commitment(per="year"))
    causes = causes_of(shared, (), None)
    first = breakdown(shared, causes, date(2026, 7, 2))
    assert first is not None
    assert (first.not_in_force, first.promising, first.promised) == (182, 183, 1)
    assert date.fromordinal(first.first) == date(2026, 1, 1)
    assert breakdown(shared, causes, date(2026, 1, 1)) is None


@pytest.mark.parametrize(("rule", "promised"), [("prorate", 4), ("full", 5), ("whole", 0)])
def test_the_rules_over_the_same_days(rule: Partial, promised: int) -> None:
    """2 until June, 5 from July on, closed on one day: 180 x 2 + 184 x 5 over 365 is 3.51."""
    clause = commitment(per="year", partial=rule, terms=(term(2), term(5, date(2026, 7, 1))))
    closed = Suspension(date(2026, 5, 1), date(2026, 5, 1))
    found = broken(clause, None, date(2026, 1, 1), closed)
    assert (found.counts, found.sum) == (((2, 180), (5, 184)), 1280)
    assert (found.most, found.least, found.promised) == (5, 0, promised)
    assert broken(clause).least == 2


def test_once() -> None:
    clause = commitment(kind="once", within_days=10)
    found = broken(clause, None, date(2026, 1, 1), Suspension(date(2026, 1, 4), date(2026, 1, 5)))
    assert (found.rule, found.length, found.suspended, found.promising, found.promised) == (
        "once",
        12,
        2,
        10,
        1,
    )


@given(scenarios(), st.sampled_from(["prorate", "full", "whole"]), st.integers(0, 12))
@settings(deadline=None)
def test_the_parts_add_up_and_give_the_promise_again(
    scenario: Scenario, rule: Partial, min_days: int
) -> None:
    """Of every window, those that promise nothing too."""
    clause = replace(scenario.commitments[0], partial=rule, min_days=min_days)
    shared = plan(scenario.agreement, scenario.suspensions, clause)
    for who in scenario.residents if clause.scope == "resident" else (None,):
        causes = causes_of(shared, scenario.suspensions, who)
        windows, promised = promised_by(shared, who)
        for (start, _, _), count in zip(windows.days, promised, strict=True):
            found = breakdown(shared, causes, start)
            assert found is not None
            classes = [getattr(found, cause) for cause in CAUSES]
            assert sum(classes) + found.promising == found.length
            assert min(classes) >= 0
            assert found.promised == count


@given(scenarios(), st.sampled_from(["prorate", "full", "whole"]), st.integers(0, 12))
@settings(deadline=None)  # every day is asked for itself
def test_every_day_has_the_cause_it_is_counted_under(
    scenario: Scenario, rule: Partial, min_days: int
) -> None:
    """Asked day by day, the causes give the classes and the promise."""
    clause = replace(scenario.commitments[0], partial=rule, min_days=min_days)
    scenario = replace(scenario, commitments=(clause,))
    who = scenario.residents[0] if clause.scope == "resident" else None
    shared = plan(scenario.agreement, scenario.suspensions, clause)
    causes = causes_of(shared, scenario.suspensions, who)
    for start, _, _ in shared.windows.days:
        found = breakdown(shared, causes, start)
        assert found is not None
        days = [date.fromordinal(found.first) + timedelta(each) for each in range(found.length)]
        told = [causes.of(day) for day in days]
        assert {cause: told.count(cause) for cause in CAUSES} == {
            cause: getattr(found, cause) for cause in CAUSES
        }
        assert told.count(None) == found.promising
