"""What the code trusts the database with, on SQLite as on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.auth.roles import OrganisationKind
from server.db import begin_write, db
from server.events import emit, savepoint
from server.ids import new_id
from server.organisations.models import Organisation
from server.organisations.service import create_organisation
from server.residents.events import ResidentChanged
from server.residents.models import Stay
from server.web.application import Application

NOW = datetime(2026, 5, 12, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))


def _add(name: str, at: datetime = NOW) -> Organisation:
    return create_organisation(db.session(), None, OrganisationKind.CARE, name, "999901", at)


def _names(app: Application) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Organisation.name)))


def test_foreign_keys_are_on(real_app: Application) -> None:
    with real_app.app_context():
        db.session.add(Stay(resident_id=new_id(), starts=date(2026, 1, 1)))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_a_savepoint_rolled_back_keeps_what_was_before_and_an_outer_rollback_keeps_nothing(
    real_app: Application,
) -> None:
    with real_app.app_context():
        session = db.session()
        _add("kept")
        with pytest.raises(RuntimeError, match="inner"):
            _fail_inside_a_savepoint()
        assert not session.info.get("events"), "what was announced inside never happened"
        real_app.finish()
    assert _names(real_app) == ["kept"]
    with real_app.app_context():
        _add("outer")
        with savepoint(db.session()):
            _add("inner")
        db.session.rollback()
    assert _names(real_app) == ["kept"]


def _fail_inside_a_savepoint() -> None:
    with savepoint(db.session()):
        _add("undone")
        emit(db.session(), ResidentChanged(new_id(), new_id()))
        raise RuntimeError("inner")


def test_instants_survive_whatever_zone_they_came_in(real_app: Application) -> None:
    with real_app.app_context():
        _add("one")
        real_app.finish()
    with real_app.app_context():
        (row,) = db.session.scalars(select(Organisation))
        assert row.created_at == NOW
        assert row.created_at.tzinfo is UTC
        assert row.created_at.isoformat() == "2026-05-12T01:30:15.123456+00:00"
        kept = db.session.scalars(select(Organisation.name).where(Organisation.created_at <= NOW))
        assert list(kept) == ["one"]


def test_an_instant_without_a_zone_is_refused(real_app: Application) -> None:
    with real_app.app_context():
        with pytest.raises(Exception, match="an instant needs a zone"):
            _add("two", NOW.replace(tzinfo=None))
        db.session.rollback()


def test_writers_wait_for_each_other_instead_of_failing(real_app: Application) -> None:
    """Two that read and then write: without an immediate begin the second fails on SQLite at once."""
    with ThreadPoolExecutor(1) as other:
        with real_app.app_context():
            begin_write(db.session())
            list(db.session.scalars(select(Organisation)))
            second = other.submit(_read_and_write, real_app, "second")
            wait([second], timeout=0.3)
            _add("first")
            real_app.finish()
        second.result(20)
    assert _names(real_app) == ["first", "second"]


def _read_and_write(app: Application, name: str) -> None:
    with app.app_context():
        begin_write(db.session())
        list(db.session.scalars(select(Organisation)))
        _add(name)
        app.finish()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_sqlite_is_durable_and_patient(real_app: Application) -> None:
    with real_app.app_context():
        values = {
            name: db.session.scalar(text(f"PRAGMA {name}"))
            for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        }
    assert values == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_starts_no_processes_for_an_answer_and_tells_instants_in_utc(
    real_app: Application,
) -> None:
    with real_app.app_context():
        db.session.rollback()  # what is returned to the pool is rolled back, and keeps this
        values = [
            db.session.scalar(text(f"SHOW {name}"))
            for name in ("max_parallel_workers_per_gather", "jit", "TimeZone")
        ]
    assert values == ["0", "off", "UTC"]
