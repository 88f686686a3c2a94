"""On which days the rounds still owed are proposed."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from server.calendar.rules import Window, habit, plan

MONDAY = date(2026, 6, 1)


def _day(number: int) -> date:
    return date(2026, 6, number)


def _window(first: int, last: int, promised: int, owed: int, grace: int = 0) -> Window:
    end = _day(last)
    return Window(_day(first), end, end + timedelta(grace), promised, owed)


def _days(windows: list[Window], today: int, rounds: tuple[date, ...] = (), gap: int = 1) -> list[int]:
    return [each.on.day for each in plan(windows, gap, rounds, _day(today))]


def test_the_habit_is_the_weekday_of_most_of_the_latest_rounds() -> None:
    tuesdays = [_day(2) + timedelta(7 * week) for week in range(4)]
    fridays = [_day(5) - timedelta(7 * week) for week in range(20, 40)]
    assert habit([]) is None
    assert habit([*tuesdays, *fridays]) == 1  # older ones are forgotten
    assert habit([*tuesdays, _day(4)]) == 1
    assert habit([_day(2), _day(4)]) == 3  # a tie: the one used last
    assert habit([_day(2), _day(2), _day(4)]) == 3  # several rounds of a day are one visit


@pytest.mark.parametrize(
    ("promised", "owed", "days"),
    [(1, 1, [4]), (2, 2, [2, 5]), (2, 1, [5]), (7, 7, [1, 2, 3, 4, 5, 6, 7])],
)
def test_a_week_is_cut_into_equal_shares(promised: int, owed: int, days: list[int]) -> None:
    assert _days([_window(1, 7, promised, owed)], today=1) == days


def test_a_share_without_habit_takes_a_working_day() -> None:
    assert _days([_window(5, 8, 1, 1)], today=1) == [5]
    assert _days([_window(6, 7, 1, 1)], today=1) == [6]  # a weekend is all there is


def test_rounds_come_on_the_habitual_weekday_of_their_share() -> None:
    tuesdays = (MONDAY - timedelta(6), MONDAY - timedelta(13))
    assert _days([_window(1, 28, 4, 4)], today=1, rounds=tuesdays) == [2, 9, 16, 23]
    assert _days([_window(3, 5, 1, 1)], today=1, rounds=tuesdays) == [4]  # no Tuesday in it


def test_the_numbers_left_are_the_last_ones_and_their_days_stay() -> None:
    before = list(plan([_window(1, 28, 4, 4)], 1, (), MONDAY))
    after = list(plan([_window(1, 28, 4, 3)], 1, (), _day(3)))
    assert [each.number for each in before] == [1, 2, 3, 4]
    assert [(each.number, each.on) for each in after] == [(each.number, each.on) for each in before[1:]]


def test_what_is_late_starts_on_the_next_possible_day() -> None:
    assert _days([_window(1, 14, 2, 2)], today=8) == [8, 11]
    assert _days([_window(1, 7, 1, 1)], today=6) == [6]
    assert _days([_window(1, 5, 1, 1, grace=10)], today=6) == [8]  # in the days of grace, after the weekend
    assert _days([_window(1, 7, 1, 1)], today=8) == []


def test_a_gap_holds_to_earlier_rounds_and_from_window_to_window() -> None:
    assert _days([_window(1, 7, 1, 1)], today=1, rounds=(MONDAY - timedelta(4),), gap=9) == [6]
    assert _days([_window(1, 7, 1, 1), _window(8, 14, 1, 1)], today=7, gap=5) == [7, 12]
    assert _days([_window(1, 7, 3, 3)], today=1, gap=5) == [1, 6]  # the third does not fit
    assert _days([_window(1, 1, 2, 2)], today=1, gap=0) == [1, 1]  # every record counts


_WINDOWS = st.builds(
    lambda first, length, promised, grace, left: Window(
        MONDAY + timedelta(first),
        MONDAY + timedelta(first + length),
        MONDAY + timedelta(first + length + grace),
        promised,
        min(left, promised),
    ),
    *(st.integers(0, 60), st.integers(0, 90), st.integers(1, 12), st.integers(0, 20), st.integers(1, 12)),
)


@given(
    st.lists(_WINDOWS, max_size=3),
    st.integers(0, 15),
    st.lists(st.integers(0, 100), max_size=10),
    st.integers(0, 100),
)
def test_proposals_could_be_kept(windows: list[Window], gap: int, ago: list[int], at: int) -> None:
    today = MONDAY + timedelta(at)
    rounds = [today - timedelta(each) for each in ago]
    planned = list(plan(windows, gap, rounds, today))
    days = [each.on for each in planned]
    assert all(today <= each.on <= each.window.deadline and each.window.start <= each.on for each in planned)
    assert all((after - before).days >= gap for before, after in pairwise(days))
    assert not rounds or not days or (days[0] - max(rounds)).days >= gap
    for window in windows:
        numbers = [each.number for each in planned if each.window is window]
        assert numbers == list(range(window.promised - window.owed + 1, window.promised + 1))[: len(numbers)]
