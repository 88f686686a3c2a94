"""The interpreter of forms against the cases that the phone's interpreter must pass too."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.catalogue import queries as catalogue
from server.catalogue.rules import Problem

GOLDEN = Path(__file__).parents[1] / "golden" / "forms"
CASES = [
    pytest.param(document["form"], case, id=f"{document['form']}: {case['name']}")
    for path in sorted(GOLDEN.glob("*.json"))
    for document in [json.loads(path.read_text(encoding="utf-8"))]
    for case in document["cases"]
]


def _shown(problem: Problem) -> dict[str, Any]:
    shown = {"field": problem.field, "code": problem.code}
    return shown if problem.limit is None else {**shown, "limit": problem.limit}


@pytest.mark.parametrize(("form", "case"), CASES)
def test_golden_cases(form: str, case: dict[str, Any]) -> None:
    judgement = catalogue.judges()[form](case["form"])
    assert [_shown(each) for each in judgement.errors] == case["errors"]
    assert [_shown(each) for each in judgement.asks] == case["asks"]
    assert list(judgement.urgent) == case["urgent"]


def test_every_form_with_limits_has_cases() -> None:
    limited = {code for code, form in catalogue.forms().items() if form["checks"] or form["urgent"]}
    assert limited <= {path.stem for path in GOLDEN.glob("*.json")}
    assert len(CASES) > 20


@pytest.mark.parametrize("form", sorted(catalogue.forms()))
def test_every_form_can_be_judged(form: str) -> None:
    """Nothing entered: all that is asked, and no more; nonsense is refused, field by field."""
    document, judge = catalogue.forms()[form], catalogue.judges()[form]
    required = [field["name"] for field in document["fields"] if field["required"]]
    assert [each.field for each in judge({}).errors if each.code == "required"] == required
    nonsense = {field["name"]: {"not": "a value"} for field in document["fields"]}
    wrong = judge(nonsense)
    named = {each.field for each in wrong.errors}
    excused = {field["name"] for field in document["fields"] if field.get("unless")}
    assert named | excused >= set(nonsense)
    assert (wrong.asks, wrong.urgent) == ((), ())
