"""What a value must agree with beside itself: readings with their mean, items with what was measured."""

from collections.abc import Callable, Iterable
from datetime import date

from server.catalogue.rules.fields import ATTENDEES, Field, Form, Problem, Values, is_missing
from server.catalogue.rules.measures import derived_value, mean

Agreement = Callable[[Values, date | None], Iterable[Problem]]


def agreement(field: Field, form: Form) -> Agreement | None:
    """What a sound field must agree with beside itself, if anything."""
    if field.form["type"] == "readings":
        return _means(field, form)
    if field.form["type"] == "roster" and any(each["name"] == ATTENDEES for each in form["fields"]):
        return _headcount(field)
    if "derived" in field.form:
        return _as_measured(field)
    return _beside_today(field) if {"not_after_today", "not_before_today"} & field.form.keys() else None


def _means(field: Field, form: Form) -> Agreement:
    places = {each["name"]: each.get("places") for each in form["fields"]}

    def problems(sound: Values, _on: date | None) -> Iterable[Problem]:
        readings = sound.get(field.name, ())
        for name in field.form["of"] if readings else ():
            given = [reading[name] for reading in readings if not is_missing(reading.get(name))]
            expected = mean(given, places[name]) if given else None
            if sound.get(name) != expected:
                yield Problem(name, "not_the_mean", expected)

    return problems


def _headcount(field: Field) -> Agreement:
    def problems(sound: Values, _on: date | None) -> Iterable[Problem]:
        present = len(sound.get(field.name, ()))
        if present and sound.get(ATTENDEES, present) != present:
            yield Problem(ATTENDEES, "not_the_roster", present)

    return problems


def _as_measured(field: Field) -> Agreement:
    def problems(sound: Values, _on: date | None) -> Iterable[Problem]:
        expected = derived_value(field.form, sound)
        if field.name in sound and expected is not None and sound[field.name] != expected:
            yield Problem(field.name, "not_as_measured", expected)

    return problems


def _beside_today(field: Field) -> Agreement:
    """A day that was, or one that is to come; the round's own day is both."""

    def problems(sound: Values, on: date | None) -> Iterable[Problem]:
        if on is None or field.name not in sound:
            return
        day = date.fromisoformat(sound[field.name])
        if field.form.get("not_after_today") and day > on:
            yield Problem(field.name, "after_today", on.isoformat())
        if field.form.get("not_before_today") and day < on:
            yield Problem(field.name, "before_today", on.isoformat())

    return problems
