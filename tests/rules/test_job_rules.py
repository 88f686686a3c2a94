"""Whose turn it is, and whether all is well."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from server.jobs.rules import State, all_is_well, is_due, lag, latest_slot, may_begin_again, pause

HALF_PAST_TWO = time(2, 30)
NOW = datetime(2026, 5, 12, 1, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-05-12 02:29:59", date(2026, 5, 11)),
        ("2026-05-12 02:30:00", date(2026, 5, 12)),
        ("2026-05-12 23:59:59", date(2026, 5, 12)),
        ("2026-05-13 00:00:00", date(2026, 5, 12)),
    ],
)
def test_a_night_belongs_to_the_day_it_begins_on(now: str, slot: date) -> None:
    assert latest_slot(HALF_PAST_TWO, datetime.fromisoformat(now)) == slot


@pytest.mark.parametrize(
    ("age", "finished", "error", "again"),
    [
        (HOUR, False, None, True),  # killed
        (HOUR - SECOND, False, None, False),  # still at work, for all we know
        (HOUR, True, "ValueError", True),  # failed
        (HOUR - SECOND, True, "ValueError", False),
        (24 * HOUR, True, None, False),  # done
    ],
)
def test_which_runs_are_begun_again(age: timedelta, finished: bool, error: str | None, again: bool) -> None:
    started = NOW - age
    assert may_begin_again(started, started + SECOND if finished else None, error, NOW) is again


def test_a_job_waits_its_pause_and_no_clock_put_back_stops_it() -> None:
    assert is_due(None, SECOND, NOW)
    assert not is_due(NOW - SECOND / 2, SECOND, NOW)
    assert is_due(NOW - SECOND, SECOND, NOW)
    assert is_due(NOW + HOUR, SECOND, NOW)


def test_failures_make_the_pause_longer_up_to_a_minute() -> None:
    assert [pause(SECOND, failures) for failures in (0, 1, 3)] == [SECOND, 2 * SECOND, 8 * SECOND]
    assert pause(SECOND, 1000) == MINUTE
    assert pause(HOUR, 0) == pause(HOUR, 5) == HOUR


def test_what_makes_the_alarm_go_off() -> None:
    well = State(oldest_mark=NOW - MINUTE, drifts=0, nightly=NOW - 26 * HOUR, ever=True)
    assert all_is_well(well, NOW)
    assert all_is_well(State(None, 0, None, ever=False), NOW), "without a worker no night is missed"
    late = State(NOW - MINUTE - SECOND, 0, NOW, ever=True)
    assert (lag(late, NOW), all_is_well(late, NOW)) == (MINUTE + SECOND, False)
    assert not all_is_well(State(None, 1, NOW, ever=True), NOW)
    assert not all_is_well(State(None, 0, NOW - 26 * HOUR - SECOND, ever=True), NOW)
    assert not all_is_well(State(None, 0, None, ever=True), NOW)


def test_a_mark_of_the_future_has_not_waited() -> None:
    assert lag(State(NOW + HOUR, 0, None, ever=False), NOW) == timedelta(0)
