"""A past day of more agreements than one request computes: the worker does, and the page is the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.db import db, writing
from server.rollups import as_of, past
from server.rollups.adapter import delivered_as_of
from server.rollups.models import PastAgreement, PastPeriod
from tests.factories.city import City, found_city
from tests.factories.client import field_errors
from tests.factories.world import World

DAY = "2026-05-01"
PLACES = ("", "&within=999901", "&within=999901&town=城东镇")


@pytest.fixture
def city(world: World) -> City:
    """Visits of February to April, most confirmed, and a request that was answered."""
    found = found_city(world)
    east, west, _ = found.homes
    for month, home, confirm in ((2, east, True), (3, east, False), (4, west, True)):
        for day in (3, 10):
            found.visit(home, date(2026, month, day), confirm=confirm)
    found.ask(east, datetime(2026, 3, 5, 2, tzinfo=UTC), datetime(2026, 3, 5, 2, 20, tzinfo=UTC))
    found.refresh()
    return found


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one agreement is computed while somebody waits."""
    monkeypatch.setattr(as_of, "MOST", 1)


def _post(city: City, *, at: datetime | None = None, login: str = "city", **given: Any) -> TestResponse:
    with clock.fixed(at or city.now):
        return city.client(login).post("/standing/past-days", {"as_of": DAY, **given})


def _get(city: City, query: str = "", login: str = "city") -> TestResponse:
    with clock.fixed(city.now):
        return city.client(login).get(f"/standing?as_of={DAY}{query}")


def _step(city: City, limit: int = past.AGREEMENTS, at: datetime | None = None) -> int:
    with city.world.app.app_context(), writing(db.session()) as session:
        done = past.compute_step(session, at or city.now, limit)
        city.world.app.finish()
    return done


def _progress(answer: TestResponse) -> tuple[int, int, int]:
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "scope_too_large")
    return error["details"]["agreements"], error["details"]["asked"], error["details"]["made"]


def test_the_worker_makes_the_page_that_a_request_would(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = [f"{place}&period={period}" for place in PLACES for period in ("2026", "2026-Q1", "2026-04")]
    at_once = [_get(city, query).get_json() for query in queries]
    assert [page["rated"] for page in at_once[:3]] == [5, 5, 5], "else this says nothing"
    monkeypatch.setattr(as_of, "MOST", 0)
    assert _progress(_get(city)) == (5, 0, 0)
    answer = _post(city)
    assert (answer.status_code, answer.get_json()) == (202, {"as_of": DAY, "agreements": 5, "made": 0})
    assert _step(city, 3) == 3
    assert _progress(_get(city)) == (5, 5, 3)
    assert (_step(city), _step(city)) == (2, 0)
    kept = [_get(city, query).get_json() for query in queries]
    assert {page.pop("computed_at") for page in kept} == {"2026-05-12T01:30:00.000Z"}
    assert {page.pop("computed_at") for page in at_once} == {None}
    assert kept == at_once


@pytest.mark.usefixtures("few")
def test_what_is_kept_is_seen_by_everybody_within_their_scope(city: City) -> None:
    _post(city)
    _step(city)
    manager = _get(city, login=city.world.manager).get_json()
    assert manager["agreements"] == 4  # all but the other county's own
    stranger = _get(city, login=city.world.other["manager"]).get_json()
    assert (stranger["agreements"], stranger["computed_at"]) == (1, None)
    assert str(city.world.agreement.id) not in str(stranger)


@pytest.mark.usefixtures("few")
def test_one_asks_for_ones_own_scope_only(city: City) -> None:
    assert _post(city, login=city.world.regulator).get_json()["agreements"] == 3
    _step(city)
    assert _get(city, login=city.world.regulator).status_code == 200
    assert _progress(_get(city)) == (5, 3, 3)
    assert _post(city, within="999902", login=city.world.regulator).status_code == 404


@pytest.mark.usefixtures("few")
def test_it_keeps_what_was_known_and_is_made_again_when_asked(city: City) -> None:
    _post(city)
    _step(city)
    before = _get(city).get_json()
    later = city.now + timedelta(minutes=11)
    city.visit(city.homes[0], date(2026, 4, 24))
    assert _get(city).get_json() == before
    _post(city)  # too soon: what is there is fresh
    assert _get(city).get_json() == before
    assert _post(city, at=later).get_json()["made"] == 0
    _step(city, at=later)
    after = _get(city).get_json()
    assert after["computed_at"] > before["computed_at"]
    assert after["confirmed_rate"] > before["confirmed_rate"]


@pytest.mark.usefixtures("few")
def test_another_day_waits_for_the_first(city: City) -> None:
    _post(city)
    answer = _post(city, as_of="2026-04-01")
    details = answer.get_json()["error"]["details"]
    assert (answer.status_code, details) == (409, {"reason": "another_day", "day": DAY})
    assert _post(city, as_of="2026-04-01", login=city.world.regulator).status_code == 202
    assert {_step(city), _step(city)} == {5, 3}
    assert _post(city, as_of="2026-04-01").status_code == 202


@pytest.mark.usefixtures("few")
def test_days_are_forgotten_after_a_week(city: City) -> None:
    _post(city)
    _step(city)
    _post(city, as_of="2026-04-01", at=city.now + past.KEPT + timedelta(minutes=1))
    assert {row.day for row in city.world.rows(select(PastAgreement))} == {date(2026, 4, 1)}
    assert city.world.rows(select(PastPeriod)) == []


@pytest.mark.usefixtures("few")
def test_what_cannot_be_computed_is_left_out_and_said(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = city.homes[0].agreement.id
    true = delivered_as_of

    def fail(session: Any, ids: list[Any], day: date) -> Any:
        if ids == [broken]:
            raise ValueError("no such clause")
        return true(session, ids, day)

    monkeypatch.setattr(past, "delivered_as_of", fail)
    _post(city)
    assert _step(city) == 5
    page = _get(city).get_json()
    assert (page["agreements"], page["rated"], page["left_out"]) == (5, 4, 1)
    assert str(broken) in caplog.text


def test_only_days_past_are_computed_so(city: City) -> None:
    for day in ("2026-05-12", "2026-05-13"):
        assert field_errors(_post(city, as_of=day)) == {"as_of": "in_the_future"}
