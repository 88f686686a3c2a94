"""Every service from entry to fulfilment: a phone sends it with its form, staff confirm, a figure counts it.

What is sent is the first golden case of its form; what is refused is the first of them with a wrong value.
All services go in one round of one county, each of whose 59 commitments waits for one of them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.catalogue import queries as catalogue
from server.organisations.models import Organisation
from server.residents.models import Resident
from tests.factories.phone import Phone
from tests.factories.world import World

GOLDEN = Path(__file__).parents[1] / "golden/forms"
FORMS = {path.stem: json.loads(path.read_text(encoding="utf-8"))["cases"] for path in GOLDEN.glob("*.json")}
SERVICES = sorted(catalogue.services())
SIX_PARTS = "integrated_elder_service"
# Entered in a way of their own: the visit by its check-in and check-out, the six parts by their records.
WITHOUT_RECORD = (catalogue.VISIT, SIX_PARTS)
Figures = dict[str, dict[str, Any]]


@dataclass
class Delivery:
    """Figures of each commitment once the phone sent and once staff confirmed; what is kept of each line."""

    sent: Figures
    confirmed: Figures
    lines: dict[str, dict[str, Any]]


@dataclass
class Home:
    """A home to which each of the 59 services is promised once, and who lives there."""

    world: World
    place: Organisation
    resident: Resident
    agreement: UUID

    def phone(self, login: str, hours: int = 0) -> Phone:
        return self.world.phone(login, at=self.world.now + timedelta(hours=hours))

    def record(self, phone: Phone, service: str, form: dict[str, Any]) -> UUID:
        known = catalogue.services()[service]
        subject = self.resident if known.for_resident else None
        version = catalogue.forms()[known.form]["version"] if known.form else None
        return phone.record(service, subject, form, form_version=version)

    def figures(self) -> Figures:
        page = self.world.client(self.world.manager).json(f"/agreements/{self.agreement}")
        return {one["key"]: one["open"] for one in page["commitments"]}


@pytest.fixture(scope="module")
def home(standing_world: World) -> Home:
    world = standing_world
    with clock.fixed(world.now):
        place = world.organisation(OrganisationKind.CARE, "全项目养老院", latitude=30.28, longitude=120.18)
        resident = world.resident(place, name="全福")
        clauses = [(service, _clause(service), 1) for service in SERVICES]
        agreement = world.agree(world.hospital, place, number="签-全", clauses=clauses)
    return Home(world, place, resident, agreement.id)


def _clause(service: str) -> dict[str, Any]:
    clause: dict[str, Any] = {"services": [service], "per": "term"}
    if catalogue.services()[service].for_resident:
        clause["scope"] = "resident"
    if service == SIX_PARTS:
        clause |= {"services": catalogue.forms()[SIX_PARTS]["parts"], "match": "all"}
    if service == "staff_first_aid_training":
        clause |= {"min_minutes": 60, "min_attendees": 3}  # as the roster says
    return clause


@pytest.fixture(scope="module")
def delivery(home: Home) -> Iterator[Delivery]:
    """One round with everything, confirmed by staff."""
    phone = home.phone(home.world.doctor)
    lines = {catalogue.VISIT: phone.check_in(home.place, home.world.issue_poster(home.place))}
    for service in SERVICES:
        if service not in WITHOUT_RECORD:
            lines[service] = home.record(phone, service, _cases(service)[0]["form"])
    phone.check_out(home.place)
    assert [each for each in phone.sync() if each["outcome"] != "stored"] == []
    with clock.fixed(home.world.now + timedelta(hours=3)):
        sent = home.figures()
    _confirm(home, lines)
    with clock.fixed(home.world.now + timedelta(hours=5)):
        doctor = home.world.client(home.world.doctor)
        kept = {service: doctor.json(f"/lines/{line}") for service, line in lines.items()}
        yield Delivery(sent, home.figures(), kept)


def _confirm(home: Home, lines: dict[str, UUID]) -> None:
    login = home.world.person("all-staff", home.place, Role.CARE_STAFF)
    staff = home.phone(login, hours=4)
    seen = {line: 2 if service == catalogue.VISIT else 1 for service, line in lines.items()}
    staff.confirm(lines[catalogue.VISIT], seen)
    assert [each["outcome"] for each in staff.sync()] == ["stored"]


def _cases(service: str) -> list[dict[str, Any]]:
    form = catalogue.services()[service].form
    assert form, service
    cases: list[dict[str, Any]] = FORMS[form]
    return cases


@pytest.mark.parametrize("service", SERVICES)
def test_what_was_entered_is_kept_confirmed_and_counted(delivery: Delivery, service: str) -> None:
    sent, confirmed = delivery.sent[service], delivery.confirmed[service]
    assert (sent["promised"], sent["reported"], sent["confirmed"]) == (1, 1, 0)
    assert (confirmed["reported"], confirmed["confirmed"]) == (1, 1)
    if service not in WITHOUT_RECORD:
        (version,) = delivery.lines[service]["versions"]
        assert version["form"] == _cases(service)[0]["form"]


@pytest.fixture(scope="module")
def refusals(home: Home) -> dict[str, dict[str, Any]]:
    """What the door answers to a wrong value in each form."""
    phone = home.phone(home.world.doctor, hours=6)
    phone.check_in(home.place, home.world.issue_poster(home.place))
    sent = {service: home.record(phone, service, _wrong(service)["form"]) for service in SERVICES}
    answers = {answer["id"]: answer for answer in phone.sync()}
    return {service: answers[str(entry)] for service, entry in sent.items()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_value_is_refused_with_its_field(refusals: dict[str, dict[str, Any]], service: str) -> None:
    answer = refusals[service]
    assert (answer["outcome"], answer["code"]) == ("refused", "invalid")
    assert {field["path"]: field["code"] for field in answer["fields"]} == _expected(service)


def _wrong(service: str) -> dict[str, Any]:
    if service in WITHOUT_RECORD:
        return {"form": {}}
    return next(case for case in _cases(service) if case["errors"] and case["form"])


def _expected(service: str) -> dict[str, str]:
    if service == catalogue.VISIT:
        return {"payload.service": "unknown_choice"}
    if service == SIX_PARTS:
        return {"payload.service": "recorded_in_parts"}
    return {f"payload.form.{error['field']}": error["code"] for error in _wrong(service)["errors"]}


def test_all_59_services_are_there() -> None:
    assert len(SERVICES) == 59
    assert [code for code, service in catalogue.services().items() if not service.form] == [catalogue.VISIT]
