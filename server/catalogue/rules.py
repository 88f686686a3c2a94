"""The interpreter of forms: what a filled-in form lacks, what must be asked again, what is urgent.

The phone has the same interpreter; tests/golden/forms holds the cases on which both must agree.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
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


def judge(form: Form, values: Values) -> Judgement:
    """Judge the values entered into a form (see `Form` in docs/sync-protocol.md for its shape)."""
    fields = {field["name"]: field for field in form["fields"]}
    errors = [error for field in form["fields"] for error in _field_errors(field, values)]
    errors += [Problem(name, "unknown_field") for name in values if name not in fields]
    errors += _failed_checks(form, "reject", _sound(values, errors))
    sound = _sound(values, errors)
    asks = [ask for field in form["fields"] for ask in _field_asks(field, sound)]
    asks += _failed_checks(form, "ask", sound)
    urgent = tuple(rule["code"] for rule in form["urgent"] if _is_urgent(rule, sound))
    return Judgement(tuple(errors), tuple(asks), urgent)


def _sound(values: Values, errors: Sequence[Problem]) -> Values:
    """The values that are there and have no error: nothing else is asked about or called urgent."""
    wrong = {error.field for error in errors}
    return {name: value for name, value in values.items() if not _missing(value) and name not in wrong}


def _failed_checks(form: Form, kind: str, sound: Values) -> list[Problem]:
    checks = (check for check in form["checks"] if check["kind"] == kind)
    return [problem for check in checks if (problem := _check(check, sound))]


def _missing(value: Any) -> bool:
    return value is None or value in ("", [])


def _field_errors(field: Form, values: Values) -> Iterator[Problem]:
    name, value = field["name"], values.get(field["name"])
    excused = _unless_holds(field, values)
    if _missing(value):
        if field["required"] and not excused:
            yield Problem(name, "required")
    elif excused:
        yield Problem(name, "not_together")
    else:
        yield from _VALUE_ERRORS[field["type"]](field, value)


def _unless_holds(field: Form, values: Values) -> bool:
    unless = field.get("unless")
    if unless is None or _missing(values.get(unless["field"])):
        return False
    return "equals" not in unless or bool(values[unless["field"]] == unless["equals"])


def _integer_errors(field: Form, value: Any) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Problem(field["name"], "wrong_type")
    else:
        yield from _range_errors(field, Decimal(value))


def _decimal_errors(field: Form, value: Any) -> Iterator[Problem]:
    match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        yield Problem(field["name"], "wrong_type")
    elif len(match.group(2) or "") != field["places"]:
        yield Problem(field["name"], "wrong_places", field["places"])
    else:
        yield from _range_errors(field, Decimal(value))


def _range_errors(field: Form, number: Decimal) -> Iterator[Problem]:
    if "min" in field and number < Decimal(field["min"]):
        yield Problem(field["name"], "too_low", field["min"])
    elif "max" in field and number > Decimal(field["max"]):
        yield Problem(field["name"], "too_high", field["max"])


def _choice_errors(field: Form, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(field["name"], "wrong_type")
    elif value not in _options(field):
        yield Problem(field["name"], "unknown_option")


def _choices_errors(field: Form, value: Any) -> Iterator[Problem]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        yield Problem(field["name"], "wrong_type")
    elif any(one not in _options(field) for one in value):
        yield Problem(field["name"], "unknown_option")
    elif len(set(value)) != len(value):
        yield Problem(field["name"], "repeated")


def _options(field: Form) -> set[str]:
    return {option["value"] for option in field["options"]}


def _text_errors(field: Form, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(field["name"], "wrong_type")
    elif len(value) > field["max_length"]:
        yield Problem(field["name"], "too_long", field["max_length"])


def _boolean_errors(field: Form, value: Any) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(field["name"], "wrong_type")


_VALUE_ERRORS = {
    "integer": _integer_errors,
    "decimal": _decimal_errors,
    "choice": _choice_errors,
    "choices": _choices_errors,
    "text": _text_errors,
    "boolean": _boolean_errors,
}


def _field_asks(field: Form, sound: Values) -> Iterator[Problem]:
    value = sound.get(field["name"])
    if value is None or field["type"] not in ("integer", "decimal"):
        return
    if "ask_below" in field and Decimal(value) < Decimal(field["ask_below"]):
        yield Problem(field["name"], "unusually_low", field["ask_below"])
    elif "ask_above" in field and Decimal(value) > Decimal(field["ask_above"]):
        yield Problem(field["name"], "unusually_high", field["ask_above"])


def _check(check: Form, sound: Values) -> Problem | None:
    """A rule on the difference of two numbers, where both are there."""
    if check["greater"] not in sound or check["less"] not in sound:
        return None
    difference = Decimal(sound[check["greater"]]) - Decimal(sound[check["less"]])
    if "min" in check and difference < Decimal(check["min"]):
        return Problem(check["field"], check["code"], check["min"])
    if "max" in check and difference > Decimal(check["max"]):
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
