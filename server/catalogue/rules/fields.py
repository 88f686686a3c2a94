"""The fields of a form: what a value of each type must look like."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

Form = Mapping[str, Any]
Values = Mapping[str, Any]
_DECIMAL = re.compile(r"[0-9]+(\.([0-9]+))?")
_DAY = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FEWEST_READINGS = 2
MOST_NAMES, LONGEST_NAME = 200, 40
ATTENDEES = "attendees"
"""The field that a roster counts for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark about a field. `limit` is the bound that was passed, as the form states it.

    A value among repeated readings is named by its path: `readings.0.sbp`.
    """

    field: str
    code: str
    limit: Any = None


class Judgement(NamedTuple):
    """`errors` refuse the form; `asks` need the clinician's word that the value was really measured; `urgent`
    are codes of values that call for referral."""

    errors: tuple[Problem, ...]
    asks: tuple[Problem, ...]
    urgent: tuple[str, ...]


class Field:
    """One field: its bounds are numbers, its options a set."""

    def __init__(self, field: Form, form: Form, one_reading: Callable[[Values], Judgement] | None) -> None:
        self.name: str = field["name"]
        self.form = field
        self.bounds = {name: Decimal(field[name]) for name in _BOUNDS if name in field}
        self.options = {option["value"] for option in field.get("options", ())}
        self.alone = {option["value"] for option in field.get("options", ()) if option.get("alone")}
        self._one_reading = one_reading
        self._value_errors = _VALUE_ERRORS[field["type"]]
        self._counted_by = roster_of(form) if self.name == ATTENDEES else None
        self._asks = "ask_below" in self.bounds or "ask_above" in self.bounds

    def errors(self, values: Values) -> Iterable[Problem]:
        value = values.get(self.name)
        if is_missing(value):
            return [Problem(self.name, "required")] if self._is_required(values) else ()
        if not is_asked(self.form, values):
            return [Problem(self.name, "not_together")]
        return self._value_errors(self, value)

    def _is_required(self, values: Values) -> bool:
        counted = self._counted_by is not None and not is_missing(values.get(self._counted_by))
        return bool(self.form["required"]) and not counted and is_asked(self.form, values)

    def asks(self, sound: Values) -> Iterable[Problem]:
        value = sound.get(self.name)
        if value is None:
            return ()
        if self._one_reading:
            return [_at(self.name, n, ask) for n, one in self.each_reading(value) for ask in one.asks]
        problem = (
            self.outside(Decimal(value), "ask", "unusually_low", "unusually_high") if self._asks else None
        )
        return [problem] if problem else ()

    def each_reading(self, readings: Iterable[Values]) -> Iterable[tuple[int, Judgement]]:
        return enumerate(map(self._one_reading, readings)) if self._one_reading else ()

    def outside(self, number: Decimal, which: str, low: str, high: str) -> Problem | None:
        least, most = _BOUNDS_OF[which]
        if least in self.bounds and number < self.bounds[least]:
            return Problem(self.name, low, self.form[least])
        if most in self.bounds and number > self.bounds[most]:
            return Problem(self.name, high, self.form[most])
        return None


_BOUNDS_OF = {"value": ("min", "max"), "ask": ("ask_below", "ask_above")}
_BOUNDS = ("min", "max", "ask_below", "ask_above")


def _at(name: str, index: int, problem: Problem) -> Problem:
    return Problem(f"{name}.{index}.{problem.field}", problem.code, problem.limit)


def roster_of(form: Form) -> str | None:
    return next((field["name"] for field in form["fields"] if field["type"] == "roster"), None)


def is_asked(field: Form, values: Values) -> bool:
    """Whether what else was entered leaves room for this field."""
    when, unless = field.get("when"), field.get("unless")
    if when is not None and not matches(when, values.get(when["field"])):
        return False
    if unless is None or is_missing(values.get(unless["field"])):
        return True
    named = "equals" in unless or "any_of" in unless
    return named and not matches(unless, values[unless["field"]])


def matches(rule: Form, value: Any) -> bool:
    """Whether a value is what the rule names (`equals`, `any_of`); of several, whether one of them is."""
    wanted = [rule["equals"]] if "equals" in rule else rule["any_of"]
    given = value if isinstance(value, list) else [value]
    # True is no 1: the phone's language knows the difference.
    return any(type(one) is type(want) and one == want for one in given for want in wanted)


def is_missing(value: Any) -> bool:
    return value is None or value in ("", [])


Errors = Iterable[Problem]


def _integer_errors(field: Field, value: Any) -> Errors:
    if not isinstance(value, int) or isinstance(value, bool):
        return [Problem(field.name, "wrong_type")]
    return _range_errors(field, Decimal(value))


def _decimal_errors(field: Field, value: Any) -> Errors:
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return [Problem(field.name, "wrong_type")]
    places = field.form["places"]
    if len(match.group(2) or "") != places:
        return [Problem(field.name, "wrong_places", places)]
    return _range_errors(field, Decimal(value))


def _range_errors(field: Field, number: Decimal) -> Errors:
    problem = field.outside(number, "value", "too_low", "too_high")
    return [problem] if problem else ()


def _score_errors(field: Field, value: Any) -> Errors:
    if not isinstance(value, int) or isinstance(value, bool):
        return [Problem(field.name, "wrong_type")]
    return () if value in field.options else [Problem(field.name, "unknown_option")]


def _choice_errors(field: Field, value: Any) -> Errors:
    if not isinstance(value, str):
        return [Problem(field.name, "wrong_type")]
    return () if value in field.options else [Problem(field.name, "unknown_option")]


def _choices_errors(field: Field, value: Any) -> Errors:
    if not _is_list_of_texts(value):
        return [Problem(field.name, "wrong_type")]
    if not field.options.issuperset(value):
        return [Problem(field.name, "unknown_option")]
    if len(set(value)) != len(value):
        return [Problem(field.name, "repeated")]
    return [Problem(field.name, "not_together")] if len(value) > 1 and field.alone & set(value) else ()


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _text_errors(field: Field, value: Any) -> Errors:
    if not isinstance(value, str):
        return [Problem(field.name, "wrong_type")]
    longest = field.form["max_length"]
    return [Problem(field.name, "too_long", longest)] if len(value) > longest else ()


def _boolean_errors(field: Field, value: Any) -> Errors:
    return () if isinstance(value, bool) else [Problem(field.name, "wrong_type")]


def _date_errors(field: Field, value: Any) -> Errors:
    return () if is_day(value) else [Problem(field.name, "wrong_type")]


def is_day(value: Any) -> bool:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _readings_errors(field: Field, value: Any) -> Errors:
    if not isinstance(value, list) or not all(isinstance(reading, dict) for reading in value):
        return [Problem(field.name, "wrong_type")]
    if len(value) < FEWEST_READINGS:
        return [Problem(field.name, "too_few", FEWEST_READINGS)]
    if len(value) > field.form["max_items"]:
        return [Problem(field.name, "too_many", field.form["max_items"])]
    return [_at(field.name, n, error) for n, one in field.each_reading(value) for error in one.errors]


def _roster_errors(field: Field, value: Any) -> Errors:
    if not _is_list_of_texts(value) or not all(name.strip(" \u3000") for name in value):
        return [Problem(field.name, "wrong_type")]
    if len(value) > MOST_NAMES:
        return [Problem(field.name, "too_many", MOST_NAMES)]
    if any(len(name) > LONGEST_NAME for name in value):
        return [Problem(field.name, "too_long", LONGEST_NAME)]
    return [Problem(field.name, "repeated")] if len(set(value)) != len(value) else ()


def _photos_errors(field: Field, value: Any) -> Errors:
    if not _is_list_of_texts(value) or not all(_UUID.fullmatch(id_) for id_ in value):
        return [Problem(field.name, "wrong_type")]
    if len(value) > field.form["max_items"]:
        return [Problem(field.name, "too_many", field.form["max_items"])]
    return [Problem(field.name, "repeated")] if len(set(value)) != len(value) else ()


_VALUE_ERRORS: dict[str, Callable[[Field, Any], Errors]] = {
    "integer": _integer_errors,
    "decimal": _decimal_errors,
    "score": _score_errors,
    "choice": _choice_errors,
    "choices": _choices_errors,
    "text": _text_errors,
    "boolean": _boolean_errors,
    "date": _date_errors,
    "readings": _readings_errors,
    "roster": _roster_errors,
    "photos": _photos_errors,
}
