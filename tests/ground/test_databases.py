"""The databases that other tests stand on are what they claim to be."""

import re

from sqlalchemy import create_engine, inspect, text

from tests.databases import Databases
from tests.postgres import PostgresServer


def test_the_server_is_postgresql_18_and_speaks_utf8(postgres_server: PostgresServer) -> None:
    engine = create_engine(postgres_server.url("postgres"))
    with engine.connect() as connection:
        version = connection.scalar(text("SHOW server_version"))
        encoding = connection.scalar(text("SHOW server_encoding"))
    engine.dispose()
    assert re.match(r"18\.", str(version))
    assert encoding == "UTF8"


def test_a_database_is_of_the_kind_asked_for(database_kind: str, fresh_database_url: str) -> None:
    engine = create_engine(fresh_database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT '巡约'")) == "巡约"
    engine.dispose()
    assert engine.dialect.name == database_kind


def test_a_fresh_database_is_empty(fresh_database_url: str) -> None:
    engine = create_engine(fresh_database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visits (id INTEGER)"))
    assert inspect(engine).get_table_names() == ["visits"]
    engine.dispose()


def test_another_fresh_database_has_nothing_of_the_one_before(fresh_database_url: str) -> None:
    engine = create_engine(fresh_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_copy_has_what_its_original_has_and_then_goes_its_own_way(databases: Databases) -> None:
    original = databases.empty()
    _execute(original, "CREATE TABLE visits AS SELECT 7 AS id")
    copy = databases.copy(original)
    _execute(copy, "UPDATE visits SET id = id + 1")
    assert (_visits(original), _visits(copy)) == ([7], [8])


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _visits(url: str) -> list[int]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.scalars(text("SELECT id FROM visits")))
    engine.dispose()
    return found
