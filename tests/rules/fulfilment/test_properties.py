"""What must hold for every scenario, whatever its figures."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given, strategies as st

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.facts import Record, Scenario, Term
from server.fulfilment.rules.results import Result, WindowResult
from tests.rules.fulfilment.random_scenarios import START, days, records, scenarios, with_id


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


@given(scenarios(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_changes_no_verdict(scenario: Scenario, random: Any) -> None:
    """Of two on one day the smaller id goes first, wherever it stands in the input."""
    ids = random.sample(range(100, 200), len(scenario.records))
    named = [with_id(record, str(each)) for record, each in zip(scenario.records, ids, strict=True)]

    def told(records: Sequence[Record]) -> list[dict[str | None, Any]]:
        (commitment,) = evaluate(replace(scenario, records=tuple(records))).commitments
        return [
            {each.record.id: (each.confirmed, each.reported) for each in stream.placements}
            for stream in commitment.streams
        ]

    assert told(random.sample(named, len(named))) == told(named)


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
