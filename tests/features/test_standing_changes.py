"""The dashboard follows what happens: a change marks it, a midnight makes it stale, a job makes it again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Executable, select, update

from server import clock
from server.accounts.models import Account, MembershipRow
from server.auth.roles import OrganisationKind, Role
from server.organisations.models import Organisation, Region
from server.rollups import rebuild, service
from server.rollups.models import AgreementCategory, AgreementPeriod, RegionPeriod, StaleAgreement
from server.rollups.rules import Delivered, pooled
from tests.factories.city import PRESSURE, City, expected, found_city, shown
from tests.factories.world import World


@pytest.fixture
def city(world: World) -> City:
    """One visit in the east, confirmed."""
    found = found_city(world)
    found.visit(found.homes[0], date(2026, 4, 14))
    found.refresh()
    return found


def test_the_worst_comes_first_and_what_has_no_rate_last(city: City) -> None:
    world = city.world
    with clock.fixed(city.now):
        new = world.organisation(OrganisationKind.CARE, "新", region="999901", town="城东镇")
        world.agree(home=new, number="新-1", starts=date(2026, 5, 1), clauses=[("bp", PRESSURE, 1)])
    city.refresh()
    page = city.get("/standing?within=999901&town=城东镇", "city")
    assert [each["name"] for each in page["groups"]] == ["东", "新"]
    assert (page["groups"][1]["confirmed_rate"], page["groups"][1]["worst"]) == (None, None)
    assert (page["agreements"], page["rated"]) == (2, 1)
    county = city.get("/standing?within=999901", "city")
    rates = [each["confirmed_rate"] for each in county["groups"]]
    assert rates == sorted(rates)
    own = city.get(f"/agreements/{city.ids[0]}", "city")
    worst = page["worst"]
    assert (worst["commitment_id"], worst["confirmed_rate"]) == (
        own["worst"]["id"],
        own["worst"]["confirmed_rate"],
    )
    assert worst["agreement_id"] == city.ids[0]
    assert (worst["medical"]["name"], worst["care"]["name"]) == ("城关卫生服务中心", "东")
    assert page["worst"] == page["groups"][0]["worst"]


def test_regions_are_named_where_their_names_are_known(city: City) -> None:
    with city.world.work() as session:
        session.add(Region(code="999901", name_zh="云溪县", name_en="Yunxi"))
    page = city.get("/standing", "city")
    assert {each["key"]: each["name"] for each in page["groups"]} == {"999901": "云溪县", "999902": "999902"}
    assert city.get("/standing", city.world.regulator)["place"]["name"] == "云溪县"


def test_a_confirmation_changes_it_once_it_is_made_again(city: City) -> None:
    east = city.homes[0]
    path = f"/standing?institution_id={east.place.id}"
    before = city.get(path, "city")
    city.visit(east, date(2026, 4, 21))
    waiting = city.get(path, "city")
    assert (shown(waiting), waiting["recomputing"]) == (shown(before), 1)
    assert city.refresh() == 1
    after = city.get(path, "city")
    assert (shown(after), after["recomputing"]) == (expected(city, city.ids[:1]), 0)
    assert after["confirmed_rate"] > before["confirmed_rate"]


def test_midnight_changes_it_by_itself(city: City) -> None:
    """The week that ends on Sunday the 17th is due on the 18th: nobody writes anything."""
    east = city.homes[0]
    path = f"/standing?institution_id={east.place.id}&period=2026-05"
    city.now = datetime(2026, 5, 17, 15, 59, tzinfo=UTC)
    assert city.refresh() == 0
    before = city.get(path, "city")
    city.now = datetime(2026, 5, 17, 16, 1, tzinfo=UTC)
    assert city.get(path, "city")["recomputing"] == 1
    assert city.refresh() == 5, "all with a weekly round"
    after = city.get(path, "city")
    rounds = [
        next(each["promised"] for each in page["categories"] if each["category"] == "disease_treatment")
        for page in (before, after)
    ]
    assert rounds == [2, 3]
    assert after["recomputing"] == 0
    whole = city.get(f"/standing?institution_id={east.place.id}", "city")
    assert shown(whole) == expected(city, city.ids[:1])


def test_a_request_comes_due_with_its_limit(city: City) -> None:
    east = city.homes[0]
    city.ask(east, datetime(2026, 5, 12, 2, tzinfo=UTC), None)
    city.now = datetime(2026, 5, 12, 3, tzinfo=UTC)
    city.refresh()
    path = f"/standing?institution_id={east.place.id}&period=2026-05"
    assert "demand" not in {each["scope"] for each in city.get(path, "city")["categories"]}
    city.now = datetime(2026, 5, 12, 17, tzinfo=UTC)
    assert city.refresh() == 1
    (asked,) = [each for each in city.get(path, "city")["categories"] if each["scope"] == "demand"]
    assert (asked["promised"], asked["confirmed"]) == (1, 0)


def test_an_agreement_is_marked_when_it_changes_and_made_once(city: City) -> None:
    world = city.world
    with clock.fixed(city.now):
        draft = world.agree(number="草-1", active=False)
    assert [row.agreement_id for row in world.rows(select(StaleAgreement))] == [draft.id]
    assert city.refresh() == 1
    assert world.rows(select(AgreementPeriod).where(AgreementPeriod.agreement_id == draft.id)) == []
    assert city.refresh() == 0
    kept = {(row.agreement_id, row.period): row.as_of for row in world.rows(select(AgreementPeriod))}
    city.now += timedelta(days=1)
    for each in city.homes:
        city.visit(each, date(2026, 5, 13), confirm=False)
    assert city.refresh() == 3
    rows = world.rows(select(AgreementPeriod))
    assert all(row.as_of == kept[row.agreement_id, row.period] for row in rows), (
        "nothing due: nothing written"
    )


def test_an_agreement_that_fails_stops_no_other_and_waits_for_an_hour(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A Monday made all stale, and one of them cannot be made again."""
    world, east = city.world, city.homes[0]
    own = {each.id for each in east.agreement.commitments}

    def fail(delivered: Sequence[Delivered]) -> object:
        if delivered[0].clause.id in own:
            raise ZeroDivisionError
        return pooled(delivered)

    city.now = datetime(2026, 5, 17, 16, 1, tzinfo=UTC)
    with monkeypatch.context() as broken:
        broken.setattr(service, "pooled", fail)
        assert city.refresh() == 5
    assert [record.getMessage() for record in caplog.records] == [
        f"the roll-ups of agreement {east.agreement.id} cannot be made"
    ]
    marks = {row.agreement_id: row.failed_at for row in world.rows(select(StaleAgreement))}
    assert marks == {east.agreement.id: city.now}
    page = city.get("/standing?period=2026-05", "city")
    assert page["recomputing"] == 1
    assert city.refresh() == 0, "not before an hour has passed"
    city.now += timedelta(hours=1)
    assert city.refresh() == 1
    assert world.rows(select(StaleAgreement)) == []
    assert shown(city.get(f"/standing?institution_id={east.place.id}", "city")) == expected(
        city, city.ids[:1]
    )


def test_what_changes_is_tried_at_once_though_it_failed(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    east = city.homes[0]
    city.visit(east, date(2026, 4, 21))
    with monkeypatch.context() as broken:
        broken.setattr(service, "pooled", lambda _delivered: 1 // 0)
        assert city.refresh() == 1
        assert city.refresh() == 0
    city.visit(east, date(2026, 4, 28))
    assert city.refresh() == 1
    assert city.world.rows(select(StaleAgreement)) == []


def test_homes_of_no_county_stand_beside_the_counties(city: City) -> None:
    """A home registered with the city itself; and its manager, who sees it as before."""
    world = city.world
    with clock.fixed(city.now):
        home = world.organisation(OrganisationKind.CARE, "市直", region="999900")
        world.agree(home=home, number="直-1", clauses=[("bp", PRESSURE, 1)])
    city.refresh()
    page = city.get("/standing", "city")
    lines = {each["key"]: (each["level"], each["agreements"]) for each in page["groups"]}
    assert lines == {"999901": ("county", 3), "999902": ("county", 2), str(home.id): ("institution", 1)}
    assert page["agreements"] == 6


def test_who_is_also_a_party_sees_the_same_of_the_regions(city: City) -> None:
    """Of a regulator who has another office in a hospital, agreements are added up one by one."""
    world = city.world
    regions = city.get("/standing?within=9999", "city")
    party = world.person("both", world.hospital, Role.MANAGER)
    with world.work() as session:
        office = session.scalars(select(Organisation).where(Organisation.name == "市卫健局")).one()
        account = session.scalars(select(Account).where(Account.login == party)).one()
        held = {"account_id": account.id, "organisation_id": office.id}
        session.add(MembershipRow(**held, role=Role.REGULATOR.value, began_at=world.now))
    page = city.get("/standing", party)
    assert page["place"]["path"][0]["level"] == "all"
    for name in ("agreements", "rated", "confirmed_rate", "reported_rate", "worst", "categories", "trend"):
        assert page[name] == regions[name], name
    assert [each["key"] for each in page["groups"]] == [each["key"] for each in regions["groups"]]
    assert page["periods"] == regions["periods"]


@pytest.mark.parametrize(
    ("statement", "of_agreement"),
    [
        (update(AgreementPeriod).where(AgreementPeriod.period == "2026").values(reported_scaled=1), True),
        (update(AgreementCategory).where(AgreementCategory.period == "2026-04").values(promised=99), True),
        (update(RegionPeriod).where(RegionPeriod.period == "2026").values(confirmed_scaled=1), False),
    ],
)
def test_rows_that_are_untrue_are_found_and_mended(
    city: City, statement: Executable, of_agreement: bool
) -> None:
    world = city.world

    def found() -> list[rebuild.Untrue]:
        with world.work() as session:
            return rebuild.check(session, None, city.now)

    assert found() == []
    with world.work() as session:
        session.connection().execute(statement)
    untrue = found()
    assert any(each.agreement_id for each in untrue) == of_agreement
    assert any(each.agreement_id is None for each in untrue), "the sums above no longer fit either"
    with world.work() as session:
        sampled = rebuild.sample(session, city.now, 50, seed=3)
        assert sampled == untrue
        session.add_all(rebuild.mend(session, sampled, city.now))
    assert found() == [], "what waits is not untrue"
    assert city.refresh() > 0
    assert found() == []
