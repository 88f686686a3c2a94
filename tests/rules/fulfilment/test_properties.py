"""What must hold for every scenario, whatever its figures."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import given, strategies as st

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.facts import (
    Agreement,
    Commitment,
    Condition,
    Eligibility,
    Record,
    Resident,
    Scenario,
    Stay,
    Suspension,
    Term,
)
from server.fulfilment.rules.results import Result, WindowResult

START = date(2026, 1, 1)
LENGTH = 75
SERVICES = ("a", "b")


def days(first: int = 0, last: int = LENGTH) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda offset: START + timedelta(offset))


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    first, last = sorted([draw(days(-10)), draw(days(-10))])
    return first, last


@st.composite
def residents(draw: st.DrawFn, name: str) -> Resident:
    return Resident(
        id=name,
        born=draw(st.sampled_from([date(1940, 1, 1), date(1961, 2, 1), date(1960, 2, 29)])),
        stays=tuple(Stay(*span) for span in draw(st.lists(spans(), max_size=2))),
        conditions=tuple(Condition("x", *span) for span in draw(st.lists(spans(), max_size=1))),
    )


@st.composite
def commitments(draw: st.DrawFn, /, **fixed: Any) -> Commitment:
    match = draw(st.sampled_from(["any", "any", "all"]))
    chosen = {
        "key": "k",
        "services": draw(st.sampled_from([("a",), ("a", "b")])),
        "kind": draw(st.sampled_from(["periodic", "periodic", "periodic", "once"])),
        "match": match,
        "scope": draw(st.sampled_from(["institution", "resident"])),
        "per": draw(st.sampled_from(["day", "week", "week", "month", "quarter", "term"])),
        "every": draw(st.integers(1, 3)),
        "align": draw(st.sampled_from(["calendar", "anniversary"])),
        "terms": draw(terms()),
        "partial": draw(st.sampled_from(["prorate", "full", "whole"])),
        "min_gap_days": draw(st.sampled_from([0, 0, 2, 5])),
        "makeup_days": draw(st.sampled_from([0, 3, 9, 30])),
        "count_by": "day" if match == "all" else draw(st.sampled_from(["day", "record"])),
        "eligible": draw(st.sampled_from([Eligibility(), Eligibility(65), Eligibility(None, ("x",))])),
        "min_minutes": draw(st.sampled_from([0, 0, 30])),
        "within_days": draw(st.sampled_from([1, 10, 30])),
    }
    return Commitment(**{**chosen, **fixed})


@st.composite
def terms(draw: st.DrawFn) -> tuple[Term, ...]:
    starts = draw(st.lists(days(-5), min_size=1, max_size=3, unique=True))
    return tuple(Term(day, draw(st.integers(0, 4))) for day in starts)


def records(**fixed: Any) -> st.SearchStrategy[Record]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "service": st.sampled_from(SERVICES),
        "on": days(-3, LENGTH + 12),
        "state": st.sampled_from(["confirmed", "confirmed", "pending", "disputed", "void"]),
        "outcome": st.sampled_from(["done", "done", "done", "declined"]),
        "subject": st.sampled_from([None, "r1", "r1", "r2"]),
        "minutes": st.sampled_from([10, 30]),
    }
    return st.builds(Record, **{**fields, **{name: st.just(value) for name, value in fixed.items()}})


@st.composite
def scenarios(draw: st.DrawFn, /, outcome: str | None = None, **fixed: Any) -> Scenario:
    length = draw(st.integers(0, LENGTH))
    stop = draw(st.none() | days(0, length))
    each = records() if outcome is None else records(outcome=outcome)
    return Scenario(
        as_of=draw(days(0, LENGTH + 60)),
        agreement=Agreement(START, START + timedelta(length), stop),
        commitments=(draw(commitments(**fixed)),),
        suspensions=tuple(Suspension(*span) for span in draw(st.lists(spans(), max_size=2))),
        residents=(draw(residents("r1")), draw(residents("r2"))),
        records=tuple(draw(st.lists(each, max_size=40))),
    )


def windows(result: Result) -> list[WindowResult]:
    return [
        window
        for commitment in result.commitments
        for stream in commitment.streams
        for window in stream.windows
    ]


@given(scenarios(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(scenario: Scenario, random: Any) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    commitment = scenario.commitments[0]
    other = replace(
        scenario,
        commitments=(
            replace(commitment, terms=shuffled(commitment.terms), services=shuffled(commitment.services)),
        ),
        suspensions=shuffled(scenario.suspensions),
        residents=shuffled(scenario.residents),
        records=shuffled(scenario.records),
    )
    assert windows(evaluate(other)) == windows(evaluate(scenario))


@given(scenarios())
def test_reported_is_never_less_than_confirmed(scenario: Scenario) -> None:
    for window in windows(evaluate(scenario)):
        assert window.reported >= window.confirmed
        assert window.reported_late >= window.confirmed_late
        assert window.reported_surplus >= window.confirmed_surplus


@given(scenarios())
def test_no_window_counts_more_than_it_promises(scenario: Scenario) -> None:
    for window in windows(evaluate(scenario)):
        assert window.confirmed + window.confirmed_excused <= window.promised
        assert window.reported + window.reported_excused <= window.promised
        assert window.confirmed_late <= window.confirmed
        assert window.reported_late <= window.reported


@given(scenarios())
def test_every_record_has_a_verdict_and_the_verdicts_add_up(scenario: Scenario) -> None:
    for stream in evaluate(replace(scenario, as_of=date(2030, 1, 1))).commitments[0].streams:
        assert len(stream.placements) == len(stream.records)
        if scenario.commitments[0].match == "all":
            continue  # There a unit is several records.
        for figure in ("confirmed", "reported"):
            told = [getattr(placement, figure) for placement in stream.placements]
            for window in stream.windows:
                here = [verdict.code for verdict in told if verdict.window == window.start]
                late = here.count("late") + here.count("moved")
                assert getattr(window, figure) == here.count("counted") + late
                assert getattr(window, f"{figure}_late") == late
                assert getattr(window, f"{figure}_surplus") == here.count("surplus")


@given(scenarios(outcome="done", min_gap_days=0), records(outcome="done", state="confirmed"))
def test_a_further_record_never_lowers_the_rate(scenario: Scenario, record: Record) -> None:
    before = evaluate(scenario).confirmed_rate
    after = evaluate(replace(scenario, records=(*scenario.records, record))).confirmed_rate
    assert before is None or (after is not None and after >= before)


@given(scenarios(), days(-5))
def test_splitting_a_term_changes_nothing(scenario: Scenario, day: date) -> None:
    commitment = scenario.commitments[0]
    agreed = [term for term in commitment.terms if term.starts <= day]
    if not agreed or any(term.starts == day for term in agreed):
        return
    again = Term(day, max(agreed, key=lambda term: term.starts).count)
    split = replace(commitment, terms=(*commitment.terms, again))
    assert windows(evaluate(replace(scenario, commitments=(split,)))) == windows(evaluate(scenario))


@given(scenarios())
def test_rates_lie_between_none_and_all(scenario: Scenario) -> None:
    due = evaluate(scenario).commitments[0].due
    for rate in (due.confirmed_rate, due.reported_rate, due.on_time_rate):
        assert rate is None or Fraction(0) <= rate <= 1


@given(scenarios())
def test_a_record_of_someone_else_changes_no_window(scenario: Scenario) -> None:
    stranger = Record("c", START, "confirmed", subject="r1")
    other = replace(scenario, records=(*scenario.records, stranger))
    assert windows(evaluate(other)) == windows(evaluate(scenario))
