"""Pure rules about people: identity numbers, masks, presence."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

# Codes of conditions: what an agreement's clause can ask for, and the screens have names for.
CONDITIONS = ("hypertension", "type2_diabetes", "disabled", "bedridden", "dementia", "end_of_life")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_IDENTITY_LENGTH = 18


class Period(Protocol):
    @property
    def starts(self) -> date: ...
    @property
    def ends(self) -> date | None: ...


def identity_number_error(number: str) -> str | None:
    """Why an 18-digit resident identity number (GB 11643) cannot be right, or None."""
    number = number.upper()
    if len(number) != _IDENTITY_LENGTH or not number[:17].isascii() or not number[:17].isdigit():
        return "not_an_identity_number"
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "impossible_birth_date"
    return None if number[17] == identity_check_digit(number) else "wrong_check_digit"


def identity_check_digit(number: str) -> str:
    """The 18th character for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECK[total % 11]


def masked(name: str) -> str:
    """`张秀英` -> `张*`: the family name only."""
    return f"{name[:1]}*"


def lives_there(stays: Iterable[Period], day: date) -> bool:
    return any(stay.starts <= day and (stay.ends is None or day <= stay.ends) for stay in stays)
