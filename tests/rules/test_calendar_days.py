"""On which days the rounds still owed are proposed."""

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from server.calendar.rules import Window, habit, plan, visits

MONDAY = date(2026, 6, 1)
_FILE = Path(__file__).parents[1] / "golden" / "calendar" / "plan.json"
_GOLDEN = json.loads(_FILE.read_text(encoding="utf-8"))


def _window(said: dict[str, Any]) -> Window:
    start, end, deadline = (date.fromisoformat(said[name]) for name in ("start", "end", "deadline"))
    return Window(start, end, deadline, said["promised"], said["owed"])


@pytest.mark.parametrize("case", _GOLDEN["habits"], ids=lambda case: case["name"])
def test_the_habit(case: dict[str, Any]) -> None:
    assert habit(map(date.fromisoformat, case["rounds"])) == case["weekday"]


@pytest.mark.parametrize("case", _GOLDEN["cases"], ids=lambda case: case["name"])
def test_the_cases_that_phones_run_too(case: dict[str, Any]) -> None:
    windows = [_window(each) for each in case["windows"]]
    rounds = [date.fromisoformat(day) for day in case["rounds"]]
    found = plan(windows, case["gap"], rounds, date.fromisoformat(case["today"]))
    said = [
        {"window": windows.index(each.window), "number": each.number, "on": each.on.isoformat()}
        for each in found
    ]
    assert said == case["planned"]


@pytest.mark.parametrize("case", _GOLDEN["visits"], ids=lambda case: case["name"])
def test_the_visits_that_phones_plan_too(case: dict[str, Any]) -> None:
    clauses = [([_window(each) for each in one["windows"]], one["gap"]) for one in case["clauses"]]
    rounds = [date.fromisoformat(day) for day in case["rounds"]]
    said = [
        {
            "on": visit.on.isoformat(),
            "asked": [
                {
                    "clause": each.clause,
                    "window": clauses[each.clause][0].index(each.planned.window),
                    "number": each.planned.number,
                }
                for each in visit.asked
            ],
        }
        for visit in visits(clauses, rounds, date.fromisoformat(case["today"]))
    ]
    assert said == case["visits"]


def test_the_days_of_those_left_stay() -> None:
    month = Window(MONDAY, MONDAY + timedelta(27), MONDAY + timedelta(27), 4, 4)
    before = [each.on for each in plan([month], 1, (), MONDAY)]
    after = [each.on for each in plan([replace(month, owed=3)], 1, (), MONDAY + timedelta(2))]
    assert after == before[1:]


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
