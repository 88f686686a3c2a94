"""Who saw which record stands in the trail: written a moment after the answer, and before a server ends."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.audit.buffer import views
from server.audit.models import AuditEntry
from server.web.application import Application
from tests.factories.client import PASSWORD
from tests.factories.trail import act
from tests.factories.world import NOW, World
from tests.programs import Program, start_gunicorn

_PATIENCE_S = 60.0


def _seen(world: World, tag: str) -> list[tuple[UUID | None, UUID | None, UUID | None]]:
    """Organisation, other party and subject of each view of this kind."""
    rows = world.rows(select(AuditEntry).where(AuditEntry.tag == tag).order_by(AuditEntry.id))
    return [(row.organisation_id, row.other_id, row.subject_id) for row in rows]


def test_each_view_is_in_the_viewers_own_trail(world: World) -> None:
    with clock.fixed(NOW):
        _, ids = world.visit(readings=[world.ada])
        line, round_ = ids[world.ada.name], ids["round"]
        for login in (world.doctor, world.staff, world.regulator):
            client = world.client(login)
            client.json(f"/lines/{line}")
        client = world.client(world.manager)
        client.json(f"/rounds/{round_}")
        client.json(f"/institutions/{world.home.id}/residents")
        assert world.client(world.other["manager"]).get(f"/rounds/{round_}").status_code == 404
    assert _seen(world, "record.viewed") == [], "a read writes nothing"
    assert views(world.app).flush() == 5
    assert views(world.app).flush() == 0
    hospital, home = world.hospital.id, world.home.id
    assert _seen(world, "record.viewed") == [
        (hospital, home, line),
        (home, hospital, line),
        (world.bureau.id, hospital, line),
    ]
    assert _seen(world, "round.viewed") == [(hospital, home, round_)]
    assert _seen(world, "roster.viewed") == [(hospital, home, home)]


def test_what_cannot_be_written_goes_on_waiting(world: World) -> None:
    waiting = views(world.app)
    known = act(world.hospital.id)
    waiting.note(known)
    assert waiting.flush() == 1
    waiting.note(act(world.hospital.id))
    waiting.note(known)  # its id is taken
    with pytest.raises(IntegrityError):
        waiting.flush()
    with world.work() as session:
        session.delete(session.get_one(AuditEntry, known["id"]))
    assert waiting.flush() == 2


@pytest.fixture
def committed(real_app: Application) -> World:
    """A county that a server of its own sees."""
    return World(real_app, clock.now())


@contextmanager
def _served(world: World) -> Iterator[tuple[Program, int]]:
    """gunicorn with two workers, and its port."""
    own = {"DATABASE_URL": world.app.settings.database_url, "XUNYUE_KEYS": str(world.app.settings.keys_dir)}
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = start_gunicorn(door, {**os.environ, **own})
        try:
            yield server, door.getsockname()[1]
        finally:
            server.kill()
            server.wait()


def _signed_in(port: int, login: str) -> dict[str, str]:
    """The header that names the session, once the server answers."""
    said = json.dumps({"login": login, "password": PASSWORD, "device_name": "test"})
    headers = {"X-Xunyue": "1", "Content-Type": "application/json"}
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    connection.request("POST", "/api/v1/session", said, headers)
    cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
    connection.close()
    return {"Cookie": cookie}


def _look(port: int, path: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/api/v1{path}", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_server_writes_within_seconds_and_before_it_ends(committed: World) -> None:
    world, path = committed, f"/institutions/{committed.home.id}/residents"
    with _served(world) as (server, port):
        session = _signed_in(port, world.staff)
        assert _look(port, path, session) == 200
        waited = 0.0
        while not _seen(world, "roster.viewed"):
            assert waited < _PATIENCE_S, "the view is not written"
            Event().wait(0.1)
            waited += 0.1
        assert [_look(port, path, session) for _ in range(20)] == [200] * 20
        server.terminate()
        assert server.wait(_PATIENCE_S) == 0
    assert len(_seen(world, "roster.viewed")) == 21
