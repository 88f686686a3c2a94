"""The dashboard over HTTP: what it says is what the agreements' own pages say, added up by hand."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from server import clock
from server.auth.roles import OrganisationKind
from server.fulfilment.rules.rates import rate_text, ratio, weighted_mean
from server.ids import new_id
from server.rollups import as_of
from tests.factories.city import City, expected, found_city, shown
from tests.factories.client import field_errors
from tests.factories.phone import Phone
from tests.factories.world import WEEKLY_ROUND, World


@pytest.fixture(scope="module")
def city(standing_world: World) -> City:
    """Visits of February to April, some confirmed, and two requests of which one was answered."""
    found = found_city(standing_world)
    east, west, north = found.homes
    for month, home, confirm in ((2, east, True), (3, east, False), (4, west, True), (3, north, True)):
        for day in (3, 10, 17):
            found.visit(home, date(2026, month, day), confirm=confirm)
    found.ask(east, datetime(2026, 3, 5, 2, tzinfo=UTC), datetime(2026, 3, 5, 2, 20, tzinfo=UTC))
    found.ask(east, datetime(2026, 3, 6, 2, tzinfo=UTC), None)
    found.refresh()
    return found


def test_rates_of_places_are_the_means_of_their_agreements(city: City) -> None:
    page = city.get("/standing", "city")
    world, ids = city.world, city.ids
    first = [str(world.agreement.id), ids[0], ids[1]]
    second = [str(world.other["agreement"].id), ids[2]]
    assert page["as_of"] == "2026-05-12"
    assert page["period"] == {"key": "2026", "first": "2026-01-01", "last": "2026-12-31"}
    assert page["place"]["path"] == [{"level": "city", "key": "999900", "name": "999900"}]
    assert (page["agreements"], page["rated"], page["recomputing"]) == (5, 5, 0)
    assert shown(page) == expected(city, first + second)
    groups = {each["key"]: each for each in page["groups"]}
    assert {key: each["level"] for key, each in groups.items()} == {"999901": "county", "999902": "county"}
    assert shown(groups["999901"]) == expected(city, first)
    assert shown(groups["999902"]) == expected(city, second)
    assert len({str(shown(each)) for each in (page, *page["groups"])}) == 3, "else this says nothing"


def test_a_place_opens_down_to_its_agreements(city: City) -> None:
    world, (east, west, _) = city.world, city.homes
    county = city.get("/standing?within=999901", "city")
    assert [step["level"] for step in county["place"]["path"]] == ["city", "county"]
    found = {each["key"]: (each["level"], each["name"]) for each in county["groups"]}
    assert found == {
        "城东镇": ("town", "城东镇"),
        "城西镇": ("town", "城西镇"),
        str(world.home.id): ("institution", world.home.name),
    }
    town = city.get("/standing?within=999901&town=城东镇", "city")
    assert [each["key"] for each in town["groups"]] == [str(east.place.id)]
    assert shown(town) == shown(town["groups"][0]) == expected(city, [str(east.agreement.id)])
    home = city.get(f"/standing?institution_id={west.place.id}", "city")
    steps = [(step["level"], step["key"]) for step in home["place"]["path"]]
    assert steps == [
        ("city", "999900"),
        ("county", "999901"),
        ("town", "城西镇"),
        ("institution", str(west.place.id)),
    ]
    assert [(each["level"], each["key"]) for each in home["groups"]] == [
        ("agreement", str(west.agreement.id))
    ]
    assert home["groups"][0]["name"] == west.agreement.number


def test_periods_own_the_windows_that_end_in_them(city: City) -> None:
    east = city.homes[0]
    months = {
        each["key"]: {m["month"]: m for m in each["months"]}
        for each in city.get(f"/agreements/{city.ids[0]}", "city")["commitments"]
    }
    page = city.get(f"/standing?institution_id={east.place.id}&period=2026-02", "city")
    rounds, pressure, talk = (months[key]["2026-02"] for key in ("rounds", "bp", "talk"))
    rates = [(Fraction(1), ratio(each["confirmed"], each["promised"])) for each in (rounds, pressure)]
    lecture = (Fraction(1, 2), ratio(talk["confirmed"], talk["promised"]))
    assert page["confirmed_rate"] == rate_text(weighted_mean([*rates, lecture]))
    trend = {each["period"]: each for each in page["trend"]}
    assert list(trend) == [f"2026-0{month}" for month in range(1, 6)]
    assert trend["2026-02"]["confirmed_rate"] == page["confirmed_rate"]
    quarter = city.get(f"/standing?institution_id={east.place.id}&period=2026-Q1", "city")
    assert quarter["trend"] == page["trend"]
    assert quarter["confirmed_rate"] != page["confirmed_rate"]
    assert page["periods"][:3] == ["2026", "2026-Q2", "2026-Q1"]
    later = city.get("/standing?period=2027", "city")
    assert (later["agreements"], later["groups"], later["trend"], later["worst"]) == (0, [], [], None)


def test_residents_institutions_and_requests_are_never_pooled(city: City) -> None:
    page = city.get(f"/standing?institution_id={city.homes[0].place.id}", "city")
    own = {each["key"]: each for each in city.get(f"/agreements/{city.ids[0]}", "city")["commitments"]}
    found = {(each["category"], each["scope"]): each for each in page["categories"]}
    kinds = {
        ("disease_treatment", "institution"): "rounds",
        ("basic_public_health", "resident"): "bp",
        ("basic_public_health", "institution"): "talk",
        ("emergency_green_channel", "demand"): "green",
    }
    assert found.keys() == kinds.keys()
    for kind, key in kinds.items():
        names = ("promised", "confirmed", "reported")
        assert [found[kind][name] for name in names] == [own[key][f"due_{name}"] for name in names], key
        assert found[kind]["share"] == own[key]["confirmed_rate"]
    green = found["emergency_green_channel", "demand"]
    assert (green["promised"], green["confirmed"], green["share"]) == (2, 1, "0.5000")
    assert [each["share"] for each in page["categories"]] == sorted(
        each["share"] for each in page["categories"]
    )
    assert green["name"]["en"] == "Emergency green channel"


def test_who_sees_what(city: City) -> None:
    world, (east, _, north) = city.world, city.homes
    manager = city.get("/standing", world.manager)
    assert manager["place"]["path"] == [{"level": "all", "key": "", "name": ""}]
    assert {each["name"] for each in manager["groups"]} == {"颐养园", "东", "西", "北"}
    assert {each["level"] for each in manager["groups"]} == {"institution"}
    home = city.get("/standing", world.home_manager)
    assert [each["name"] for each in home["groups"]] == ["颐养园"]
    opened = city.get(f"/standing?institution_id={east.place.id}", world.manager)
    assert [step["level"] for step in opened["place"]["path"]] == ["all", "institution"]
    with clock.fixed(city.now):
        county = world.client(world.regulator)
        assert county.json("/standing")["place"]["key"] == "999901"
        assert county.json("/standing?town=城东镇")["agreements"] == 1
        for path in (
            *("within=999902", "within=9999", "within=33", f"institution_id={north.place.id}"),
            *("within=999901&town=北镇", f"within=999901&institution_id={world.other['home'].id}"),
        ):
            assert county.get(f"/standing?{path}").status_code == 404, path
        assert world.client(world.manager).get("/standing?within=999901").status_code == 404
        rival = world.client(world.home_manager)
        assert rival.get(f"/standing?institution_id={east.place.id}").status_code == 404
        assert world.client(world.doctor).get("/standing").status_code == 403


def test_what_is_asked_wrongly_is_named(city: City) -> None:
    with clock.fixed(city.now):
        client = city.world.client("city")
        for query, wrong in (
            ("period=2026-13", {"period": "not_a_period"}),
            ("period=1999", {"period": "not_a_period"}),
            ("within=9", {"within": "not_a_region"}),
            ("town=城东镇", {"within": "required"}),
            ("institution_id=x", {"institution_id": "not_an_id"}),
            ("as_of=2026-05-13", {"as_of": "in_the_future"}),
            ("as_of=soon", {"as_of": "not_a_day"}),
        ):
            assert field_errors(client.get(f"/standing?{query}")) == wrong, query


@pytest.mark.parametrize("day", ["2026-04-05", "2026-05-11"])
def test_a_past_day_is_what_the_agreements_pages_say_of_it(city: City, day: str) -> None:
    page = city.get(f"/standing?within=999901&as_of={day}", "city")
    ids = [str(city.world.agreement.id), *city.ids[:2]]
    assert (page["as_of"], page["recomputing"], page["agreements"]) == (day, 0, 3)
    assert shown(page) == expected(city, ids, f"?as_of={day}")
    groups = {each["key"]: each for each in page["groups"]}
    assert shown(groups["城东镇"]) == expected(city, ids[1:2], f"?as_of={day}")
    assert page["trend"][-1]["period"] == day[:7]
    today = city.get("/standing?within=999901", "city")
    assert (day == "2026-05-11") == (shown(page) == shown(today)), "on the 12th nothing comes due"


PLACES = (
    *("", "?within=999901", "?within=999901&town=城东镇", "?period=2026-Q1", "?period=2026-03"),
    *("?period=2025", "?institution_id={east}"),
)


@pytest.mark.parametrize("place", PLACES)
def test_the_engine_says_of_yesterday_what_the_rows_say(city: City, place: str) -> None:
    """No window ends its grace on 11 May: as of that day and the next, all figures are the same."""
    path = "/standing" + place.format(east=city.homes[0].place.id)
    today = city.get(path, "city")
    past = city.get(f"{path}{'&' if '?' in path else '?'}as_of=2026-05-11", "city")
    assert (today.pop("as_of"), past.pop("as_of")) == ("2026-05-12", "2026-05-11")
    assert past == today


def test_surplus_alone_is_no_category_on_any_day(city: City) -> None:
    """Where nothing was promised, nothing was asked: a past day names it no more than today does."""
    world = city.world
    place = world.organisation(OrganisationKind.CARE, "无约", latitude=30.3, longitude=120.2)
    made = world.agree(home=place, number="市-无", clauses=(("none", WEEKLY_ROUND, 0),))
    phone = Phone(city.client(world.doctor), new_id(), datetime(2026, 2, 3, 2, tzinfo=UTC))
    phone.check_in(place, world.issue_poster(place))
    phone.sync()
    city.refresh()
    for query in ("", "&as_of=2026-05-11"):
        (window,) = city.get(f"/commitments/{made.commitments[0].id}/windows?{query}", "city")["windows"]
        assert (window["promised"], window["reported"]) == (0, 0), "there is only surplus"
        page = city.get(f"/standing?institution_id={place.id}{query}", "city")
        assert (page["agreements"], page["rated"], page["categories"]) == (1, 0, []), query


def test_a_past_day_of_too_many_agreements_is_refused(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_of, "MOST", 2)
    with clock.fixed(city.now):
        answer = city.client("city").get("/standing?as_of=2026-05-01")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "scope_too_large")
    details = answer.get_json()["error"]["details"]
    assert details.pop("agreements") == city.get("/standing?period=2026", "city")["agreements"] > 2
    assert details == {"limit": 2, "asked": 0, "made": 0}
    assert city.get("/standing?within=999902&as_of=2026-05-01", "city")["agreements"] == 2
