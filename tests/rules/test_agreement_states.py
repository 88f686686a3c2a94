"""The states of an agreement."""

from datetime import date
from itertools import product

import pytest

from server.agreements.rules import Refused, last_day_of, next_state, repeated, shown_state

STATES = ("draft", "signed", "active", "terminated")
ACTIONS = ("sign", "activate", "terminate")
ALLOWED = {
    ("draft", "sign"): "signed",
    ("signed", "activate"): "active",
    ("active", "terminate"): "terminated",
}


@pytest.mark.parametrize(("state", "action"), list(product(STATES, ACTIONS)))
def test_only_three_moves_are_allowed(state: str, action: str) -> None:
    expected = ALLOWED.get((state, action), Refused(f"cannot_{action}_{state}"))
    assert next_state(state, action) == expected


@pytest.mark.parametrize(
    ("state", "last_day", "shown"),
    [
        ("active", date(2026, 5, 12), "active"),
        ("active", date(2026, 5, 11), "expired"),
        ("draft", date(2026, 5, 11), "draft"),
        ("terminated", date(2026, 5, 11), "terminated"),
    ],
)
def test_expiry_is_a_matter_of_the_date(state: str, last_day: date, shown: str) -> None:
    assert shown_state(state, last_day, date(2026, 5, 12)) == shown


def test_the_last_day_is_the_one_before_termination() -> None:
    assert last_day_of(date(2026, 12, 31), None) == date(2026, 12, 31)
    assert last_day_of(date(2026, 12, 31), date(2026, 5, 1)) == date(2026, 4, 30)
    assert last_day_of(date(2026, 12, 31), date(2027, 5, 1)) == date(2026, 12, 31)


def test_the_second_of_two_is_named() -> None:
    assert repeated(["a", "b", "a", "b"]) == 2
    assert repeated([]) is None
