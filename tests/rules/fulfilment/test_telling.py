"""Over random scenarios: every record is told once, and what is told adds up to the figures."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings, strategies as st

from server.fulfilment.rules.breakdown import causes_of
from server.fulfilment.rules.evaluate import evaluate_stream, plan
from server.fulfilment.rules.explain import Explanation, Told, explain
from server.fulfilment.rules.facts import Record, Resident, Scenario
from server.fulfilment.rules.results import StreamResult
from tests.rules.fulfilment.random_scenarios import scenarios, with_id


@dataclass(frozen=True)
class Case:
    scenario: Scenario
    who: Resident | None
    stream: StreamResult
    withheld: tuple[tuple[Record, str], ...]
    found: Explanation

    def listings(self) -> Iterator[tuple[date | None, Told]]:
        for start, listed in self.found.windows.items():
            yield from ((start, each) for each in listed)
        yield from ((None, each) for each in self.found.outside)

    def tellings(self, record: Record) -> list[tuple[date | None, Told]]:
        """Where the record is told and not merely pointed to."""
        return [
            (start, each)
            for start, each in self.listings()
            if each.record.id == record.id and each.where is None
        ]


def named(scenario: Scenario) -> list[Record]:
    return [with_id(each, str(position)) for position, each in enumerate(scenario.records)]


def told(scenario: Scenario, records: list[Record], withheld: list[Record]) -> Case:
    """The first stream of the scenario, with and without what the engine is not given."""
    clause = scenario.commitments[0]
    who = scenario.residents[0] if clause.scope == "resident" else None
    shared = plan(scenario.agreement, scenario.suspensions, clause)
    stream = evaluate_stream(
        scenario.agreement,
        scenario.suspensions,
        clause,
        who,
        records,
        as_of=scenario.as_of,
        whole_term=True,
    )
    kept = tuple((each, "certificate_expired") for each in withheld)
    found = explain(stream, shared, causes_of(shared, scenario.suspensions, who), kept)
    return Case(scenario, who, stream, kept, found)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    scenario = draw(scenarios())
    records = named(scenario)
    cut = draw(st.integers(0, 3))
    return told(scenario, records[cut:], records[:cut])


@given(cases())
@settings(deadline=None)  # each example asks the engine several times
def test_every_record_is_told_exactly_once(case: Case) -> None:
    every = [*case.stream.records, *(record for record, _ in case.withheld)]
    assert {each.record.id for _, each in case.listings()} == {record.id for record in every}
    for record in every:
        tellings = case.tellings(record)
        if len(tellings) == 2:  # a confirmed one that a pending one moves: one telling for each figure
            assert record.state == "confirmed"
            assert sorted(each.reported_only for _, each in tellings) == [False, True]
            assert next(each for _, each in tellings if each.reported_only).reasons == ("moved",)
        else:
            assert len(tellings) == 1


@given(cases())
@settings(deadline=None)  # each example asks the engine several times
def test_a_record_lies_in_the_window_that_tells_it_or_did_something_there(case: Case) -> None:
    windows = {window.start: window for window in case.stream.windows}
    for start, each in case.listings():
        inside = start is not None and start <= each.record.on <= windows[start].end
        if start is None:
            assert not any(one.start <= each.record.on <= one.end for one in windows.values())
            assert each.did in ("surplus", "not_counted")
        elif not inside:
            assert each.did in ("late", "counted", "excused")  # "counted": a record older than a once window
        if each.where is not None:
            assert inside
            assert each.where[0] in {where for where, _ in case.tellings(each.record)}
            assert each.reasons[0] == "counted_elsewhere"


@given(cases())
@settings(deadline=None)  # each example asks the engine several times
def test_what_is_told_adds_up_to_the_figures(case: Case) -> None:
    if case.scenario.commitments[0].match == "all":
        return  # There a unit is several records.
    for window in case.stream.windows:
        told_here = [each for each in case.found.windows[window.start] if each.where is None]
        sure = Counter(each.did for each in told_here if not each.reported_only)
        likely = Counter(each.did for each in told_here if not _moves_away(case, window.start, each))
        assert window.confirmed == sure["counted"] + sure["late"]
        assert window.confirmed_late == sure["late"]
        assert window.confirmed_surplus == sure["surplus"]
        assert window.reported == likely["counted"] + likely["late"]
        assert window.reported_late == likely["late"]
        assert window.reported_surplus == likely["surplus"]
        excused = {each.record.on for each in told_here if each.did == "excused" and not each.reported_only}
        assert window.confirmed_excused == len(excused)


def _moves_away(case: Case, start: date, told_here: Told) -> bool:
    """Whether the record counts here in the confirmed figure and elsewhere in the reported one."""
    return any(where != start and each.reported_only for where, each in case.tellings(told_here.record))


@given(cases())
@settings(deadline=None)  # each example asks the engine several times
def test_the_reasons_agree_with_the_record(case: Case) -> None:
    last = case.scenario.agreement.last_day + timedelta(days=case.scenario.commitments[0].makeup_days)
    for _, each in case.listings():
        record, reasons = each.record, set(each.reasons)
        if record.id in {kept.id for kept, _ in case.withheld}:
            assert reasons == {"certificate_expired"}
            continue
        assert ("after_grace" in reasons) <= (record.on > last)
        assert ("unconfirmed" in reasons) <= (record.state == "pending")
        assert (each.did == "counted" and not each.reported_only) <= (not reasons)
        assert (each.did == "not_counted") <= bool(reasons)
        assert bool(each.missing) == ("bundle_incomplete" in reasons)
        assert (each.ineligible is not None) == ("not_eligible" in reasons)
        assert (each.too_close_to is not None) == ("too_soon" in reasons)
        for state in ("disputed", "void"):
            assert (state in reasons) <= (record.state == state)
        if reasons & {"suspended", "not_living_here", "not_eligible", "nothing_promised"}:
            assert "surplus" in reasons


@given(cases())
@settings(deadline=None)  # each example asks the engine several times
def test_the_day_that_is_far_enough_is_the_first_that_is(case: Case) -> None:
    clause = case.scenario.commitments[0]
    if clause.match == "all":
        return  # One part of a bundle cannot move alone.
    late = case.scenario.as_of + timedelta(days=400)
    fixed = Scenario(
        late,
        case.scenario.agreement,
        case.scenario.commitments,
        case.scenario.suspensions,
        case.scenario.residents,
    )
    again = told(fixed, list(case.stream.records), [])
    for _, each in again.listings():
        if each.too_close_to is None or each.far_enough_on is None:
            continue
        assert abs((each.record.on - each.too_close_to).days) < clause.gap
        assert each.far_enough_on > each.record.on
        assert not _too_close_on(again, each, each.far_enough_on)
        assert _too_close_on(again, each, each.far_enough_on - timedelta(days=1))


def _too_close_on(case: Case, each: Told, day: date) -> bool:
    """Whether the record, had it been made on that day, would still be too soon or on a counted day."""
    others = [record for record in case.stream.records if record.id != each.record.id]
    moved = each.record._replace(on=day)
    ((_, telling), *_) = told(case.scenario, [*others, moved], []).tellings(moved)
    return bool({"too_soon", "same_day"} & set(telling.reasons))
