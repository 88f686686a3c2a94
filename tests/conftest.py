"""What all tests share.

Whatever touches a database runs on SQLite and on PostgreSQL. Its server starts with the first test that wants
it. When it cannot start, tests fail: skipped, they would prove less than a green run says. Each worker of
pytest-xdist has a server of its own: workers share nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from server import keys
from server.accounts import passwords
from server.app import build
from server.settings import Settings
from server.web.application import Application
from tests import postgres
from tests.applications import Applications, undone_after
from tests.databases import Databases, PostgresDatabases, SqliteFiles
from tests.factories.world import World
from tests.postgres import PostgresServer

pytest_plugins = ["tests.browser"]


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


@pytest.fixture(scope="session", autouse=True)
def careful_hasher() -> Iterator[PasswordHasher]:
    """The product's own, for a test of it. All others hash quickly: they sign in thousands of times."""
    careful, quick = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_NOBODY", quick.hash("nobody's password"))
        yield careful


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    keys.create(folder / "keys")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = postgres.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases(postgres_server: PostgresServer) -> Databases:
    return PostgresDatabases(postgres_server)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """The two databases that the product runs on; a test that depends on this runs once on each.

    Tests come file by file, so that the kind changes all the time. What is to outlast that must not depend
    on it: it has a fixture for each kind.
    """
    return str(request.param)


@pytest.fixture(scope="session")
def databases(database_kind: str, request: pytest.FixtureRequest) -> Databases:
    made: Databases = request.getfixturevalue(f"{database_kind}_databases")
    return made


@pytest.fixture
def fresh_database_url(databases: Databases) -> str:
    """SQLAlchemy URL of an empty database for one test alone: migrations, locking, real commits."""
    return databases.empty()


def _applications(databases: Databases, keys_dir: Path) -> Iterator[Applications]:
    made = Applications(databases, lambda url: build(settings_for(url, keys_dir)))
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_applications(sqlite_databases: Databases, keys_dir: Path) -> Iterator[Applications]:
    yield from _applications(sqlite_databases, keys_dir)


@pytest.fixture(scope="session")
def postgresql_applications(postgresql_databases: Databases, keys_dir: Path) -> Iterator[Applications]:
    yield from _applications(postgresql_databases, keys_dir)


@pytest.fixture(scope="session")
def applications(database_kind: str, request: pytest.FixtureRequest) -> Applications:
    made: Applications = request.getfixturevalue(f"{database_kind}_applications")
    return made


@pytest.fixture(scope="session")
def app(applications: Applications) -> Application:
    """The application on each of the two databases; nothing is in its tables."""
    return applications.shared


@pytest.fixture
def database(app: Application) -> Iterator[Application]:
    with undone_after(app):
        yield app


@pytest.fixture
def world(applications: Applications) -> Iterator[World]:
    """A county with one agreement at work, and another county beside it as noise."""
    yield from _standing(applications)


@pytest.fixture(scope="module")
def standing_world(applications: Applications) -> Iterator[World]:
    """One county for all tests of a module, which only read it or add what disturbs no other."""
    yield from _standing(applications)


def _standing(applications: Applications) -> Iterator[World]:
    shared = applications.shared_county
    with undone_after(shared.app):
        yield shared.on(shared.app)


@pytest.fixture
def real_app(applications: Applications) -> Iterator[Application]:
    """The application on a database of its own: for a test that must commit in earnest."""
    with applications.own() as app:
        yield app


@pytest.fixture
def real_world(applications: Applications) -> Iterator[World]:
    """A county likewise."""
    with applications.own_county() as world:
        yield world


@pytest.fixture
def operator(applications: Applications, tmp_path: Path) -> dict[str, str]:
    """The environment of an operator with a new database, brought up to date."""
    return {"DATABASE_URL": applications.migrated(), "XUNYUE_VAR": str(tmp_path), "XUNYUE_KEYS": ""}
