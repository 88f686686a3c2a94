"""What all tests share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from server import keys
from server.app import build
from server.db import Base, db
from server.settings import Settings
from server.web.application import Application
from tests.factories.world import World

pytest_plugins = ["tests.browser", "tests.databases"]


def settings_for(database_url: str, folder: Path) -> Settings:
    return Settings(
        production=False,
        database_url=database_url,
        secret_key="for-tests",
        public_url="http://localhost",
        keys_dir=folder / "keys",
        pwa_dir=folder / "pwa",
        behind_proxy=False,
    )


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    keys.create(folder / "keys")
    return folder


@pytest.fixture(scope="session")
def app(database_url: str, keys_dir: Path) -> Iterator[Application]:
    """The application on each of the two databases, its tables made once."""
    built = build(settings_for(database_url, keys_dir))
    built.testing = True
    with built.app_context():
        Base.metadata.create_all(db.engine)
    yield built
    with built.app_context():
        db.engine.dispose()


@contextmanager
def _undone_after(app: Application) -> Iterator[Application]:
    """The application in an outer transaction that is rolled back: whoever comes next finds it as it was.

    All sessions of the application are on its connection, where their commits only end savepoints. No
    application context stays open meanwhile: each request of a test must have its own, as in life.
    """
    with app.app_context():
        engines = cast(dict[str | None, Any], db.engines)
    engine = engines[None]
    connection = engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE")
    outer = connection.begin()
    connection.begin_nested()  # so that sessions on it make savepoints of their own
    engines[None] = connection
    yield app
    engines[None] = engine
    outer.rollback()
    connection.close()


@pytest.fixture
def database(app: Application) -> Iterator[Application]:
    with _undone_after(app):
        yield app


@pytest.fixture
def world(database: Application) -> World:
    """A county with one agreement at work, and another county beside it as noise."""
    return World(database)


@pytest.fixture(scope="module")
def standing_world(app: Application) -> Iterator[World]:
    """One county for all tests of a module, which only read it or add what disturbs no other."""
    with _undone_after(app):
        yield World(app)


@contextmanager
def committing(database_url: str, keys_dir: Path) -> Iterator[World]:
    """A world on an empty database of its own, where every request commits for all others to see."""
    app = build(settings_for(database_url, keys_dir))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    yield World(app)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def real_world(fresh_database_url: str, keys_dir: Path) -> Iterator[World]:
    """For a test that must commit in earnest."""
    with committing(fresh_database_url, keys_dir) as world:
        yield world
