"""Exact rates, and where they come from."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.facts import Agreement, Scenario
from server.fulfilment.rules.rates import mean, rate_text, ratio, weighted_mean
from server.fulfilment.rules.results import WindowResult, due_windows
from server.fulfilment.rules.sums import totals_of
from tests.rules.fulfilment.making import START, TERM, commitment, on, resident, stream, term, visit, visits


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (None, None),
        (Fraction(0), "0.0000"),
        (Fraction(1), "1.0000"),
        (Fraction(2, 3), "0.6666"),
        (Fraction(99999, 100000), "0.9999"),
        (Fraction(1, 100000), "0.0000"),
        (Fraction(1, 8), "0.1250"),
    ],
)
def test_rates_are_truncated(rate: Fraction | None, text: str | None) -> None:
    assert rate_text(rate) == text


def test_nothing_asked_is_no_rate() -> None:
    assert ratio(0, 0) is None
    assert ratio(0, 2) == 0


def test_the_weighted_mean_leaves_out_what_has_no_rate() -> None:
    third = Fraction(1, 3)
    assert weighted_mean([(Fraction(3), third), (Fraction(7), None), (Fraction(1), Fraction(1))]) == Fraction(
        1, 2
    )
    assert weighted_mean([(Fraction(7), None)]) is None
    assert weighted_mean([]) is None
    assert mean([Fraction(1), None, Fraction(0)]) == Fraction(1, 2)


def test_the_agreement_rate_is_truncated_once() -> None:
    # 1/3 and 2/3: the mean of the truncated texts would be 0.49995.
    records = [*visits("01-06"), *(visit(day, service="talk") for day in ("01-06", "01-13"))]
    agreement = Agreement(START, on("01-25"))
    clauses = (commitment(), commitment(key="talks", services=("talk",), weight=Fraction(1)))
    result = evaluate(Scenario(on("06-01"), agreement, clauses, records=tuple(records)))
    assert rate_text(result.confirmed_rate) == "0.5000"


def test_weights_are_exact() -> None:
    clauses = (
        commitment(weight=Fraction("0.1")),
        commitment(key="talks", services=("talk",), weight=Fraction("0.2")),
    )
    whole = Scenario(on("06-01"), Agreement(START, on("01-11")), clauses, records=(visit("01-06"),))
    assert evaluate(whole).confirmed_rate == Fraction(1, 3)


def test_only_due_windows_make_a_rate() -> None:
    due = totals_of(due_windows(stream(visits("01-06"), as_of=on("01-19")).windows, on("01-19")))
    assert (due.promised, due.confirmed, due.confirmed_rate) == (2, 1, Fraction(1, 2))
    grace = stream(visits("01-06"), commitment(makeup_days=7), as_of=on("01-19")).windows
    assert totals_of(due_windows(grace, on("01-19"))).confirmed_rate == 1


def test_an_interval_owns_the_windows_that_end_in_it() -> None:
    windows = stream(visits("01-06")).windows
    january = totals_of(due_windows(windows, on("06-01"), on("01-01"), on("01-31")))
    february = totals_of(due_windows(windows, on("06-01"), on("02-01"), on("02-28")))
    assert (january.promised, february.promised) == (3, 4)


def test_late_units_are_not_on_time() -> None:
    due = totals_of(stream(visits("01-12", "01-13"), commitment(makeup_days=7)).windows)
    assert (due.confirmed_rate, due.on_time_rate) == (Fraction(2, 8), Fraction(1, 8))


WINDOW = WindowResult(
    subject=None,
    start=on("01-05"),
    end=on("01-11"),
    deadline=on("01-14"),
    promised=2,
    confirmed=0,
    confirmed_late=0,
    confirmed_surplus=0,
    confirmed_excused=0,
    reported=0,
    reported_late=0,
    reported_surplus=0,
    reported_excused=0,
)


@pytest.mark.parametrize(
    ("figures", "open_status", "due_status"),
    [
        ({}, "open", "missed"),
        ({"confirmed": 1}, "open", "partial"),
        ({"confirmed": 2}, "met", "met"),
        ({"confirmed_excused": 1}, "open", "missed"),
        ({"confirmed_excused": 2}, "excused", "excused"),
        ({"confirmed": 1, "confirmed_excused": 1}, "met", "met"),
        ({"promised": 0, "confirmed_surplus": 1}, "met", "met"),
        ({"reported": 2}, "open", "missed"),
    ],
)
def test_status(figures: dict[str, Any], open_status: str, due_status: str) -> None:
    window = WINDOW._replace(**figures)
    assert window.status(on("01-14")) == open_status
    assert window.status(on("01-15")) == due_status


def test_due_after_the_deadline() -> None:
    assert not WINDOW.is_due(on("01-14"))
    assert WINDOW.is_due(on("01-15"))


def test_residents_come_in_the_order_of_their_ids() -> None:
    people = tuple(resident(id=name) for name in ("r2", "r10", "r1"))
    clause = commitment(scope="resident", per="term", terms=(term(1),))
    result = evaluate(Scenario(date(2027, 1, 1), TERM, (clause,), residents=people))
    assert [stream.subject for stream in result.commitments[0].streams] == ["r1", "r10", "r2"]
