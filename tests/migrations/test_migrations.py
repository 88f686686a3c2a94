"""From an empty database to the newest schema, one step down and up again, with rows in the tables."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import MetaData, create_engine, inspect, select

from server.app import build
from server.cli import main
from server.db import Base, db
from tests.conftest import settings_for
from tests.factories.world import World


@pytest.fixture
def operator(fresh_database_url: str, tmp_path: Path) -> Iterator[None]:
    env = {"DATABASE_URL": fresh_database_url, "XUNYUE_VAR": str(tmp_path), "XUNYUE_KEYS": ""}
    with patch.dict(os.environ, env):
        yield


def _db(*command: str) -> Result:
    result = CliRunner().invoke(main, ["db", *command])
    assert result.exit_code == 0, result.output
    return result


def _tables(url: str) -> dict[str, int]:
    """Tables and how many rows they have."""
    engine = create_engine(url)
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        found = {
            name: len(connection.execute(select(table)).all()) for name, table in metadata.tables.items()
        }
    engine.dispose()
    return found


@pytest.mark.usefixtures("operator")
def test_up_down_and_up_again_with_rows(fresh_database_url: str, tmp_path: Path) -> None:
    _db("upgrade")
    assert set(_tables(fresh_database_url)) == {*Base.metadata.tables, "alembic_version"}
    app = build(settings_for(fresh_database_url, tmp_path))
    world = World(app)
    world.visit(readings=[world.ada])
    with app.app_context():
        db.engine.dispose()
    filled = _tables(fresh_database_url)
    assert filled["service_records"] == 2
    assert filled["obligations"] > 50
    _db("downgrade", "1f8a6c03d9e5")
    below = _tables(fresh_database_url)
    _db("upgrade")
    again = _tables(fresh_database_url)
    assert set(again) == set(filled)
    assert below["record_versions"] == filled["record_versions"] + 1  # that of the line that nobody changed
    there_all_along = set(below) - {"alembic_version"}
    assert {name: again[name] for name in there_all_along} == {name: filled[name] for name in there_all_along}
    _db("check")


@pytest.mark.usefixtures("operator")
def test_migrations_say_what_the_models_say(fresh_database_url: str) -> None:
    """Constraints and indexes too: a name that differs would be missed by the next migration."""
    _db("upgrade")
    _db("check")
    engine = create_engine(fresh_database_url)
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        names = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= names, table.name
        checks = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        wanted = {str(each.name) for each in table.constraints if each.__visit_name__ == "check_constraint"}
        assert wanted <= checks, table.name
    engine.dispose()


def test_migrations_import_nothing_of_the_product() -> None:
    files = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
    assert files
    assert [path.name for path in files if "server" in path.read_text(encoding="utf-8")] == []
