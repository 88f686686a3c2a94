"""Exact arithmetic on what was measured: means of repeated readings, and items that measurements decide."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

Number = int | str
"""An integer, or the text of a decimal."""


def mean(numbers: Sequence[Number], places: int | None) -> Number:
    """The mean of numbers of one field, rounded half up to its places; `places` is None for integers."""
    total = sum((Fraction(number) for number in numbers), Fraction())
    return _rounded(total / len(numbers), places)


def derived_value(field: Mapping[str, Any], sound: Mapping[str, Any]) -> Number | None:
    """What a `derived` field must be by the measurements; None where one of them is not there.

    With `bounds` it is the option as far along as bounds are reached; without, the measure itself.
    """
    derived = field["derived"]
    if not all(name in sound for name in derived["of"]):
        return None
    measure = _MEASURES[derived["from"]](*(Fraction(sound[name]) for name in derived["of"]))
    if "bounds" not in derived:
        return _rounded(measure, field.get("places"))
    reached = sum(measure >= Fraction(bound) for bound in derived["bounds"])
    option: Number = field["options"][reached]["value"]
    return option


def _bmi(weight_kg: Fraction, height_cm: Fraction) -> Fraction:
    return weight_kg * 10_000 / height_cm**2


def _whole_cm(waist_cm: Fraction) -> Fraction:
    return Fraction(_half_up(waist_cm))


_MEASURES: dict[str, Callable[..., Fraction]] = {"bmi": _bmi, "waist": _whole_cm}


def _rounded(number: Fraction, places: int | None) -> Number:
    if not places:
        return _half_up(number) if places is None else str(_half_up(number))
    digits = str(_half_up(number * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def _half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))
