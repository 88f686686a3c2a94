"""The interpreter of forms: what a filled-in form lacks, what must be asked again, what is urgent.

The phone has the same interpreter; tests/golden/forms holds the cases on which both must agree.
docs/sync-protocol.md has the shape of forms and the order of problems.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from server.catalogue.rules.agreements import agreement
from server.catalogue.rules.fields import (
    ATTENDEES,
    Field,
    Form,
    Judgement,
    Problem,
    Values,
    is_day,
    is_missing,
    matches,
    roster_of,
)


class Judge:
    """Judges what is entered into one form (docs/sync-protocol.md has its shape); made once for each form.

    `is_template`: the form is entered as the records of its parts and takes none itself.
    """

    def __init__(self, form: Form) -> None:
        self.is_template = "parts" in form
        self._fields = [Field(field, form, _judge_of_one(field, form)) for field in form["fields"]]
        self._names = {field.name for field in self._fields}
        self._agreements = [agree for field in self._fields if (agree := agreement(field, form))]
        self._readings = [field for field in self._fields if field.form["type"] == "readings"]
        self._roster = roster_of(form)
        self._checks = {
            kind: [_Check(check) for check in form["checks"] if check["kind"] == kind]
            for kind in ("reject", "ask")
        }
        self._urgent = form["urgent"]

    def __call__(self, values: Values, on: date | None = None) -> Judgement:
        """Judge what was entered on the day `on` (the round's, where there is one)."""
        errors = [error for field in self._fields for error in field.errors(values)]
        errors += [Problem(name, "unknown_field") for name in values if name not in self._names]
        sound = _sound(values, errors)
        if disagreeing := self._disagreements(sound, errors, on):
            errors += disagreeing
            sound = _sound(values, errors)
        if rejected := self._failed("reject", sound):
            errors += rejected
            sound = _sound(values, errors)
        urgent = tuple(rule["code"] for rule in self._urgent if _is_urgent(rule, sound))
        return Judgement(tuple(errors), tuple(self._asks(sound)), urgent)

    def attendees(self, values: Values) -> int | None:
        """How many people took part: the length of the roster, or the number that was entered."""
        names = values.get(self._roster) if self._roster else None
        return len(names) if names else values.get(ATTENDEES)

    def _disagreements(self, sound: Values, errors: Sequence[Problem], on: date | None) -> list[Problem]:
        found = [problem for agree in self._agreements for problem in agree(sound, on)]
        wrong = _wrong(errors) if found else ()
        return [problem for problem in found if problem.field not in wrong]

    def _failed(self, kind: str, sound: Values) -> list[Problem]:
        return [problem for check in self._checks[kind] if (problem := check.problem(sound))]

    def _asks(self, sound: Values) -> list[Problem]:
        """Of what was read repeatedly each reading is asked about, and not the mean again."""
        asks = [ask for field in self._fields for ask in field.asks(sound)]
        asks += self._failed("ask", sound)
        repeated = {name for field in self._readings if field.name in sound for name in field.form["of"]}
        return [ask for ask in asks if ask.field not in repeated]


def _wrong(errors: Sequence[Problem]) -> set[str]:
    return {error.field.split(".")[0] for error in errors}


def _sound(values: Values, errors: Sequence[Problem]) -> Values:
    """The values that are there and have no error: nothing else is asked about or called urgent."""
    wrong = _wrong(errors)
    return {name: value for name, value in values.items() if not is_missing(value) and name not in wrong}


def _judge_of_one(field: Form, form: Form) -> Judge | None:
    """What judges one of several readings: by the fields that are repeated, and the checks on them."""
    if field["type"] != "readings":
        return None
    of = field["of"]
    part = {
        "fields": [each for each in form["fields"] if each["name"] in of],
        "checks": [check for check in form["checks"] if check["greater"] in of and check["less"] in of],
        "urgent": [],
    }
    return Judge(part)


class _Check:
    """A rule on the difference of two numbers, or of two dates in days, where both are there."""

    def __init__(self, check: Form) -> None:
        self._check = check
        self._bounds = {name: Decimal(check[name]) for name in ("min", "max") if name in check}

    def problem(self, sound: Values) -> Problem | None:
        check = self._check
        if check["greater"] not in sound or check["less"] not in sound:
            return None
        difference = _number(sound[check["greater"]]) - _number(sound[check["less"]])
        if "min" in self._bounds and difference < self._bounds["min"]:
            return Problem(check["field"], check["code"], check["min"])
        if "max" in self._bounds and difference > self._bounds["max"]:
            return Problem(check["field"], check["code"], check["max"])
        return None


def _number(value: Any) -> Decimal:
    return Decimal(date.fromisoformat(value).toordinal() if is_day(value) else value)


def _is_urgent(rule: Form, sound: Values) -> bool:
    value = sound.get(rule["field"])
    if value is None:
        return False
    if "equals" in rule or "any_of" in rule:
        return matches(rule, value)
    if "at_least" in rule:
        return Decimal(value) >= Decimal(rule["at_least"])
    if "at_most" in rule:
        return Decimal(value) <= Decimal(rule["at_most"])
    return True  # not_empty: an empty value is not sound
