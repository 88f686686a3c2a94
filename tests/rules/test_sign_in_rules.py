"""How long the next try waits, and whether a certificate covers a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from server.accounts.rules import FREE_FAILURES, not_qualified, wait_before_sign_in

NOW = datetime(2026, 5, 12, 1, 0, tzinfo=UTC)
_SOON, _OVER = "certificate_not_yet_valid", "certificate_expired"


def _wait(kind: str, count: int, last: timedelta = timedelta(0)) -> int:
    failures = [NOW - last - timedelta(seconds=10 * each) for each in range(count)]
    return round(wait_before_sign_in(kind, failures, NOW).total_seconds())


@pytest.mark.parametrize(
    ("count", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (99, 900)]
)
def test_waits_double_from_one_second_to_a_quarter_of_an_hour(count: int, seconds: int) -> None:
    assert _wait("login", count) == seconds


def test_an_address_has_more_free_tries_than_a_login() -> None:
    """A hospital's people share an address."""
    assert (_wait("address", 49), _wait("address", 50)) == (0, 1)


def test_time_that_passed_is_taken_off() -> None:
    assert _wait("login", 8, timedelta(seconds=5)) == 3
    assert _wait("login", 8, timedelta(seconds=8)) == 0


@given(st.sampled_from(sorted(FREE_FAILURES)), st.integers(0, 2000), st.integers(0, 2000))
def test_more_failures_never_wait_less_and_never_for_ever(kind: str, fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert _wait(kind, fewer) <= _wait(kind, more) <= 900


@pytest.mark.parametrize(
    ("periods", "reason"),
    [
        ([], "no_certificate"),
        ([(date(2026, 5, 12), date(2026, 5, 12))], None),
        ([(date(2020, 1, 1), date(2026, 5, 11))], "certificate_expired"),
        ([(date(2026, 5, 13), date(2030, 1, 1))], "certificate_not_yet_valid"),
        ([(date(2026, 5, 13), date(2030, 1, 1)), (date(2020, 1, 1), date(2026, 5, 12))], None),
        ([(date(2020, 1, 1), date(2026, 5, 1)), (date(2026, 5, 14), date(2030, 1, 1))], _SOON),
        ([(date(2020, 1, 1), date(2026, 5, 10)), (date(2026, 5, 20), date(2030, 1, 1))], _OVER),
    ],
)
def test_who_is_qualified_on_a_day(periods: list[tuple[date, date]], reason: str | None) -> None:
    assert not_qualified(periods, date(2026, 5, 12)) == reason
