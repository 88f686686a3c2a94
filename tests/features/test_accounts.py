"""Signing in and out: alike answers, throttling, devices, cookies, and requests of other sites."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.accounts.models import Account, AccountSession, SignInFailure
from server.audit.models import AuditEntry
from server.web.application import Application
from tests.factories.client import PASSWORD, Client
from tests.factories.world import NOW, World

JSON = {"X-Xunyue": "1"}


@contextmanager
def _after(**time: float) -> Iterator[None]:
    with clock.fixed(NOW + timedelta(**time)):
        yield


def _try(world: World, login: str, password: str = "wrong", address: str = "10.0.0.1") -> TestResponse:
    body = {"login": login, "password": password, "device_name": "phone"}
    return Client(world.app).raw(
        "POST", "/api/v1/session", json=body, headers=JSON, environ_base={"REMOTE_ADDR": address}
    )


def _error(answer: TestResponse) -> dict[str, Any]:
    error: dict[str, Any] = answer.get_json()["error"]
    return error


def _disable(world: World, login: str) -> None:
    with world.work() as session:
        session.scalars(select(Account).where(Account.login == login)).one().disabled_at = NOW


def test_refusals_look_alike(world: World) -> None:
    """Nobody learns from an answer whether an account exists, or is disabled."""
    _disable(world, world.staff)
    with _after(minutes=1):
        answers = [
            _try(world, world.doctor),
            _try(world, "nobody-of-this-name"),
            _try(world, world.staff, PASSWORD),
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert _error(answers[0])["code"] == "sign_in_failed"
    assert [answer.headers.get("Set-Cookie") for answer in answers] == [None] * 3
    assert len(world.rows(select(SignInFailure))) == 6, "the failures are kept though the answer refuses"
    tags = world.rows(select(AuditEntry).where(AuditEntry.tag == "account.sign_in_failed"))
    assert len(tags) == 3


def test_signing_in_says_who_one_is(world: World) -> None:
    with _after(minutes=1):
        answer = Client(world.app).sign_in(f"  {world.doctor.upper()} ")
    me = answer.get_json()
    assert answer.status_code == 200
    assert (me["login"], me["server_time"]) == ("doctor", "2026-05-12T01:31:00.000Z")
    assert {"rounds.record", "sync.use"} <= set(me["permissions"])
    assert [(each["organisation_kind"], each["role"]) for each in me["memberships"]] == [
        ("medical", "clinician")
    ]


def test_tries_for_one_login_wait_longer_and_longer(world: World) -> None:
    """From any address; the right password too, until the wait is over. It ends."""
    for minute in range(5):
        with _after(seconds=minute):
            assert _try(world, world.doctor, address=f"10.0.0.{minute}").status_code == 401
    waits, at = [], 5.0
    for _ in range(3):
        with _after(seconds=at):
            refused = _try(world, world.doctor)
            assert (refused.status_code, _error(refused)["code"]) == (401, "sign_in_failed")
            throttled = _try(world, world.doctor, PASSWORD)
            assert (throttled.status_code, _error(throttled)["code"]) == (429, "throttled")
            wait = _error(throttled)["details"]["retry_after_s"]
            assert throttled.headers["Retry-After"] == str(wait)
            waits.append(wait)
        at += wait
    assert waits == [2, 4, 8]
    with _after(seconds=at):
        assert _try(world, world.staff, PASSWORD).status_code == 200, "others are not held up"
        assert _try(world, world.doctor, PASSWORD).status_code == 200
        assert _try(world, world.doctor).status_code == 401, "success starts the count anew"


def test_one_address_is_slowed_down_whatever_it_tries(world: World) -> None:
    source = _source_of_failure(world)
    with world.work() as session:
        session.add_all(SignInFailure(source=source, at=NOW) for _ in range(51))
    with _after(seconds=1):
        assert _try(world, world.doctor, PASSWORD, address="10.9.9.9").status_code == 429
        assert _try(world, world.doctor, PASSWORD, address="10.9.9.8").status_code == 200
    with _after(minutes=16):
        assert _try(world, world.doctor, PASSWORD, address="10.9.9.9").status_code == 200


def _source_of_failure(world: World) -> str:
    """How the server names the address 10.9.9.9: the source that two failures of different logins share."""
    with _after(seconds=0):
        _try(world, "a", address="10.9.9.9")
        _try(world, "b", address="10.9.9.9")
    sources: list[str] = [row.source for row in world.rows(select(SignInFailure))]
    return max(sources, key=sources.count)


def test_devices_are_listed_and_signed_out_from_afar(world: World) -> None:
    with _after(minutes=1):
        phone = world.client(world.doctor)
    with _after(minutes=2):
        desk = world.client(world.doctor)
        sessions = desk.json("/sessions")["sessions"]
        assert [each["current"] for each in sessions] == [True, False]
        assert {each["device_name"] for each in sessions} == {"test"}
        assert desk.delete(f"/sessions/{sessions[1]['id']}").status_code == 204
        assert _error(phone.get("/session"))["code"] == "revoked"
        assert phone.get("/session").status_code == 401
        assert len(desk.json("/sessions")["sessions"]) == 1


def test_a_session_expires_unless_it_is_used(world: World) -> None:
    with _after(minutes=0):
        idle, used = world.client(world.doctor), world.phone(world.doctor)
    with _after(days=20):
        assert used.send([], now=NOW + timedelta(days=20)).status_code == 200
    with _after(days=29):
        assert idle.get("/session").status_code == 200
    with _after(days=30):
        assert idle.get("/session").status_code == 401
        assert used.client.get("/session").status_code == 200
    with _after(days=50):
        assert used.client.get("/session").status_code == 401


def test_disabling_an_account_ends_its_sessions(world: World) -> None:
    with _after(minutes=1):
        doctor = world.client(world.doctor)
        _disable(world, world.doctor)
        assert doctor.get("/session").status_code == 401


def test_the_cookie_is_guarded_and_dead_after_signing_out(world: World) -> None:
    with _after(minutes=1):
        client = Client(world.app)
        cookie = client.sign_in(world.doctor).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie, "this one runs on http://localhost"
        stolen = {"Cookie": cookie.split(";")[0]}
        thief = world.app.test_client(use_cookies=False)
        assert thief.get("/api/v1/session", headers=stolen).status_code == 200
        assert client.delete("/session").status_code == 204
        assert thief.get("/api/v1/session", headers=stolen).status_code == 401
        assert client.get("/session").status_code == 401
    (row,) = world.rows(select(AccountSession))
    assert row.revoked_at is not None


def test_a_made_up_cookie_is_nobody(database: Application) -> None:
    client = database.test_client(use_cookies=False)
    for cookie in ("xunyue=", "xunyue=rubbish", "xunyue=eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb"):
        answer = client.get("/api/v1/session", headers={"Cookie": cookie})
        assert (answer.status_code, _error(answer)["code"]) == (401, "signed_out")


def test_requests_of_other_sites_are_refused(world: World) -> None:
    with _after(minutes=1):
        client = world.client(world.doctor)
        refused: list[dict[str, str]] = [
            {},
            {"X-Xunyue": "2"},
            {**JSON, "Sec-Fetch-Site": "cross-site"},
            {**JSON, "Sec-Fetch-Site": "same-site"},
            {**JSON, "Origin": "https://evil.example"},
            {**JSON, "Origin": "http://localhost.evil.example"},
            {**JSON, "Origin": "null"},
        ]
        for headers in refused:
            answer = client.raw("DELETE", "/api/v1/session", headers=headers)
            assert (answer.status_code, _error(answer)["code"]) == (403, "cross_site"), headers
        reading = client.raw("GET", "/api/v1/session", headers={"Sec-Fetch-Site": "cross-site"})
        assert reading.status_code == 200, "reading changes nothing, and no foreign page sees the answer"
        own = {**JSON, "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
        assert client.raw("DELETE", "/api/v1/session", headers=own).status_code == 204


def test_a_session_that_ends_in_mid_sync_costs_no_entry(world: World) -> None:
    with _after(minutes=0):
        phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    late = NOW + timedelta(days=31)
    phone.clock = late
    phone.check_in(world.home, world.poster)
    answer = phone.send(phone.waiting, now=late + timedelta(minutes=5))
    assert (answer.status_code, _error(answer)["code"]) == (401, "signed_out")
    with clock.fixed(late + timedelta(minutes=6)):
        assert phone.client.sign_in(world.doctor).status_code == 200
    results = phone.sync(now=late + timedelta(minutes=7))
    assert [result["outcome"] for result in results] == ["stored", "stored"]


def test_texts_that_no_database_keeps_are_refused(world: World) -> None:
    with _after(minutes=1):
        answer = _try(world, "doc\0tor")
    assert answer.status_code == 422
    assert _error(answer)["fields"] == [{"path": "login", "code": "not_text"}]
