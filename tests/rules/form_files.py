"""What a form file must be, beyond what the interpreter refuses: `faults` names what is wrong with one."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from server.catalogue.rules import Judge

Json = Mapping[str, Any]
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FORM = ({"code", "version", "fields", "checks", "urgent"}, {"hint", "flow", "sections", "result", "parts"})
_FIELD = ({"name", "type", "label", "required"}, {"hint", "when", "unless", "summary", "default", "offer"})
_NUMBER = {"unit", "min", "max", "ask_below", "ask_above"}
_OF_TYPE: dict[str, tuple[set[str], set[str]]] = {
    "integer": ({"max"}, {*_NUMBER, "derived"}),
    "decimal": ({"max", "places"}, {*_NUMBER, "derived"}),
    "score": ({"options"}, {"derived"}),
    "choice": ({"options"}, {"derived"}),
    "choices": ({"options"}, set()),
    "text": ({"max_length"}, {"read_of", "meter", "timing"}),
    "boolean": (set(), set()),
    "date": (set(), {"not_after_today", "not_before_today"}),
    "readings": ({"of", "max_items"}, set()),
    "roster": (set(), set()),
    "photos": ({"max_items"}, set()),
}
_NUMBERS = {"integer", "decimal", "score"}
_MEASURES = {"bmi": 2, "waist": 1}
_PRESSURE = [("integer", "mmHg"), ("integer", "mmHg")]
_GLUCOSE = [("decimal", "mmol/L"), ("choice", None)]
_CHECK = ({"code", "kind", "field", "greater", "less"}, {"min", "max"})
_URGENT = ({"code", "field"}, {"at_least", "at_most", "equals", "any_of", "not_empty"})


def faults(form: Json, rules: Collection[str], services: Mapping[str, str | None]) -> list[str]:
    """`rules` are the clinical rules there are, `services` the form of each service."""
    found = [*_keys("form", form, _FORM)]
    if found:
        return found
    found += _head(form, rules, services)
    for field in form["fields"]:
        found += _field(field, form)
    if found:
        return found
    found += _sections(form)
    found += [fault for check in form["checks"] for fault in _check(check, form)]
    found += [fault for rule in form["urgent"] for fault in _urgent(rule, form)]
    return found or _interpreted(form)


def _keys(what: str, given: Json, known: tuple[set[str], set[str]]) -> Iterator[str]:
    must, may = known
    for key in sorted(must - given.keys()):
        yield f"{what}: {key} is missing"
    for key in sorted(given.keys() - must - may):
        yield f"{what}: {key} is not known"


def _words(what: str, words: Any) -> Iterator[str]:
    if (
        not isinstance(words, dict)
        or set(words) != {"zh", "en"}
        or not all(_said(each) for each in words.values())
    ):
        yield f"{what}: words in zh and en, without blanks at their ends"


def _said(words: Any) -> bool:
    return isinstance(words, str) and words.strip() == words != ""


def _head(form: Json, rules: Collection[str], services: Mapping[str, str | None]) -> Iterator[str]:
    if not isinstance(form["version"], int) or form["version"] < 1:
        yield "version: from 1 on"
    if form.get("flow", "page") not in ("page", "steps"):
        yield "flow: page or steps"
    if "result" in form and form["result"] not in rules:
        yield f"result: no clinical rule {form['result']}"
    if "hint" in form:
        yield from _words("hint", form["hint"])
    yield from _once(form)
    yield from _parts(form, services)


def _once(form: Json) -> Iterator[str]:
    names = [field.get("name") for field in form["fields"]]
    if len(set(names)) != len(names):
        yield "fields: a name twice"
    for kind in ("readings", "roster", "photos"):
        if sum(field.get("type") == kind for field in form["fields"]) > 1:
            yield f"fields: more than one of {kind}"


def _parts(form: Json, services: Mapping[str, str | None]) -> Iterator[str]:
    for part in form.get("parts", ()):
        if not services.get(part):
            yield f"parts: {part} is no service with a form"
    if bool(form["fields"]) == ("parts" in form):
        yield "fields or parts, one of them"


def _field(field: Json, form: Json) -> Iterator[str]:
    what = str(field.get("name"))
    if field.get("type") not in _OF_TYPE:
        yield f"{what}: type {field.get('type')} is not known"
        return
    must, may = _OF_TYPE[field["type"]]
    yield from _keys(what, field, (_FIELD[0] | must, _FIELD[1] | may))
    if not _NAME.fullmatch(what):
        yield f"{what}: a name of small letters, digits and _"
    for words in {"label", "hint"} & field.keys():
        yield from _words(f"{what}.{words}", field[words])
    yield from _bounds(what, field)
    yield from _options(what, field)
    for rule in {"when", "unless"} & field.keys():
        yield from _match(f"{what}.{rule}", field[rule], form, field)
    yield from _readings(what, field, form) if "of" in field else ()
    yield from _derived(what, field, form) if "derived" in field else ()
    yield from _default(what, field)
    yield from _meter(what, field, form)
    if {"not_after_today", "not_before_today"} <= field.keys():
        yield f"{what}: a day that was, or one that is to come"
    if "offer" in field and (field["offer"] is not True or field["required"] or not form["urgent"]):
        yield f"{what}: an offer is never required, and goes with urgent values"


def _meter(what: str, field: Json, form: Json) -> Iterator[str]:
    """What names a meter says which kind, and which fields it gives, in the order in which it gives them."""
    if not {"read_of", "meter", "timing"} & field.keys():
        return
    given = [_named(form, name) for name in field.get("read_of", ())]
    kinds = [(other["type"], other.get("unit")) if other else None for other in given]
    fits = {"pressure": (_PRESSURE, [*_PRESSURE, ("integer", "bpm")]), "glucose": (_GLUCOSE,)}
    if field.get("timing", "fasting") != "fasting" or ("timing" in field and field.get("meter") != "glucose"):
        yield f"{what}.timing: of a glucose that is fasting whenever it is taken"
    if field["required"] or kinds not in fits.get(field.get("meter", ""), ()):
        yield f"{what}.read_of: not what a meter gives"


def unread(form: Json) -> list[str]:
    """Pressures, and glucoses that may be urgent, that no meter could fill in."""
    read = {name for field in form["fields"] for name in field.get("read_of", ())}
    urgent = {rule["field"] for rule in form["urgent"] if rule["code"].startswith("glucose_")}
    measured = {field["name"] for field in form["fields"] if field.get("unit") == "mmHg"} | urgent
    return sorted(measured - read)


def _default(what: str, field: Json) -> Iterator[str]:
    if (
        "default" in field
        and Judge({"fields": [field], "checks": [], "urgent": []})({what: field["default"]}).errors
    ):
        yield f"{what}: the default is no value of the field"


def _bounds(what: str, field: Json) -> Iterator[str]:
    places = field.get("places")
    digits = re.compile(rf"[0-9]+\.[0-9]{{{places}}}")
    for bound in sorted(_NUMBER - {"unit"} & field.keys()):
        value = field[bound]
        good = type(value) is int if places is None else isinstance(value, str) and digits.fullmatch(value)
        if not good:
            yield f"{what}.{bound}: as a value of this field is written"


def _options(what: str, field: Json) -> Iterator[str]:
    options = field.get("options", ())
    kind = int if field.get("type") == "score" else str
    for option in options:
        yield from _keys(what, option, ({"value", "label"}, {"alone"}))
        yield from _words(f"{what}: {option.get('value')}", option.get("label"))
        if type(option.get("value")) is not kind or option.get("value") == "":
            yield f"{what}: options are {kind.__name__}"
        if "alone" in option and (field["type"] != "choices" or option["alone"] is not True):
            yield f"{what}: alone is said of choices, and true"
    values = [option.get("value") for option in options]
    if "options" in field and (len(values) < 2 or len(set(values)) != len(values)):
        yield f"{what}: at least two different options"


def _match(what: str, rule: Json, form: Json, field: Json | None = None) -> Iterator[str]:
    """What another field may be required to say: it stands in the form, and the value is one it can have."""
    other = _named(form, rule.get("field"))
    if other is None or other is field:
        yield f"{what}: no other field {rule.get('field')}"
        return
    if what.endswith(".when") and ("equals" in rule) == ("any_of" in rule):
        yield f"{what}: equals or any_of"
    for value in [rule["equals"]] if "equals" in rule else rule.get("any_of", ()):
        judged = [value] if other["type"] == "choices" else value
        errors = Judge({"fields": [{**other, "when": None, "unless": None}], "checks": [], "urgent": []})(
            {other["name"]: judged}
        ).errors
        if errors:
            yield f"{what}: {value!r} is no value of {other['name']}"


def _named(form: Json, name: Any) -> Json | None:
    return next((field for field in form["fields"] if field.get("name") == name), None)


def _readings(what: str, field: Json, form: Json) -> Iterator[str]:
    others = [_named(form, name) for name in field["of"]]
    if not others or any(other is None or other["type"] not in ("integer", "decimal") for other in others):
        yield f"{what}.of: names of integers and decimals"
    if field["required"] or not 2 <= field["max_items"] <= 10:
        yield f"{what}: not required, and 2 to 10 of them"
    if any(other and ("when" in other or "derived" in other) for other in others):
        yield f"{what}.of: neither conditional nor derived"


def _derived(what: str, field: Json, form: Json) -> Iterator[str]:
    derived = field["derived"]
    yield from _keys(f"{what}.derived", derived, ({"from", "of"}, {"bounds"}))
    if len(derived.get("of", ())) != _MEASURES.get(derived.get("from")):
        yield f"{what}.derived: from bmi of [kg, cm] or from waist of [cm]"
        return
    for name in derived["of"]:
        other = _named(form, name)
        if other is None or other["type"] not in ("integer", "decimal") or float(other.get("min", 0)) <= 0:
            yield f"{what}.derived: {name} is no number above 0"
    bounds = [float(bound) for bound in derived.get("bounds", ())]
    if ("bounds" in derived) != ("options" in field) or bounds != sorted(set(bounds)):
        yield f"{what}.derived: rising bounds where there are options, and only there"
    if bounds and len(bounds) != len(field["options"]) - 1:
        yield f"{what}.derived: a bound between any two options"


def _sections(form: Json) -> Iterator[str]:
    sections = form.get("sections")
    if sections is None:
        return
    for section in sections:
        yield from _keys("section", section, ({"code", "label", "fields"}, {"hint", "together", "sum"}))
        yield from _words(f"section {section.get('code')}", section.get("label"))
        if "hint" in section:
            yield from _words(f"section {section.get('code')}.hint", section["hint"])
    listed = [name for section in sections for name in section.get("fields", ())]
    if listed != [field["name"] for field in form["fields"] if "offer" not in field]:
        yield "sections: every field once, in the order of the fields"
    if len({section.get("code") for section in sections}) != len(sections):
        yield "sections: a code twice"


def _check(check: Json, form: Json) -> Iterator[str]:
    what = f"check {check.get('code')}"
    yield from _keys(what, check, _CHECK)
    if check.get("kind") not in ("reject", "ask") or not {"min", "max"} & check.keys():
        yield f"{what}: reject or ask, with a bound"
    compared = [_named(form, check.get(side)) for side in ("greater", "less")]
    kinds = {
        "date" if other and other["type"] == "date" else other and other["type"] in _NUMBERS
        for other in compared
    }
    if kinds not in ({"date"}, {True}) or check.get("field") not in (check.get("greater"), check.get("less")):
        yield f"{what}: of two numbers or two dates, said of one of them"


def _urgent(rule: Json, form: Json) -> Iterator[str]:
    what = f"urgent {rule.get('code')}"
    yield from _keys(what, rule, _URGENT)
    other = _named(form, rule.get("field"))
    if other is None or len(rule) != 3:
        yield f"{what}: a field, and one condition"
    elif "equals" in rule or "any_of" in rule:
        yield from _match(what, rule, form)
    elif "not_empty" not in rule and other["type"] not in _NUMBERS:
        yield f"{what}: bounds are of numbers"


def _interpreted(form: Json) -> list[str]:
    """The interpreter takes it: it is built, and judges an empty form without failing."""
    Judge(form)({})
    return []
