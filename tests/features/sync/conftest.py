"""One county for all tests of a module: what each of them does is rolled back to a savepoint.

Making it takes longer than most of the tests. `real_world` is for tests that must commit in earnest; they
share it, so they look only at what they made themselves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from server.db import db
from server.web.application import Application
from tests.conftest import committing
from tests.databases import _new_database as new_database
from tests.factories.world import World


@pytest.fixture(scope="module")
def county(app: Application) -> Iterator[tuple[World, Connection]]:
    """A world in an outer transaction, and the connection that all sessions of the application share."""
    with app.app_context():
        engines = cast(dict[str | None, Any], db.engines)
    engine = engines[None]
    connection = engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE")
    outer = connection.begin()
    connection.begin_nested()  # so that sessions on it make savepoints of their own
    engines[None] = connection
    try:
        yield World(app), connection
    finally:
        engines[None] = engine
        outer.rollback()
        connection.close()


@pytest.fixture
def world(county: tuple[World, Connection]) -> Iterator[World]:
    made, connection = county
    savepoint = connection.begin_nested()
    yield made
    savepoint.rollback()


@pytest.fixture(scope="module")
def real_world(
    database_kind: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    keys_dir: Path,
) -> Iterator[World]:
    """A world on a database of the module's own, where every request commits for all others to see."""
    with committing(new_database(database_kind, request, tmp_path_factory), keys_dir) as world:
        yield world
