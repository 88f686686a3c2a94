"""Periods, the windows they leave, and the boundaries nobody should have to think about."""

from datetime import date
from typing import Any

import pytest

from server.fulfilment.rules.facts import Agreement
from server.fulfilment.rules.windows import cut, month_day, periods
from tests.rules.fulfilment.making import commitment


def spans(starts: str, ends: str, terminated_on: str | None = None, **fields: Any) -> list[str]:
    """The windows as `first..last`."""
    stop = None if terminated_on is None else date.fromisoformat(terminated_on)
    agreement = Agreement(date.fromisoformat(starts), date.fromisoformat(ends), stop)
    found = cut(agreement, periods(agreement, commitment(**fields)))
    return [f"{date.fromordinal(first)}..{date.fromordinal(last)}" for first, last in found]


def test_calendar_weeks_begin_on_monday_and_are_cut_to_the_term() -> None:
    assert spans("2026-01-01", "2026-01-13") == [
        "2026-01-01..2026-01-04",
        "2026-01-05..2026-01-11",
        "2026-01-12..2026-01-13",
    ]


def test_anniversary_weeks_begin_on_the_first_day() -> None:
    found = spans("2026-01-01", "2026-01-13", align="anniversary")
    assert found == ["2026-01-01..2026-01-07", "2026-01-08..2026-01-13"]


def test_blocks_of_weeks_count_from_the_week_of_the_first_day() -> None:
    assert spans("2026-01-01", "2026-01-13", every=2) == ["2026-01-01..2026-01-11", "2026-01-12..2026-01-13"]


@pytest.mark.parametrize("align", ["calendar", "anniversary"])
def test_days_come_in_blocks_from_the_first_day(align: str) -> None:
    found = spans("2026-01-01", "2026-01-07", per="day", every=3, align=align)
    assert found == ["2026-01-01..2026-01-03", "2026-01-04..2026-01-06", "2026-01-07..2026-01-07"]


@pytest.mark.parametrize(
    ("unit", "first_end", "second_end"),
    [
        ("month", "2026-05-31", "2026-06-30"),
        ("quarter", "2026-06-30", "2026-09-30"),
        ("half_year", "2026-06-30", "2026-12-31"),
        ("year", "2026-12-31", "2027-12-31"),
    ],
)
def test_calendar_units(unit: str, first_end: str, second_end: str) -> None:
    found = spans("2026-05-16", "2028-05-15", per=unit)
    assert found[0] == f"2026-05-16..{first_end}"
    assert found[1].endswith(f"..{second_end}")


def test_blocks_of_months_count_from_the_unit_of_the_first_day() -> None:
    found = spans("2026-02-10", "2026-08-31", per="month", every=3)
    assert found == ["2026-02-10..2026-04-30", "2026-05-01..2026-07-31", "2026-08-01..2026-08-31"]


def test_anniversary_months_never_drift() -> None:
    found = spans("2025-10-31", "2026-04-30", per="month", align="anniversary")
    assert [span[:10] for span in found] == [
        "2025-10-31",
        "2025-11-30",
        "2025-12-31",
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]


def test_anniversary_of_a_leap_day_returns_to_it() -> None:
    found = spans("2024-02-29", "2028-12-31", per="year", align="anniversary")
    assert [span[:10] for span in found] == [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]


def test_the_term_is_one_period_however_often_it_is_repeated() -> None:
    assert spans("2026-01-01", "2026-12-31", per="term", every=4) == ["2026-01-01..2026-12-31"]


def test_termination_cuts_the_last_window_and_drops_the_rest() -> None:
    assert spans("2026-01-01", "2026-12-31", "2026-02-10", per="month") == [
        "2026-01-01..2026-01-31",
        "2026-02-01..2026-02-09",
    ]


@pytest.mark.parametrize("per", ["day", "week", "month", "term"])
def test_termination_on_the_first_day_leaves_no_window(per: str) -> None:
    assert spans("2026-01-01", "2026-12-31", "2026-01-01", per=per) == []


def test_a_period_may_reach_past_the_calendar() -> None:
    assert spans("9999-12-01", "9999-12-31", per="year", every=10**9) == ["9999-12-01..9999-12-31"]


def test_month_day_agrees_with_the_calendar() -> None:
    for year in (1899, 1900, 1999, 2000, 2023, 2024, 9999):
        for month in range(12):
            assert month_day(year * 12 + month, 1) == date(year, month + 1, 1).toordinal()
            assert date.fromordinal(month_day(year * 12 + month, 28)) == date(year, month + 1, 28)
    assert date.fromordinal(month_day(2024 * 12 + 1, 31)) == date(2024, 2, 29)
    assert date.fromordinal(month_day(2023 * 12 + 1, 31)) == date(2023, 2, 28)
    assert date.fromordinal(month_day(2023 * 12 + 11, 31)) == date(2023, 12, 31)
