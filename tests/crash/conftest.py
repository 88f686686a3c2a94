"""The product served to phones in a county that begins forty days before today."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from server import clock
from server.app import build
from server.db import Base, db
from tests import gunicorn, postgres
from tests.conftest import settings_for
from tests.crash.sending import Sender, Traffic
from tests.factories import visits
from tests.factories.world import World
from tests.gunicorn import Gunicorn
from tests.postgres import PostgresServer

_PHONES = 4


@dataclass(frozen=True, slots=True)
class Served:
    """`server` is None on SQLite. Every test sends more; `traffic` is of all of them."""

    world: World
    gunicorn: Gunicorn
    server: PostgresServer | None
    senders: list[Sender]
    traffic: Traffic = field(default_factory=Traffic)


@pytest.fixture(scope="module")
def durable_server(database_kind: str) -> Iterator[PostgresServer | None]:
    """Unlike the other tests' server this one brings every commit to the disk."""
    if database_kind == "sqlite":
        yield None
        return
    server = postgres.start(postgres.DURABLE + "shared_buffers = 128MB\n")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def served(
    durable_server: PostgresServer | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    url = f"sqlite:///{folder}/crash.db"
    if durable_server:
        url = durable_server.url(durable_server.create_database())
    world = _county(url, folder)
    running = gunicorn.start(url, folder, gunicorn.forked)
    try:
        yield Served(world, running, durable_server, _senders(world, running.port))
    finally:
        running.kill()  # quicker than an end in good order, which is not what is tested
        with world.app.app_context():
            db.engine.dispose()


def _county(url: str, folder: Path) -> World:
    """A home to whom nine of the ten services of a visit are owed."""
    app = build(settings_for(url, folder))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    today = clock.today()
    starts, ends = today - timedelta(days=40), today + timedelta(days=320)
    world = World(app, clock.now(), starts=starts, ends=ends)
    for_each = {"scope": "resident", "per": "term"}
    clauses = [
        (service, {"services": [service], **for_each}, 3)
        for service in ("capillary_glucose", "tcm_health_guidance", "health_checkup", "health_consultation")
    ]
    clauses += [
        (service, {"services": [service], "per": "month"}, 4)
        for service in ("health_education_lecture", "pharmacy_management_guidance")
    ]
    world.agree(number="签-2", clauses=clauses)
    return world


def _senders(world: World, port: int) -> list[Sender]:
    residents = [world.ada.id, world.ben.id]
    return [
        Sender(port, visits.sign_in(port, world.doctor), world.home.id, residents) for _ in range(_PHONES)
    ]
