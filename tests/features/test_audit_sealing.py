"""The sealer: every entry that was committed gets one place in its chain, whoever seals and in what order."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.app import JOBS, build
from server.audit.models import AuditChain, AuditEntry
from server.audit.rules import NO_ORGANISATION
from server.audit.sealing import seal
from server.db import Base, begin_write, db
from server.ids import new_id
from server.jobs.service import run_pending
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.trail import act, broken, entries, seal_once, verdicts, write
from tests.factories.world import NOW, World
from tests.programs import start_xunyue

_PATIENCE_S = 60.0
TWO = (new_id(), new_id())


def _seal_all(app: Application) -> int:
    total = 0
    while done := seal_once(app):
        total += done
    return total


def _check_all_sealed(app: Application) -> None:
    """Each entry in the chain of its organisation, numbers without gaps, and the chains hold."""
    for chain_id, group in groupby(entries(app), lambda entry: entry.chain_id):
        chain = list(group)
        assert [entry.seq for entry in chain] == list(range(1, len(chain) + 1))
        assert {entry.organisation_id or NO_ORGANISATION for entry in chain} == {chain_id}
    assert broken(app) == {}


def test_the_worker_seals_what_people_do(real_app: Application) -> None:
    world = World(real_app)
    with clock.fixed(NOW):
        world.visit(readings=[world.ada])
        world.client().sign_in("nobody", "wrong password")
        assert run_pending(real_app, [job for job in JOBS if job.name == "seal"], NOW) == []
    _check_all_sealed(real_app)
    chains = verdicts(real_app)
    assert {world.hospital.id, NO_ORGANISATION} <= set(chains)
    tags = {entry.tag: entry.chain_id for entry in entries(real_app)}
    assert tags["record.stored"] == world.hospital.id
    assert tags["account.sign_in_failed"] == NO_ORGANISATION
    assert sum(each.entries for each in chains.values()) == len(entries(real_app))


def test_what_commits_late_comes_later_and_is_not_skipped(real_app: Application) -> None:
    early, late = act(TWO[0], 1), act(TWO[0], 2)
    write(real_app, [late])
    assert seal_once(real_app) == 1
    write(real_app, [early])
    assert (seal_once(real_app), seal_once(real_app)) == (1, 0)
    assert [entry.id for entry in entries(real_app)] == [late["id"], early["id"]]
    _check_all_sealed(real_app)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_transaction_that_is_still_open_holds_nobody_up(real_app: Application) -> None:
    with real_app.app_context(), db.engine.connect() as other:
        other.execute(insert(AuditEntry), [act(TWO[0], 1)])
        write(real_app, [act(TWO[0], 2)])
        assert seal_once(real_app) == 1
        other.commit()
    assert seal_once(real_app) == 1
    _check_all_sealed(real_app)


def test_a_sealer_that_dies_has_done_nothing(real_app: Application) -> None:
    write(real_app, [act(TWO[0], number) for number in range(3)])
    with real_app.app_context():
        begin_write(db.session())
        assert seal(db.session()) == 3
        db.session.rollback()
    assert [entry.seq for entry in entries(real_app)] == [None] * 3
    assert seal_once(real_app) == 3
    _check_all_sealed(real_app)


def test_sealers_at_once_seal_everything_once(real_app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches, so that many transactions of three sealers meet those of the writers."""
    monkeypatch.setattr("server.audit.sealing.BATCH", 7)
    organisations = (*TWO, None)
    written = Event()

    def writer(number: int) -> None:
        for batch in range(10):
            write(real_app, [act(organisations[(number + each) % 3], batch) for each in range(5)])

    def sealer(_number: int) -> int:
        done = 0
        while not written.is_set():
            done += seal_once(real_app)
        return done

    with ThreadPoolExecutor(6) as pool:
        sealers = [pool.submit(sealer, number) for number in range(3)]
        for each in [pool.submit(writer, number) for number in range(3)]:
            each.result(_PATIENCE_S)
        written.set()
        done = sum(each.result(_PATIENCE_S) for each in sealers)
    assert done + _seal_all(real_app) == 150
    assert Counter(entry.organisation_id for entry in entries(real_app)) == dict.fromkeys(organisations, 50)
    _check_all_sealed(real_app)


def test_the_database_refuses_one_place_twice(real_app: Application) -> None:
    write(real_app, [act(TWO[0], number) for number in range(2)])
    _seal_all(real_app)
    with real_app.app_context():
        begin_write(db.session())
        with pytest.raises(IntegrityError):
            db.session.execute(update(AuditEntry).where(AuditEntry.seq == 2).values(seq=1))
        db.session.rollback()
        with pytest.raises(IntegrityError):
            db.session.execute(update(AuditEntry).where(AuditEntry.seq == 2).values(seq=None))


Step = tuple[str, int, int]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.sampled_from(["commit", "roll back"]), st.integers(0, 3), st.just(0)),
        st.tuples(st.sampled_from(["seal", "die"]), st.integers(1, 3), st.just(0)),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def shared(shared_url: str, keys_dir: Path) -> Iterator[Application]:
    """A database that all random runs write to: the chains of each grow on those of the ones before."""
    app = build(settings_for(shared_url, keys_dir))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def shared_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('shared') / 'shared.db'}"
    server = request.getfixturevalue("postgres_server")
    return str(server.url(server.create_database()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_commits_and_seals(
    shared: Application, monkeypatch: pytest.MonkeyPatch, steps: list[Step]
) -> None:
    """Four transactions that get their ids when they write and are seen when they commit; sealers of small
    batches between them, some of which die before their commit."""
    organisations: tuple[UUID | None, ...] = (*TWO, None)
    before, committed = len(entries(shared)), 0
    waiting: dict[int, list[dict[str, Any]]] = {}
    for what, which, organisation in steps:
        if what == "write":
            waiting.setdefault(which, []).append(act(organisations[organisation], len(steps)))
        elif what in ("commit", "roll back"):
            rows = waiting.pop(which, [])
            if rows and what == "commit":
                write(shared, rows)
                committed += len(rows)
        else:
            monkeypatch.setattr("server.audit.sealing.BATCH", which)
            _seal(shared, dies=what == "die")
    _seal_all(shared)
    assert len(entries(shared)) == before + committed
    _check_all_sealed(shared)


def _seal(app: Application, *, dies: bool) -> None:
    with app.app_context():
        begin_write(db.session())
        seal(db.session())
        (db.session.rollback if dies else db.session.commit)()


def test_a_worker_killed_in_the_middle_leaves_whole_chains(real_app: Application) -> None:
    total = 5_000
    write(real_app, [act(TWO[number % 2], number) for number in range(total)])
    worker = start_xunyue("jobs", "run", env=_environment(real_app))
    try:
        waited = 0.0
        while not _sealed(real_app):
            assert worker.poll() is None, "it did not even start"
            assert waited < _PATIENCE_S, "the worker seals nothing"
            Event().wait(0.02)
            waited += 0.02
    finally:
        worker.kill()
        worker.wait()
    assert broken(real_app) == {}
    assert start_xunyue("jobs", "run", "--once", env=_environment(real_app)).wait() == 0
    assert _sealed(real_app) == total
    _check_all_sealed(real_app)


def _environment(app: Application) -> dict[str, str]:
    own = {"DATABASE_URL": app.settings.database_url, "XUNYUE_KEYS": str(app.settings.keys_dir)}
    return {**os.environ, **own}


def _sealed(app: Application) -> int:
    with app.app_context():
        return db.session.scalar(select(func.sum(AuditChain.seq))) or 0
