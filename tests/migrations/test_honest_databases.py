"""What the code trusts the database with, on SQLite as on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.app import build
from server.auth.roles import OrganisationKind
from server.db import Base, begin_write, db
from server.events import emit, savepoint
from server.ids import new_id
from server.organisations.models import Organisation
from server.organisations.service import create_organisation
from server.residents.events import ResidentChanged
from server.residents.models import Stay
from server.web.application import Application
from tests.conftest import settings_for

NOW = datetime(2026, 5, 12, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture
def real(fresh_database_url: str, tmp_path: Path) -> Iterator[Application]:
    """The application on a database of its own, where commits are commits."""
    app = build(settings_for(fresh_database_url, tmp_path))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()


def _add(name: str, at: datetime = NOW) -> Organisation:
    return create_organisation(db.session(), None, OrganisationKind.CARE, name, "999901", at)


def _names(app: Application) -> list[str]:
    with app.app_context():
        return sorted(db.session.scalars(select(Organisation.name)))


def test_foreign_keys_are_on(real: Application) -> None:
    with real.app_context():
        db.session.add(Stay(resident_id=new_id(), starts=date(2026, 1, 1)))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_a_savepoint_rolled_back_keeps_what_was_before_and_an_outer_rollback_keeps_nothing(
    real: Application,
) -> None:
    with real.app_context():
        session = db.session()
        _add("kept")
        with pytest.raises(RuntimeError, match="inner"):
            _fail_inside_a_savepoint()
        assert not session.info.get("events"), "what was announced inside never happened"
        real.finish()
    assert _names(real) == ["kept"]
    with real.app_context():
        _add("outer")
        with savepoint(db.session()):
            _add("inner")
        db.session.rollback()
    assert _names(real) == ["kept"]


def _fail_inside_a_savepoint() -> None:
    with savepoint(db.session()):
        _add("undone")
        emit(db.session(), ResidentChanged(new_id(), new_id()))
        raise RuntimeError("inner")


def test_instants_survive_whatever_zone_they_came_in(real: Application) -> None:
    with real.app_context():
        _add("one")
        real.finish()
    with real.app_context():
        (row,) = db.session.scalars(select(Organisation))
        assert row.created_at == NOW
        assert row.created_at.tzinfo is UTC
        assert row.created_at.isoformat() == "2026-05-12T01:30:15.123456+00:00"
        kept = db.session.scalars(select(Organisation.name).where(Organisation.created_at <= NOW))
        assert list(kept) == ["one"]


def test_an_instant_without_a_zone_is_refused(real: Application) -> None:
    with real.app_context():
        with pytest.raises(Exception, match="an instant needs a zone"):
            _add("two", NOW.replace(tzinfo=None))
        db.session.rollback()


def test_writers_wait_for_each_other_instead_of_failing(real: Application) -> None:
    """Two that read and then write: without an immediate begin the second fails on SQLite at once."""
    with ThreadPoolExecutor(1) as other:
        with real.app_context():
            begin_write(db.session())
            list(db.session.scalars(select(Organisation)))
            second = other.submit(_read_and_write, real, "second")
            wait([second], timeout=0.3)
            _add("first")
            real.finish()
        second.result(20)
    assert _names(real) == ["first", "second"]


def _read_and_write(app: Application, name: str) -> None:
    with app.app_context():
        begin_write(db.session())
        list(db.session.scalars(select(Organisation)))
        _add(name)
        app.finish()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_sqlite_is_durable_and_patient(real: Application) -> None:
    with real.app_context():
        values = {
            name: db.session.scalar(text(f"PRAGMA {name}"))
            for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        }
    assert values == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}
