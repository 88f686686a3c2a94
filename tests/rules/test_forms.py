"""The interpreter of forms against the cases that the phone's interpreter must pass too."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.catalogue import queries as catalogue
from server.catalogue.rules import Judge, Problem
from server.clinical.rules import assess as clinical
from tests.rules.form_files import faults

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
    assert form["code"] == path.stem


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
    "a check of words": (
        {"checks": [{"code": "c", "kind": "ask", "field": "two", "greater": "one", "less": "two", "min": 0}]},
        "check c: of two numbers",
    ),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_faults_of_form_files_are_found(change: dict[str, Any], said: str) -> None:
    words = {"zh": "甲", "en": "A"}
    form = {
        "code": "f",
        "version": 1,
        "checks": [],
        "urgent": [],
        "fields": [
            {"name": "one", "type": "integer", "label": words, "required": True, "max": 9},
            {
                "name": "two",
                "type": "choice",
                "label": words,
                "required": True,
                "options": [{"value": "x", "label": words}, {"value": "y", "label": words}],
            },
        ],
    }
    assert faults(form, (), {}) == []
    assert any(fault.startswith(said) for fault in faults({**form, **change}, (), {}))
