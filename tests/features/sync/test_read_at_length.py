"""What is asked of the working set where it is too long for an address."""

from datetime import date
from typing import Any
from uuid import uuid4

from server import clock
from server.sync.cursor import Cursor, Mark
from tests.factories.client import field_errors
from tests.factories.phone import Phone
from tests.factories.world import World

_ADDRESS = 8190  # gunicorn's, see gunicorn.conf.py


def _asked(phone: Phone, **asked: str) -> Any:
    with clock.fixed(phone.clock):
        return phone.client.post("/sync/read", asked)


def test_what_is_too_long_for_an_address_is_asked_at_length(world: World) -> None:
    """The cursor of three hundred institutions, and the ids of as many that were chosen."""
    phone = world.phone(world.staff)
    held = {uuid4(): Mark(7, date(2026, 5, 12), "a1b2c3") for _ in range(300)}
    cursor = Cursor("2026-1.abcdef01.abcdef02", held).text()
    assert len(cursor) > _ADDRESS
    answer = _asked(phone, cursor=cursor, institutions=",".join(map(str, [world.home.id, *held])))
    assert answer.status_code == 200, answer.text
    page = answer.get_json()
    assert page["forget"] == sorted(map(str, held))
    assert page["snapshots"] == [str(world.home.id)]
    nothing = _asked(phone, institutions=",".join(map(str, held))).get_json()
    assert nothing["snapshots"] == []


def test_it_answers_as_the_address_does(world: World) -> None:
    phone = world.phone(world.doctor)
    first = phone.pull()
    assert _asked(phone).get_json() == first
    world.visit(readings=[world.ada])
    again = phone.pull(first["cursor"])
    assert again["lines"]
    assert _asked(phone, cursor=first["cursor"]).get_json() == again
    assert field_errors(_asked(phone, cursor="nonsense")) == {"cursor": "not_a_cursor"}
    assert field_errors(_asked(phone, institutions="7")) == {"institutions": "not_an_id"}
