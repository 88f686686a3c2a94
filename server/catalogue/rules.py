"""The interpreter of forms: what a filled-in form lacks, what must be asked again, what is urgent.

The phone has the same interpreter; tests/golden/forms holds the cases on which both must agree.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Form = Mapping[str, Any]
Values = Mapping[str, Any]
_DECIMAL = re.compile(r"[0-9]+(\.([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark about a field. `limit` is the bound that was passed, as the form states it."""

    field: str
    code: str
    limit: Any = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """`errors` refuse the form; `asks` need the clinician's word that the value was really measured; `urgent`
    are codes of values that call for referral."""

    errors: tuple[Problem, ...]
    asks: tuple[Problem, ...]
    urgent: tuple[str, ...]


class Judge:
    """Judges what is entered into one form (docs/sync-protocol.md has its shape); made once for each form."""

    def __init__(self, form: Form) -> None:
        self._fields = [_Field(field) for field in form["fields"]]
        self._names = {field.name for field in self._fields}
        self._checks = {
            kind: [_Check(check) for check in form["checks"] if check["kind"] == kind]
            for kind in ("reject", "ask")
        }
        self._urgent = form["urgent"]

    def __call__(self, values: Values) -> Judgement:
        errors = [error for field in self._fields for error in field.errors(values)]
        errors += [Problem(name, "unknown_field") for name in values if name not in self._names]
        errors += self._failed("reject", _sound(values, errors))
        sound = _sound(values, errors)
        asks = [ask for field in self._fields if (ask := field.asks(sound))]
        asks += self._failed("ask", sound)
        urgent = tuple(rule["code"] for rule in self._urgent if _is_urgent(rule, sound))
        return Judgement(tuple(errors), tuple(asks), urgent)

    def _failed(self, kind: str, sound: Values) -> list[Problem]:
        return [problem for check in self._checks[kind] if (problem := check.problem(sound))]


def _sound(values: Values, errors: Sequence[Problem]) -> Values:
    """The values that are there and have no error: nothing else is asked about or called urgent."""
    wrong = {error.field for error in errors}
    return {name: value for name, value in values.items() if not _missing(value) and name not in wrong}


def _missing(value: Any) -> bool:
    return value is None or value in ("", [])


class _Field:
    """One field: its bounds are numbers, its options a set."""

    def __init__(self, field: Form) -> None:
        self.name: str = field["name"]
        self.form = field
        self.bounds = {name: Decimal(field[name]) for name in _BOUNDS if name in field}
        self.options = {option["value"] for option in field.get("options", ())}
        self._value_errors = _VALUE_ERRORS[field["type"]]
        self._asks = "ask_below" in self.bounds or "ask_above" in self.bounds

    def errors(self, values: Values) -> Iterable[Problem]:
        value = values.get(self.name)
        if _missing(value):
            excused = not self.form["required"] or _unless_holds(self.form, values)
            return () if excused else [Problem(self.name, "required")]
        if _unless_holds(self.form, values):
            return [Problem(self.name, "not_together")]
        return self._value_errors(self, value)

    def asks(self, sound: Values) -> Problem | None:
        value = sound.get(self.name)
        if value is None or not self._asks:
            return None
        return self.outside(Decimal(value), "ask", "unusually_low", "unusually_high")

    def outside(self, number: Decimal, which: str, low: str, high: str) -> Problem | None:
        least, most = _BOUNDS_OF[which]
        if least in self.bounds and number < self.bounds[least]:
            return Problem(self.name, low, self.form[least])
        if most in self.bounds and number > self.bounds[most]:
            return Problem(self.name, high, self.form[most])
        return None


_BOUNDS_OF = {"value": ("min", "max"), "ask": ("ask_below", "ask_above")}
_BOUNDS = ("min", "max", "ask_below", "ask_above")


def _unless_holds(field: Form, values: Values) -> bool:
    unless = field.get("unless")
    if unless is None or _missing(values.get(unless["field"])):
        return False
    return "equals" not in unless or bool(values[unless["field"]] == unless["equals"])


def _integer_errors(field: _Field, value: Any) -> Iterable[Problem]:
    if not isinstance(value, int) or isinstance(value, bool):
        return [Problem(field.name, "wrong_type")]
    return _range_errors(field, Decimal(value))


def _decimal_errors(field: _Field, value: Any) -> Iterable[Problem]:
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return [Problem(field.name, "wrong_type")]
    places = field.form["places"]
    if len(match.group(2) or "") != places:
        return [Problem(field.name, "wrong_places", places)]
    return _range_errors(field, Decimal(value))


def _range_errors(field: _Field, number: Decimal) -> Iterable[Problem]:
    problem = field.outside(number, "value", "too_low", "too_high")
    return [problem] if problem else ()


def _choice_errors(field: _Field, value: Any) -> Iterable[Problem]:
    if not isinstance(value, str):
        return [Problem(field.name, "wrong_type")]
    return () if value in field.options else [Problem(field.name, "unknown_option")]


def _choices_errors(field: _Field, value: Any) -> Iterable[Problem]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return [Problem(field.name, "wrong_type")]
    if not field.options.issuperset(value):
        return [Problem(field.name, "unknown_option")]
    return [Problem(field.name, "repeated")] if len(set(value)) != len(value) else ()


def _text_errors(field: _Field, value: Any) -> Iterable[Problem]:
    if not isinstance(value, str):
        return [Problem(field.name, "wrong_type")]
    longest = field.form["max_length"]
    return [Problem(field.name, "too_long", longest)] if len(value) > longest else ()


def _boolean_errors(field: _Field, value: Any) -> Iterable[Problem]:
    return () if isinstance(value, bool) else [Problem(field.name, "wrong_type")]


_VALUE_ERRORS = {
    "integer": _integer_errors,
    "decimal": _decimal_errors,
    "choice": _choice_errors,
    "choices": _choices_errors,
    "text": _text_errors,
    "boolean": _boolean_errors,
}


class _Check:
    """A rule on the difference of two numbers, where both are there."""

    def __init__(self, check: Form) -> None:
        self._check = check
        self._bounds = {name: Decimal(check[name]) for name in ("min", "max") if name in check}

    def problem(self, sound: Values) -> Problem | None:
        check = self._check
        if check["greater"] not in sound or check["less"] not in sound:
            return None
        difference = Decimal(sound[check["greater"]]) - Decimal(sound[check["less"]])
        if "min" in self._bounds and difference < self._bounds["min"]:
            return Problem(check["field"], check["code"], check["min"])
        if "max" in self._bounds and difference > self._bounds["max"]:
            return Problem(check["field"], check["code"], check["max"])
        return None


def _is_urgent(rule: Form, sound: Values) -> bool:
    value = sound.get(rule["field"])
    if value is None:
        return False
    if "equals" in rule:
        return bool(value == rule["equals"])
    if "at_least" in rule:
        return Decimal(value) >= Decimal(rule["at_least"])
    if "at_most" in rule:
        return Decimal(value) <= Decimal(rule["at_most"])
    return True  # not_empty: an empty value is not sound
