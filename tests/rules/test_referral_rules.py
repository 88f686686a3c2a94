"""The states of a referral, and duties to follow up: from what is known, in whatever order it came."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from server.followups.rules import DONE_REASONS, WITHIN, Reading, due_on, duties, left_on
from server.referrals.rules import (
    ACTS,
    DECLINE_REASONS,
    DIRECTIONS,
    OUTCOMES,
    RECEIVERS_OUTCOMES,
    STATES,
    TOLERANCE,
    Step,
    may_say,
    same_call,
    state_of,
    why_not,
)

_GOLDEN = Path(__file__).parents[1] / "golden" / "referrals"
STATE_CASES, SAY_CASES, WORDS = (
    json.loads((_GOLDEN / f"{name}.json").read_text(encoding="utf-8")) for name in ("states", "says", "words")
)
BEGAN = datetime(2026, 5, 12, 1, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return BEGAN + minutes * MINUTE


def taken(steps: Sequence[Step]) -> list[Step]:
    """Those of the steps, said in this order, that are not refused."""
    known: list[Step] = []
    for step in steps:
        if why_not(BEGAN, known, step) is None:
            known.append(step)
    return known


def _as_golden(act: str, minute: int) -> Step:
    """An act by the name that phones show it under."""
    outcomes = {"close": "admitted", "withdraw": "withdrawn"}
    return Step("close" if act in outcomes else act, at(minute), outcomes.get(act))


@pytest.mark.parametrize("case", STATE_CASES, ids=lambda case: "-".join(case["acts"]) or "nothing")
def test_the_states_that_phones_show(case: dict[str, Any]) -> None:
    for acts in permutations(case["acts"]):
        assert state_of([_as_golden(act, minute) for minute, act in enumerate(acts)]) == case["state"]


@pytest.mark.parametrize("case", SAY_CASES, ids=lambda case: case["name"])
def test_what_phones_offer_to_say_is_taken_and_the_rest_is_not(case: dict[str, Any]) -> None:
    known = [_as_golden(act, minute) for minute, act in enumerate(case["acts"])]

    def is_taken(act: str) -> bool:
        step = _as_golden(act, 60)
        own = may_say(step.act, step.outcome, frozenset(case["sides"]), outside=case["outside"])
        return own and why_not(BEGAN, known, step) is None

    offered = [act for act in case["says"] if act != "back"]  # that is a referral of its own
    assert [act for act in offered if not is_taken(act)] == []
    assert [act for act in case["never"] if is_taken(act)] == []


def test_the_words_are_those_of_the_phones() -> None:
    assert WORDS["directions"] == DIRECTIONS
    assert [WORDS["decline_reasons"], WORDS["receivers_outcomes"], WORDS["done_reasons"]] == [
        list(each) for each in (DECLINE_REASONS, RECEIVERS_OUTCOMES, DONE_REASONS)
    ]
    for case in WORDS["due"]:
        assert due_on(date.fromisoformat(case["on"]), None).isoformat() == case["due"]


@st.composite
def possible(draw: st.DrawFn) -> list[Step]:
    """What really can happen to somebody, as it happened: some of it nobody may have noted."""
    minutes = sorted(draw(st.lists(st.integers(0, 600), min_size=3, max_size=3)))
    stages = [Step("depart", at(minutes[0])), Step("arrive", at(minutes[1]))]
    said = [stage for stage in stages if draw(st.booleans())]
    if draw(st.booleans()):
        said.append(Step("accept", at(draw(st.integers(0, minutes[2])))))
    if draw(st.booleans()):
        outcome = draw(st.sampled_from(OUTCOMES[:-1]))
        said.append(Step("close", at(minutes[2]), outcome))
    said += [Step("family", at(minute)) for minute in draw(st.lists(st.integers(0, 900), max_size=2))]
    return said


@given(possible(), st.randoms(use_true_random=False))
def test_what_happened_is_taken_in_any_order_and_means_the_same(said: list[Step], random: Random) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)
    assert taken(shuffled) == shuffled
    assert state_of(shuffled) == state_of(said)


_ANY = st.builds(
    Step,
    st.sampled_from([act for act in ACTS if act != "void"]),
    st.integers(-60, 600).map(at),
    st.sampled_from(OUTCOMES),
)


@given(st.lists(_ANY, max_size=12))
def test_whatever_is_said_the_history_stays_possible(said: list[Step]) -> None:
    known = taken(said)
    acts = {step.act for step in known}
    assert not ("decline" in acts and acts & {"accept", "depart", "arrive", "close"})
    assert len({step.outcome for step in known if step.act == "close"}) <= 1
    first = {act: min(step.at for step in known if step.act == act) for act in acts}
    for before, after in (("depart", "arrive"), ("arrive", "close"), ("depart", "close")):
        if before in first and after in first:
            assert first[before] <= first[after] + TOLERANCE
    assert all(step.at >= BEGAN - TOLERANCE for step in known if step.act != "family")
    assert state_of(known) in STATES


@given(st.lists(_ANY, max_size=12), _ANY)
def test_a_refused_step_changes_nothing_and_the_same_again_is_no_contradiction(
    said: list[Step], new: Step
) -> None:
    known = taken(said)
    if why_not(BEGAN, known, new) is None:
        again = [*known, new]
        assert why_not(BEGAN, again, new) is None
        assert state_of([*again, new]) == state_of(again)


@given(st.lists(_ANY, max_size=8))
def test_nothing_is_said_of_what_was_withdrawn(said: list[Step]) -> None:
    known = [*taken(said), Step("void", at(0))]
    assert state_of(known) == "void"
    assert all(why_not(BEGAN, known, Step(act, at(5))) == "void" for act in ACTS)


@pytest.mark.parametrize(
    ("known", "new", "code"),
    [
        ("accept 1", "decline 2", "already_accepted"),
        ("depart 1", "decline 2", "under_way"),
        ("close 1", "decline 0", "already_closed"),
        ("decline 1", "accept 2", "already_declined"),
        ("decline 1", "depart 2", "already_declined"),
        ("arrive 10", "depart 16", "out_of_order"),
        ("arrive 10", "depart 15", None),
        ("depart 10", "arrive 4", "out_of_order"),
        ("close 10", "arrive 16", "already_closed"),
        ("close 10", "accept 15", None),
        ("depart 10", "accept 60", None),
        ("", "accept -6", "out_of_order"),
        ("", "accept -5", None),
    ],
)
def test_each_contradiction_has_its_reason(known: str, new: str, code: str | None) -> None:
    assert why_not(BEGAN, [_step(known)] if known else [], _step(new)) == code


def _step(text: str) -> Step:
    act, minutes = text.split()
    return Step(act, at(int(minutes)), "admitted" if act == "close" else None)


def test_withdrawing_is_not_for_somebody_who_arrived() -> None:
    arrived = [Step("arrive", at(10))]
    assert why_not(BEGAN, arrived, Step("close", at(20), "withdrawn")) == "under_way"
    closed = [Step("close", at(20), "admitted")]
    assert why_not(BEGAN, closed, Step("close", at(20), "died")) == "already_closed"


@pytest.mark.parametrize(
    ("act", "outcome", "sides", "outside", "allowed"),
    [
        ("accept", None, {"receiver"}, False, True),
        ("accept", None, {"sender"}, False, False),
        ("accept", None, {"sender"}, True, True),
        ("decline", None, {"care"}, True, False),
        ("depart", None, {"receiver"}, False, False),
        ("depart", None, {"care"}, False, True),
        ("arrive", None, {"care"}, False, True),
        ("close", "admitted", {"sender"}, False, False),
        ("close", "admitted", {"sender"}, True, True),
        ("close", "withdrawn", {"sender"}, False, True),
        ("close", "withdrawn", {"receiver"}, False, False),
        ("close", "admitted", {"care"}, True, False),
        ("family", None, {"care"}, False, True),
        ("family", None, set(), False, False),
    ],
)
def test_each_side_says_what_is_its_own(
    act: str, outcome: str | None, sides: set[str], outside: bool, allowed: bool
) -> None:
    assert may_say(act, outcome, frozenset(sides), outside=outside) is allowed


@pytest.mark.parametrize(
    ("called", "answered", "same"),
    [
        (-24 * 60, None, True),
        (-24 * 60 - 1, None, False),
        (30, None, True),
        (30, 29, False),
        (30, 30, True),
        (61, None, False),
    ],
)
def test_which_call_and_referral_are_one(called: int, answered: int | None, same: bool) -> None:
    assert same_call(at(called), BEGAN, None if answered is None else at(answered)) is same


ON = date(2026, 5, 12)
DAY = timedelta(days=1)
_READING = st.builds(
    lambda number, day, minute, counts, due: Reading(
        UUID(int=number),
        ON + day * DAY,
        at(day * 1440 + minute),
        counts,
        ON + (day + due) * DAY if due is not None else None,
    ),
    st.integers(1, 10**6),
    st.integers(0, 60),
    st.integers(0, 1000),
    st.booleans(),
    st.one_of(st.none(), st.integers(1, 14)),
)
_READINGS = st.lists(_READING, max_size=10, unique_by=lambda reading: reading.id)


@given(_READINGS, st.randoms(use_true_random=False))
def test_duties_do_not_depend_on_the_order_in_which_readings_arrive(
    readings: list[Reading], random: Random
) -> None:
    shuffled = list(readings)
    random.shuffle(shuffled)
    assert duties(shuffled, {}) == duties(readings, {})


@given(_READINGS)
def test_one_is_open_at_most_and_each_closes_on_a_later_day(readings: list[Reading]) -> None:
    found = duties(readings, {})
    by_id = {reading.id: reading for reading in readings}
    assert [duty.open for duty in found[:-1]] == [False] * (len(found) - 1 if found else 0)
    for duty in found:
        assert by_id[duty.id].due_on is not None
        assert duty.on <= duty.due_on <= duty.on + 74 * DAY
        if duty.closed_by:
            closing = by_id[duty.closed_by]
            assert (closing.counts, closing.on > duty.on, closing.on) == (True, True, duty.closed_on)


@given(_READINGS)
def test_where_anything_is_urgent_somebody_was_obliged(readings: list[Reading]) -> None:
    assert bool(duties(readings, {})) == any(reading.due_on for reading in readings)


def test_a_word_closes_it_and_the_next_urgent_reading_opens_another() -> None:
    first = Reading(UUID(int=1), ON, at(0), True, ON + 14 * DAY)
    second = Reading(UUID(int=2), ON, at(60), True, ON + 14 * DAY)
    closed, opened = duties([second, first], {first.id: at(30)})
    assert (closed.word, closed.open, opened.id, opened.open) == (at(30), False, second.id, True)
    (merged,) = duties([first, second], {first.id: at(90)})
    assert (merged.id, merged.word) == (first.id, at(90))


def test_a_word_of_any_reading_that_a_duty_is_about_closes_it() -> None:
    readings = [Reading(UUID(int=id_), ON, at(id_), True, ON + 14 * DAY) for id_ in (10, 20, 30)]
    of_the_later = {readings[2].id: at(50), readings[1].id: at(40)}
    (merged,) = duties(readings, of_the_later)
    assert (merged.id, merged.word, merged.word_of) == (readings[0].id, at(40), readings[1].id)
    again = Reading(UUID(int=99), ON + DAY, at(1440), True, ON + 15 * DAY)
    closed, opened = duties([*readings, again], of_the_later)
    assert (closed.word, closed.closed_by, opened.id, opened.open) == (at(40), None, again.id, True)


@pytest.mark.parametrize(
    ("stays", "left"),
    [
        ([], None),
        ([(ON, None)], None),
        ([(ON, ON + 9 * DAY)], ON + 9 * DAY),
        ([(ON, ON + 9 * DAY), (ON + 10 * DAY, ON + 13 * DAY)], ON + 13 * DAY),
        ([(ON, ON + 9 * DAY), (ON + 20 * DAY, None)], None),
    ],
)
def test_who_left_is_seen_again_by_nobody(stays: list[tuple[date, date | None]], left: date | None) -> None:
    assert left_on(stays) == left
    urgent = Reading(UUID(int=1), ON, at(0), True, ON + 14 * DAY)
    (duty,) = duties([urgent], {}, left)
    assert (duty.open, duty.closed_by, duty.closed_on) == (left is None, None, left)
    (said,) = duties([urgent], {urgent.id: at(5)}, left)
    assert (said.word, said.closed_on) == (at(5), None)
    again = Reading(UUID(int=2), ON + DAY, at(1440), True, None)
    (seen,) = duties([urgent, again], {}, left)
    assert (seen.closed_by, seen.closed_on) == (again.id, ON + DAY)


def test_what_was_due_by_the_last_day_was_missed() -> None:
    urgent = Reading(UUID(int=1), ON, at(0), True, ON + 14 * DAY)
    found = {days: duties([urgent], {}, ON + days * DAY)[0].open for days in (13, 14, 21)}
    assert found == {13: False, 14: True, 21: True}


def test_the_earlier_day_of_two_urgent_readings_stands() -> None:
    for order in permutations([5, 14]):
        readings = [
            Reading(UUID(int=position), ON, at(position), True, ON + days * DAY)
            for position, days in enumerate(order)
        ]
        (duty,) = duties(readings, {})
        assert (duty.id, duty.due_on) == (UUID(int=0), ON + 5 * DAY)


@pytest.mark.parametrize(
    ("assessment", "days"),
    [(None, 14), ({}, 14), ({"followup_days": 7}, 7), ({"follow_up_days": 30}, 14)],
)
def test_due_within_two_weeks_or_sooner(assessment: dict[str, int] | None, days: int) -> None:
    assert due_on(ON, assessment) == ON + timedelta(days=days)
    assert due_on(ON, assessment) <= ON + WITHIN
