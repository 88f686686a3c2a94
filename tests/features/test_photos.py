"""Photos that a record names: sent after it, kept encrypted, read by those who may read the record."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.test import TestResponse

from server import clock
from server.auth.roles import Role
from server.ids import new_id
from server.photos.models import Photo
from server.photos.service import KEPT, forget_photos
from tests.factories.client import Client
from tests.factories.jpeg import jpeg, with_place
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World

CARE: dict[str, Any] = {"site": "heel", "stage": "two", "measures": ["cleaned"]}


@pytest.fixture
def named(world: World) -> tuple[Phone, UUID, UUID]:
    """The doctor's phone, a wound's record, and the photo that it names and that has not come."""
    phone, photo = world.phone(world.doctor), new_id()
    phone.check_in(world.home, world.poster)
    line = phone.record("pressure_injury_care", world.ada, {**CARE, "photos": [str(photo)]})
    assert outcomes(phone.sync()) == ["stored", "stored"]
    return phone, line, photo


def _put(
    client: Client, photo: UUID, line: UUID, picture: bytes, *, kind: str = "image/jpeg"
) -> TestResponse:
    return client.raw(
        "PUT",
        f"/api/v1/photos/{photo}?line_id={line}",
        data=picture,
        headers={"X-Xunyue": "1", "Content-Type": kind},
    )


def _problem(answer: TestResponse) -> str:
    assert answer.status_code in (409, 413, 422), answer.text
    error = answer.get_json()["error"]
    return str(error["details"].get("reason") or (error["fields"] or [error])[0]["code"])


def _missing(phone: Phone, line: UUID) -> list[str]:
    (shown,) = [each for each in phone.pull()["lines"] if each["id"] == str(line)]
    missing: list[str] = shown["photos_missing"]
    return missing


def test_a_photo_follows_its_record_and_both_sides_see_it(
    world: World, named: tuple[Phone, UUID, UUID]
) -> None:
    phone, line, photo = named
    with clock.fixed(phone.clock):
        assert _missing(phone, line) == [str(photo)]
        cursor = phone.pull()["cursor"]
        picture = jpeg()
        assert _put(phone.client, photo, line, picture).status_code == 204
        assert [each["photos_missing"] for each in phone.pull(cursor)["lines"]] == [[]]
        for login in (world.doctor, world.staff, world.manager, world.home_manager):
            answer = world.client(login).get(f"/photos/{photo}")
            assert (answer.status_code, answer.data) == (200, picture), login
            assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
        for login in (world.regulator, world.other["manager"]):
            assert world.client(login).get(f"/photos/{photo}").status_code == 404, login
    assert len(world.trail("photo.stored", line)) == 1


def test_it_lies_encrypted_and_bound_to_its_id(world: World, named: tuple[Phone, UUID, UUID]) -> None:
    phone, line, photo = named
    picture = jpeg()
    with clock.fixed(phone.clock):
        _put(phone.client, photo, line, picture)
    (row,) = world.rows(select(Photo).options(undefer(Photo.sealed)))
    assert row.digest == hashlib.sha256(picture).hexdigest()
    assert b"JFIF" not in row.sealed
    keyring = world.app.keyring
    assert keyring.open_photo(photo, row.key_id, row.sealed) == picture
    with pytest.raises(InvalidTag):
        keyring.open_photo(new_id(), row.key_id, row.sealed)


def test_sent_again_it_is_the_same_one(world: World, named: tuple[Phone, UUID, UUID]) -> None:
    phone, line, photo = named
    with clock.fixed(phone.clock):
        for _ in range(2):
            assert _put(phone.client, photo, line, jpeg()).status_code == 204
        assert _problem(_put(phone.client, photo, line, jpeg(shade=10))) == "content_differs"
    assert len(world.rows(select(Photo))) == 1


@pytest.mark.parametrize(
    ("picture", "kind", "problem"),
    [
        (with_place(), "image/jpeg", "has_metadata"),
        (jpeg(1800, 20), "image/jpeg", "too_many_pixels"),
        (b"GIF89a" + bytes(20), "image/jpeg", "not_a_jpeg"),
        (jpeg(), "image/png", "unknown_choice"),
        (bytes(400 * 1024), "image/jpeg", "too_large"),
    ],
)
def test_what_is_no_photo_is_refused(
    world: World, named: tuple[Phone, UUID, UUID], picture: bytes, kind: str, problem: str
) -> None:
    phone, line, photo = named
    with clock.fixed(phone.clock):
        assert _problem(_put(phone.client, photo, line, picture, kind=kind)) == problem
    assert world.rows(select(Photo)) == []


def test_only_its_author_sends_it_and_only_what_is_named(
    world: World, named: tuple[Phone, UUID, UUID]
) -> None:
    phone, line, photo = named
    colleague = world.client(world.person("colleague", world.hospital, Role.CLINICIAN))
    with clock.fixed(phone.clock):
        assert _put(colleague, photo, line, jpeg()).status_code == 403
        assert _put(world.client(world.other["doctor"]), photo, line, jpeg()).status_code == 404
        assert _put(phone.client, photo, new_id(), jpeg()).status_code == 404, "its record has not come"
        assert _problem(_put(phone.client, new_id(), line, jpeg())) == "not_named"


def test_what_a_corrected_record_named_still_comes(named: tuple[Phone, UUID, UUID]) -> None:
    phone, line, photo = named
    phone.amend(line, 1, CARE)
    assert outcomes(phone.sync()) == ["stored"]
    with clock.fixed(phone.clock):
        assert _put(phone.client, photo, line, jpeg()).status_code == 204
    assert _missing(phone, line) == []


def test_after_their_time_photos_are_forgotten(world: World, named: tuple[Phone, UUID, UUID]) -> None:
    phone, line, photo = named
    with clock.fixed(phone.clock):
        _put(phone.client, photo, line, jpeg())
    for later, gone in ((timedelta(0), 0), (timedelta(days=1), 1)):
        with world.work() as session:
            assert forget_photos(session, phone.clock + KEPT + later) == gone
    assert world.rows(select(Photo)) == []
