"""What may become of a request, and by when it should have been answered."""

from datetime import UTC, datetime, timedelta

import pytest

from server.demands.rules import Refused, State, answer_at, limit_at, strictest, wire_instant

ASKED = datetime(2026, 5, 12, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOW = ASKED + 20 * MINUTE


def test_whoever_is_asked_answers_now_and_has_no_say_in_the_time() -> None:
    assert answer_at(State(ASKED), None, NOW, own=True) == NOW
    assert answer_at(State(ASKED), ASKED, NOW, own=True) == Refused("not_yours_to_state", "answered_at")
    assert answer_at(State(ASKED), NOW, NOW, own=True) == Refused("not_yours_to_state", "answered_at")


@pytest.mark.parametrize("stated", [ASKED, ASKED + MINUTE, NOW])
def test_the_side_that_asked_states_a_time_from_asking_to_now(stated: datetime) -> None:
    assert answer_at(State(ASKED), stated, NOW, own=False) == stated


def test_no_answer_before_the_question_and_none_to_come() -> None:
    instant = timedelta(milliseconds=1)
    early = answer_at(State(ASKED), ASKED - instant, NOW, own=False)
    late = answer_at(State(ASKED), NOW + instant, NOW, own=False)
    assert early == Refused("before_asked", "answered_at", ASKED)
    assert late == Refused("in_future", "answered_at", NOW)


def test_a_clock_set_back_makes_no_answer_before_its_question() -> None:
    assert answer_at(State(ASKED), None, ASKED - MINUTE, own=True) == ASKED


@pytest.mark.parametrize("own", [True, False])
def test_what_is_settled_stays_so(own: bool) -> None:
    answered, withdrawn = State(ASKED, answered_at=ASKED), State(ASKED, withdrawn_at=NOW)
    assert answer_at(answered, None, NOW, own=own) == Refused("answered")
    assert answer_at(withdrawn, None, NOW, own=own) == Refused("withdrawn")
    assert State(ASKED).settled is None


def test_the_strictest_promise_holds() -> None:
    assert strictest([None, 60, 30, None]) == 30
    assert strictest([0, 5]) == 0
    assert strictest([None]) is None
    assert strictest([]) is None
    assert limit_at(ASKED, 30) == ASKED + 30 * MINUTE
    assert limit_at(ASKED, None) is None


def test_a_time_that_was_read_and_is_stated_again_is_the_same() -> None:
    at = ASKED.replace(microsecond=123_999)
    assert wire_instant(at) == ASKED.replace(microsecond=123_000)
