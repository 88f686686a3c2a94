"""The databases that other tests stand on are what they claim to be."""

import re

from sqlalchemy import create_engine, inspect, text

from tests.postgres import PostgresServer


def test_the_server_is_postgresql_18_and_speaks_utf8(postgres_server: PostgresServer) -> None:
    engine = create_engine(postgres_server.url("postgres"))
    with engine.connect() as connection:
        version = connection.scalar(text("SHOW server_version"))
        encoding = connection.scalar(text("SHOW server_encoding"))
    engine.dispose()
    assert re.match(r"18\.", str(version))
    assert encoding == "UTF8"


def test_a_shared_database_is_of_the_kind_asked_for(database_kind: str, database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT '巡约'")) == "巡约"
    engine.dispose()
    assert engine.dialect.name == database_kind


def test_a_fresh_database_is_empty_and_nobody_elses(fresh_database_url: str, database_url: str) -> None:
    assert fresh_database_url != database_url
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


def test_a_database_can_be_copied(postgres_server: PostgresServer) -> None:
    original = postgres_server.create_database()
    engine = create_engine(postgres_server.url(original))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE visits AS SELECT 7 AS id"))
    engine.dispose()
    copy = create_engine(postgres_server.url(postgres_server.create_database(template=original)))
    with copy.connect() as connection:
        assert connection.scalar(text("SELECT id FROM visits")) == 7
    copy.dispose()
