"""The interpreter of forms against the cases that the phone's interpreter must pass too."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.catalogue import queries as catalogue
from server.catalogue.rules import Judge, Problem
from server.clinical.rules import assess as clinical
from tests.rules.form_files import faults, unread

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = Path(__file__).parents[2] / "server/catalogue/data/forms"


def _documents(folder: str) -> Iterator[dict[str, Any]]:
    for path in sorted((GOLDEN / folder).glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


CASES = [
    pytest.param(catalogue.judges()[document["form"]], case, id=f"{document['form']}: {case['name']}")
    for document in _documents("forms")
    for case in document["cases"]
]
LANGUAGE = [
    pytest.param(Judge(document["form"]), case, id=f"{document['form']['code']}: {case['name']}")
    for document in _documents("form_language")
    for case in document["cases"]
]


def _shown(problem: Problem) -> dict[str, Any]:
    shown = {"field": problem.field, "code": problem.code}
    return shown if problem.limit is None else {**shown, "limit": problem.limit}


@pytest.mark.parametrize(("judge", "case"), [*CASES, *LANGUAGE])
def test_golden_cases(judge: Judge, case: dict[str, Any]) -> None:
    on = date.fromisoformat(case["on"]) if "on" in case else None
    judgement = judge(case["form"], on)
    assert [_shown(each) for each in judgement.errors] == case["errors"]
    assert [_shown(each) for each in judgement.asks] == case["asks"]
    assert list(judgement.urgent) == case["urgent"]


def test_every_form_has_cases() -> None:
    assert set(catalogue.forms()) == {document["form"] for document in _documents("forms")}
    assert len(CASES) > 600
    assert len(LANGUAGE) > 60


@pytest.mark.parametrize("form", sorted(catalogue.forms()))
def test_every_form_can_be_judged(form: str) -> None:
    """Nothing entered: all that is asked, and no more; nonsense is refused, field by field."""
    document, judge = catalogue.forms()[form], catalogue.judges()[form]
    required = [field["name"] for field in document["fields"] if field["required"] and "when" not in field]
    assert [each.field for each in judge({}).errors if each.code == "required"] == required
    nonsense = {field["name"]: {"not": "a value"} for field in document["fields"]}
    wrong = judge(nonsense)
    assert {each.field for each in wrong.errors} == set(nonsense)
    assert (wrong.asks, wrong.urgent) == ((), ())


_LIMITS = ("min", "max", "ask_below", "ask_above")


def _measured(kind: str) -> list[Any]:
    """Each place in a form that a meter of this kind can fill in."""
    return [
        pytest.param(form, [_field(form, name) for name in mark["read_of"]], id=f"{code} {mark['name']}")
        for code, form in catalogue.forms().items()
        for mark in form["fields"]
        if mark.get("meter") == kind
    ]


def _field(form: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(field for field in form["fields"] if field["name"] == name)
    return found


@pytest.mark.parametrize(("form", "fields"), _measured("pressure"))
def test_every_form_has_the_limits_of_pressure(form: dict[str, Any], fields: list[dict[str, Any]]) -> None:
    sbp, dbp = fields[:2]
    assert [sbp[limit] for limit in _LIMITS] == [50, 300, 80, 220]
    assert [dbp[limit] for limit in _LIMITS] == [20, 200, 40, 130]
    halves = {"field": dbp["name"], "greater": sbp["name"], "less": dbp["name"]}
    for check in ({"kind": "reject", "min": 1}, {"kind": "ask", "min": 20, "max": 110}):
        assert [each for each in form["checks"] if each.items() >= (check | halves).items()]
    levels = {rule["field"]: rule["at_least"] for rule in form["urgent"] if "at_least" in rule}
    if form["urgent"]:
        assert (levels[sbp["name"]], levels[dbp["name"]]) == (180, 110)


@pytest.mark.parametrize(("form", "fields"), _measured("glucose"))
def test_every_form_has_the_limits_of_glucose(form: dict[str, Any], fields: list[dict[str, Any]]) -> None:
    mmol, beyond = (field["name"] for field in fields)
    assert [fields[0][limit] for limit in _LIMITS] == ["0.6", "33.3", "2.8", "25.0"]
    assert fields[0]["places"] == 1
    levels = [(rule["field"], *rule.values()) for rule in form["urgent"] if rule["field"] in (mmol, beyond)]
    if form["urgent"]:
        said = [(field, value) for field, _code, _field, value in levels]
        assert said == [(mmol, "16.7"), (mmol, "3.9"), (beyond, "LO"), (beyond, "HI")]


def test_a_roster_says_how_many_came() -> None:
    judge = Judge(json.loads((GOLDEN / "form_language/rosters.json").read_text(encoding="utf-8"))["form"])
    assert judge.attendees({"names": ["a", "b"]}) == 2
    assert judge.attendees({"attendees": 7}) == 7
    assert judge.attendees({}) is None


@pytest.mark.parametrize("path", sorted(FILES.glob("*.json")), ids=lambda path: path.stem)
def test_form_files_are_well_made(path: Path) -> None:
    form = json.loads(path.read_text(encoding="utf-8"))
    services = {service.code: service.form for service in catalogue.services().values()}
    assert faults(form, clinical.RULES, services) == []
    assert unread(form) == []
    assert form["code"] == path.stem


_SAID = {"label", "hint", "meter", "read_of", "timing", "summary", "default", "offer"}


def _accepted(form: dict[str, Any]) -> str:
    """A digest of what a form takes: all but its words, its order, and what is done with the values."""
    fields = {field["name"]: {key: field[key] for key in field.keys() - _SAID} for field in form["fields"]}
    for field in fields.values():
        if "options" in field:
            field["options"] = sorted(str([one["value"], one.get("alone")]) for one in field["options"])
    accepted = json.dumps([fields, form["checks"], form.get("parts")], sort_keys=True)
    return hashlib.sha256(accepted.encode()).hexdigest()[:12]


def test_a_form_that_takes_something_else_has_a_higher_version() -> None:
    """Records keep the version they were entered with: raise it, and write it down where this looks."""
    known = json.loads((GOLDEN / "form_versions.json").read_text(encoding="utf-8"))
    assert {code: [form["version"], _accepted(form)] for code, form in catalogue.forms().items()} == known


@pytest.mark.parametrize("document", list(_documents("form_language")), ids=lambda each: each["form"]["code"])
def test_example_forms_are_well_made(document: dict[str, Any]) -> None:
    form = {**document["form"], "fields": [_bounded(field) for field in document["form"]["fields"]]}
    assert faults(form, (), {}) == []


def _bounded(field: dict[str, Any]) -> dict[str, Any]:
    """Two examples leave the bounds out; a real form has a most for each number."""
    most = {"integer": 999, "decimal": "9." + "9" * field.get("places", 0)}.get(field["type"])
    return {"max": most, **field} if most else field


@pytest.mark.parametrize("page", ["forms.md", "forms.zh-CN.md"])
def test_the_page_on_forms_names_the_form_of_each_service(page: str) -> None:
    said = (FILES.parents[3] / "docs" / page).read_text(encoding="utf-8")
    rows = {code: f"`{each.form}`" if each.form else "—" for code, each in catalogue.services().items()}
    assert [code for code, form in rows.items() if f"| `{code}` | {form} |" not in said] == []


_WORDS = {"zh": "甲", "en": "A"}
_DAY = {"name": "day", "type": "date", "label": _WORDS, "required": False}
_DEVICE = {"name": "device", "type": "text", "label": _WORDS, "required": False, "max_length": 60}
_PRESSURE: list[dict[str, Any]] = [
    {"name": name, "type": "integer", "label": _WORDS, "required": False, "unit": "mmHg", "max": 300}
    for name in ("sbp", "dbp")
]
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown key": ({"colour": "red"}, "form: colour is not known"),
    "no English": ({"hint": {"zh": "近一年"}}, "hint: words"),
    "a rule that does not exist": ({"result": "astrology"}, "result: no clinical rule astrology"),
    "an unknown flow": ({"flow": "book"}, "flow:"),
    "a field left out of the sections": (
        {"sections": [{"code": "a", "label": {"zh": "甲", "en": "A"}, "fields": ["one"]}]},
        "sections: every field once",
    ),
    "a part without a form": ({"parts": ["nothing"]}, "parts: nothing"),
    "an urgent rule on an option that is not there": (
        {"urgent": [{"code": "u", "field": "two", "equals": "z"}]},
        "urgent u: 'z' is no value of two",
    ),
    "a day that was and is to come": (
        {"fields": [{**_DAY, "not_after_today": True, "not_before_today": True}]},
        "day: a day that was",
    ),
    "a meter that gives what it cannot measure": (
        {"fields": [_DAY, {**_DEVICE, "read_of": ["day"], "meter": "pressure"}]},
        "device.read_of: not what a meter gives",
    ),
    "a meter of no kind": (
        {"fields": [*_PRESSURE, {**_DEVICE, "read_of": ["sbp", "dbp"]}]},
        "device.read_of: not what a meter gives",
    ),
    "a check of words": (
        {"checks": [{"code": "c", "kind": "ask", "field": "two", "greater": "one", "less": "two", "min": 0}]},
        "check c: of two numbers",
    ),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_faults_of_form_files_are_found(change: dict[str, Any], said: str) -> None:
    form = {
        "code": "f",
        "version": 1,
        "checks": [],
        "urgent": [],
        "fields": [
            {"name": "one", "type": "integer", "label": _WORDS, "required": True, "max": 9},
            {
                "name": "two",
                "type": "choice",
                "label": _WORDS,
                "required": True,
                "options": [{"value": "x", "label": _WORDS}, {"value": "y", "label": _WORDS}],
            },
        ],
    }
    assert faults(form, (), {}) == []
    assert any(fault.startswith(said) for fault in faults({**form, **change}, (), {}))
