"""The worker as a process beside a server: it drains, ends when asked, and loses nothing when killed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from server import clock
from server.auth.roles import OrganisationKind
from server.db import db
from server.fulfilment.models import Obligation, StaleStream
from tests.factories.world import NOW, World
from tests.programs import Program, start_xunyue

FIGURES = (Obligation.commitment_id, Obligation.subject_id, Obligation.start, Obligation.confirmed)
Figures = dict[tuple[Any, ...], int]
_PATIENCE_S = 60.0


@pytest.fixture
def world(real_world: World) -> World:
    """A county that other processes see: commits are commits."""
    return real_world


@contextmanager
def _worker(world: World, *options: str, said: Path | None = None) -> Iterator[Program]:
    settings = world.app.settings
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "XUNYUE_KEYS": str(settings.keys_dir),
    }
    process = start_xunyue("jobs", "run", *options, env=environment, said=said)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _figures(world: World) -> Figures:
    with world.app.app_context():
        return {tuple(key): figure for *key, figure in db.session.execute(select(*FIGURES))}


def _left(world: World) -> int:
    with world.app.app_context():
        return db.session.scalar(select(func.count()).select_from(StaleStream)) or 0


def _mark_all_as_wrong(world: World) -> int:
    """Make every figure wrong and mark every stream. Returns how many streams there are."""
    streams = select(
        Obligation.commitment_id, Obligation.subject_id, Obligation.agreement_id, Obligation.institution_id
    ).distinct()
    with world.work() as session:
        rows = [{**row, "marked_at": clock.now()} for row in session.execute(streams).mappings()]
        session.execute(insert(StaleStream), rows)
        session.execute(update(Obligation).values(confirmed=99))
    return len(rows)


def _until_fewer(world: World, marks: int) -> int:
    """Wait until fewer marks are left than these; returns how many."""
    waited = 0.0
    while (left := _left(world)) >= marks:
        Event().wait(0.01)
        waited += 0.01
        assert waited < _PATIENCE_S, "the worker drains nothing"
    return left


def test_it_drains_and_ends_when_asked(world: World, tmp_path: Path) -> None:
    with clock.fixed(NOW):
        world.visit(readings=[world.ada, world.ben])
    true = _figures(world)
    _mark_all_as_wrong(world)
    log = tmp_path / "said"
    with _worker(world, said=log) as worker:
        _until_fewer(world, 1)
        worker.terminate()
        assert worker.wait(20) == 0
    said = log.read_text()
    assert "worker started" in said
    assert said.rstrip().endswith("worker ended")
    assert "Traceback" not in said
    assert _figures(world) == true


def test_killed_in_the_middle_it_loses_nothing(world: World) -> None:
    """Each institution is drained in a transaction of its own: many of them, and a kill between or within."""
    with clock.fixed(NOW):
        world.visit(readings=[world.ada, world.ben])
        for number in range(12):
            home = world.organisation(OrganisationKind.CARE, f"养老院{number}")
            world.resident(home, name=f"王{number}")
            world.agree(home=home, number=f"多-{number}")
    true, left, streams = _figures(world), 0, 0
    while not left:  # on a fast machine all may be done before the kill
        streams = _mark_all_as_wrong(world)
        with _worker(world) as worker:
            _until_fewer(world, streams)
            worker.kill()
            worker.wait()
            left = _left(world)
    waiting = _waiting(world)
    found = _figures(world)
    assert {key[:2] for key, figure in found.items() if figure != true[key]} == waiting
    assert 0 < len(waiting) < streams

    with _worker(world, "--once") as worker:
        assert worker.wait(_PATIENCE_S) == 0
    assert (_left(world), _figures(world)) == (0, true)


def _waiting(world: World) -> set[tuple[Any, ...]]:
    with world.app.app_context():
        rows = db.session.execute(select(StaleStream.commitment_id, StaleStream.subject_id))
        return {tuple(row) for row in rows}
