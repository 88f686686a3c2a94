"""What is at risk over HTTP: in which order, for whom, and nothing of another county."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.agreements.models import Agreement
from server.auth.roles import OrganisationKind, Role
from server.checkin.models import Poster
from server.fulfilment import at_risk
from server.organisations.models import Organisation
from tests.factories.world import NOW, World

# Three a quarter a month apart, eight a year, one a year.
RARE = {"services": ["round"], "per": "quarter", "min_gap_days": 30}
YEARLY = {"services": ["round"], "per": "year"}


@dataclass(frozen=True)
class County:
    """On Tuesday, 12 May: a doctor goes to one home, a nurse to another; both of one hospital."""

    world: World
    second: Agreement
    nurse: str

    def page(self, query: str = "", login: str = "manager", at: datetime = NOW) -> Any:
        with clock.fixed(at + timedelta(hours=4)):
            return self.world.client(login).json(f"/at-risk{query}")

    def account(self, login: str) -> str:
        (found,) = self.world.rows(select(Account.id).where(Account.login == login))
        return str(found)


def _round(world: World, login: str, home: Organisation, poster: Poster, month: int, day: int) -> None:
    phone = world.phone(login, at=datetime(2026, month, day, 1, 30, tzinfo=UTC))
    phone.check_in(home, poster)
    phone.check_out(home)
    assert {result["outcome"] for result in phone.sync()} == {"stored"}


@pytest.fixture(scope="module")
def county(standing_world: World) -> County:
    world = standing_world
    with clock.fixed(NOW):
        place = world.organisation(OrganisationKind.CARE, "松鹤居", latitude=30.3, longitude=120.2)
        poster = world.issue_poster(place)
        clauses = (("rare", RARE, 3), ("slow", YEARLY, 8), ("easy", YEARLY, 1))
        second = world.agree(world.hospital, place, number="签-2", clauses=clauses)
    nurse = world.person("nurse", world.hospital, Role.CLINICIAN)
    for month, day in ((1, 5), (1, 6), (1, 7), (5, 5)):
        _round(world, nurse, world.home, world.poster, month, day)
    for day in (4, 6):
        _round(world, world.doctor, world.home, world.poster, 5, day)
    _round(world, nurse, place, poster, 5, 6)
    return County(world, second, nurse)


def _listed(page: Any) -> list[tuple[str, str, str, str]]:
    """Agreement, commitment, risk and last chance of each window in the order of the page."""
    return [
        (each["agreement"]["number"], each["title"]["en"], each["risk"], each["last_chance"][5:])
        for group in page["groups"]
        for each in group["windows"]
    ]


# The one of three on 6 May came too late for the others (1 May was the last day for it); the round of this
# week; two pressures each by 30 June, a fortnight apart; of eight rounds two are expected, one was made.
RARE_LOST = ("签-2", "rare", "lost", "05-01")
THIS_WEEK = ("签-1", "rounds", "last_chance", "05-17")
PRESSURES = ("签-1", "bp", "behind", "06-16")
SLOW = ("签-2", "slow", "behind", "12-25")


def test_the_most_urgent_agreement_first(county: County) -> None:
    page = county.page()
    assert (page["as_of"], page["by"], page["total"], page["shown"]) == ("2026-05-12", "agreement", 4, 4)
    assert _listed(page) == [RARE_LOST, SLOW, THIS_WEEK, PRESSURES]
    first, second = page["groups"]
    assert (first["agreement"]["number"], first["clinician"]["name"]) == ("签-2", "nurse 先生")
    assert (first["owed"], first["first_chance"]) == (9, "2026-05-01")
    assert (second["agreement"]["care"]["name"], second["clinician"]["name"]) == ("颐养园", "doctor 先生")
    slow = first["windows"][1]
    figures = ("promised", "reported", "confirmed", "excused", "expected", "owed", "owing")
    assert [slow[name] for name in figures] == [8, 1, 0, 0, 2, 7, 1]


def test_by_clinician(county: County) -> None:
    """Whoever made most rounds there in 90 days: the nurse's three of January do not count."""
    page = county.page("?by=clinician")
    assert [(each["clinician"]["name"], each["agreement"]) for each in page["groups"]] == [
        ("nurse 先生", None),
        ("doctor 先生", None),
    ]
    assert _listed(page) == [RARE_LOST, SLOW, THIS_WEEK, PRESSURES]
    own = county.page(f"?clinician_id={county.account(county.nurse)}")
    assert (_listed(own), own["total"]) == ([RARE_LOST, SLOW], 2)


def test_where_nobody_went_is_there_too(county: County) -> None:
    page = county.page("?by=clinician", county.world.other["regulator"])
    (group,) = page["groups"]
    assert group["clinician"] is None
    assert {each[0] for each in _listed(page)} == {"外-1"}


def test_who_sees_what(county: County) -> None:
    world = county.world
    for login in (world.manager, world.regulator):
        assert county.page(login=login)["total"] == 4
    assert _listed(county.page(login=world.home_manager)) == [THIS_WEEK, PRESSURES]
    with clock.fixed(NOW):
        answer = world.client(world.staff).get("/at-risk")
    assert answer.status_code == 403


def test_a_clinician_sees_where_she_goes_herself_and_nobody_elses(county: County) -> None:
    theirs = county.account(county.nurse)
    for query in ("", "?by=clinician", f"?clinician_id={theirs}"):
        assert _listed(county.page(query, county.world.doctor)) == [THIS_WEEK, PRESSURES]
    assert _listed(county.page("", county.nurse)) == [RARE_LOST, SLOW]
    assert county.page(f"?agreement_id={county.world.agreement.id}", county.nurse)["total"] == 0


def test_part_of_it(county: County) -> None:
    foreign: UUID = county.world.other["agreement"].id
    totals = {
        f"?agreement_id={county.second.id}": 2,
        f"?agreement_id={foreign}": 0,
        "?within=999901": 4,
        "?within=9999": 4,
        "?within=999902": 0,
        "?within=99990%25": 0,
    }
    assert {query: county.page(query)["total"] for query in totals} == totals


def test_the_most_urgent_of_too_many(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_risk, "LIMIT", 2)
    page = county.page()
    assert (page["shown"], page["total"]) == (2, 4)
    assert _listed(page) == [RARE_LOST, THIS_WEEK]


def test_the_database_and_the_rules_agree_who_is_behind(county: County) -> None:
    """Over the year: what is listed has that risk on its own page, and what has one there is listed."""
    world, ids = county.world, {}
    for key, agreement in (("bp", world.agreement), ("slow", county.second), ("easy", county.second)):
        ids[key] = world.commitment_id(key, agreement)
    seen: set[str | None] = set()
    for day in range(10, 365, 37):
        with clock.fixed(datetime(2026, 1, 1, 1, 30, tzinfo=UTC) + timedelta(days=day)):
            client = world.client(world.manager)
            listed = {each[1]: each[2] for each in _listed(client.json("/at-risk"))}
            for key, commitment in ids.items():
                windows = client.json(f"/commitments/{commitment}/windows")["windows"]
                (risk,) = {each["risk"] for each in windows if not each["due"]}
                assert risk == listed.get(key), (day, key)
                seen.add(risk)
    assert seen == {None, "behind", "last_chance", "lost"}
