"""How phones are: who is silent, what waits there, whose clock is wrong, what was refused."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.auth.roles import Role
from server.sync.models import Device
from server.web.schemas import instant_text
from tests.factories.client import field_errors
from tests.factories.phone import Phone
from tests.factories.world import World

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def _health(world: World, login: str, days: int = 1) -> dict[str, Any]:
    client = world.client(login)
    with clock.fixed(world.now + days * DAY):
        found: dict[str, Any] = client.json("/devices")
    return found


def _waiting(phone: Phone, count: int, **envelope: Any) -> dict[str, Any]:
    return {"waiting": {"count": count, "oldest_at": instant_text(phone.clock)}, **envelope}


def test_managers_see_the_phones_of_their_people(world: World) -> None:
    nurse = world.person("nurse", world.hospital, Role.CLINICIAN)
    silent, busy = world.phone(world.doctor), world.phone(world.doctor, at=world.now + DAY)
    silent.check_in(world.other["home"], world.other["poster"])
    silent.send(silent.waiting, **_waiting(silent, 7, app_version="1.4.0"))
    busy.send([], sent_at=instant_text(busy.clock - timedelta(hours=2)))
    shown = _health(world, world.manager)
    assert [row["device_id"] for row in shown["devices"]] == [str(silent.device_id), str(busy.device_id)]
    first, second = shown["devices"]
    assert first["account"]["name"] == f"{world.doctor} 先生"
    assert (first["waiting"], first["oldest_waiting_at"]) == (7, instant_text(silent.clock))
    assert (first["app_version"], first["refused"], first["offset_ms"]) == ("1.4.0", 1, 0)
    assert first["last_sync_at"] == instant_text(silent.clock)
    assert (second["waiting"], second["refused"], second["offset_ms"]) == (None, 0, 7_200_000)
    assert [each["name"] for each in shown["never"]] == [f"{nurse} 先生"]


def test_what_was_given_up_calls_for_nobody(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.other["home"], world.other["poster"])
    (entry,) = phone.waiting
    phone.sync()
    phone.say("drop", {"entry_id": entry["id"], "reason": "practice", "text": None})
    phone.send(phone.waiting[1:])
    (row,) = _health(world, world.manager)["devices"]
    assert row["refused"] == 0


def test_others_see_none_of_them(world: World) -> None:
    world.phone(world.doctor).send([])
    assert _health(world, world.other["manager"])["devices"] == []
    home = _health(world, world.home_manager)
    assert (home["devices"], [each["name"] for each in home["never"]]) == ([], [f"{world.staff} 先生"])
    assert world.client(world.doctor).get("/devices").status_code == 403


def test_long_silent_phones_are_shown_only_with_something_waiting(world: World) -> None:
    left, empty = world.phone(world.doctor), world.phone(world.doctor)
    left.send([], **_waiting(left, 2))
    empty.send([])
    assert [row["waiting"] for row in _health(world, world.manager, days=96)["devices"]] == [2]


def test_a_phone_is_noted_when_something_differs_or_a_minute_passed(world: World) -> None:
    phone = world.phone(world.doctor)

    def seen(after: timedelta, **envelope: Any) -> timedelta:
        phone.send([], now=phone.clock + after, **envelope)
        (row,) = world.rows(
            select(Device)
            .where(Device.device_id == phone.device_id)
            .execution_options(populate_existing=True)
        )
        at: timedelta = row.last_sync_at - phone.clock
        return at

    assert seen(timedelta(0)) == timedelta(0)
    assert seen(MINUTE / 2) == timedelta(0)
    assert seen(MINUTE / 2, **_waiting(phone, 1)) == MINUTE / 2
    assert seen(MINUTE, **_waiting(phone, 1)) == MINUTE / 2
    assert seen(2 * MINUTE, **_waiting(phone, 1)) == 2 * MINUTE


def test_what_a_phone_tells_of_itself_is_checked(world: World) -> None:
    phone = world.phone(world.doctor)
    for said, path in (
        ({"waiting": {"count": -1, "oldest_at": None}}, "waiting.count"),
        ({"waiting": {"count": 1}}, "waiting.oldest_at"),
        ({"waiting": 3}, "waiting"),
        ({"app_version": "x" * 41}, "app_version"),
    ):
        assert list(field_errors(phone.send([], **said))) == [path]


def test_no_clock_makes_something_wait_since_a_time_that_cannot_be(world: World) -> None:
    phone = world.phone(world.doctor)
    for said, kept in (
        ("9999-12-31T23:59:59Z", phone.clock),
        ("0001-01-01T00:00:00Z", phone.clock - timedelta(days=730)),
    ):
        phone.send([], waiting={"count": 1, "oldest_at": said})
        (row,) = _health(world, world.manager)["devices"]
        assert row["oldest_waiting_at"] == instant_text(kept)
