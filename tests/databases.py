"""Databases for tests: whatever touches one runs on SQLite and on PostgreSQL.

The server starts with the first test that wants it. When it cannot start, tests fail: skipped, they would
prove less than a green run says. Each worker of pytest-xdist has a server of its own: workers share nothing.
"""

from collections.abc import Iterator
from itertools import count

import pytest

from tests import postgres
from tests.postgres import PostgresServer

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The two databases that the product runs on; a test that depends on this runs once on each."""
    return str(request.param)


def _new_database(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.url(server.create_database())
    folder = tmp_path_factory.mktemp("sqlite")
    return f"sqlite:///{folder / f'test_{next(_numbers)}.db'}"


@pytest.fixture(scope="session")
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """SQLAlchemy URL of a database, empty at first, that all tests on this kind share."""
    return _new_database(database_kind, request, tmp_path_factory)


@pytest.fixture
def fresh_database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """SQLAlchemy URL of an empty database for one test alone: migrations, locking, real commits."""
    return _new_database(database_kind, request, tmp_path_factory)
