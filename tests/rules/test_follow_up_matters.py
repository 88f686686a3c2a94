"""What an urgent record obliges to see again, by the cases that the phone's rules must pass too."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from server.catalogue.queries import form_of, services
from server.followups.rules import PLACES, duty_id, matter_of, matters, near, sees_to

GOLDEN = Path(__file__).parents[1] / "golden" / "follow_ups" / "matters.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))
RECORD = UUID(CASES["record"])
URGENT = sorted(code for code in services() if (form := form_of(code)) and form["urgent"])


def owed(service: str, urgent: list[str]) -> list[dict[str, Any]]:
    """One for each matter, by the order of their ids' places."""
    form = form_of(service)
    named = {code: matter_of(form, service, code) for code in urgent}
    found = [
        {"id": str(duty_id(RECORD, form, service, matter)), "matter": matter}
        | {"urgent": [code for code in urgent if named[code] == matter]}
        for matter in set(named.values())
    ]
    return sorted(found, key=lambda each: UUID(each["id"]).int ^ RECORD.int)


@pytest.mark.parametrize("case", CASES["owed"], ids=lambda case: case["name"])
def test_one_duty_for_each_quantity_and_for_what_no_meter_reads(case: dict[str, Any]) -> None:
    assert owed(case["service"], case["urgent"]) == case["expected"]


@pytest.mark.parametrize("case", CASES["sees_to"], ids=lambda case: case["name"])
def test_what_sees_to_it(case: dict[str, Any]) -> None:
    service = case["service"]
    assert sees_to(form_of(service), service, case["values"], case["matter"]) == case["expected"]


@pytest.mark.parametrize("service", URGENT)
def test_every_urgent_code_has_a_case_that_holds_its_id(service: str) -> None:
    """A duty's id follows from the place of its matter in the form: that place is never changed."""
    form = form_of(service)
    assert form is not None
    codes = {rule["code"] for rule in form["urgent"]}
    assert any(case["service"] == service and codes <= set(case["urgent"]) for case in CASES["owed"])
    assert len(matters(form, service)) < PLACES


@pytest.mark.parametrize("service", URGENT)
def test_what_is_urgent_of_a_quantity_can_be_measured_by_another_service(service: str) -> None:
    form = form_of(service)
    assert form is not None
    for quantity in set(matters(form, service)) - {service}:
        others = [code for code in URGENT if quantity in matters(form_of(code), code)]
        assert len(others) > 1


@given(st.uuids(), st.integers(0, PLACES - 1), st.integers(0, PLACES - 1))
def test_places_beside_a_record_are_its_own(record: UUID, place: int, other: int) -> None:
    assert near(near(record, place), place) == record
    assert (near(record, place) == near(record, other)) == (place == other)
