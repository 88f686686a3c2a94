"""Filling a database with the province: COPY on PostgreSQL, prepared inserts on SQLite."""

import io
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert

from server.accounts.passwords import hash_password
from server.db import Base
from tests.factories.client import PASSWORD
from tests.load.history import requests, visits
from tests.load.province import Deal, Province

_BATCH = 20_000
Row = dict[str, Any]


def fill(engine: Engine, province: Province) -> tuple[list[Deal], int]:
    """Tables, then rows, then indexes. Returns the deals and how many records there are."""
    rows, deals = province.tables()
    password = hash_password(PASSWORD)
    for account in rows["accounts"]:
        account["password_hash"] = password
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")  # rows come in any order
        for table in _big_tables():
            for index in table.indexes:
                index.drop(connection)
        for name, found in rows.items():
            write(connection, Base.metadata.tables[name], found)
        records = _write_history(connection, deals)
        for table in _big_tables():
            for index in table.indexes:
                index.create(connection)
    analyze(engine)
    return deals, records


def _big_tables() -> list[Table]:
    return [Base.metadata.tables[name] for name in ("rounds", "service_records")]


def _write_history(connection: Connection, deals: list[Deal]) -> int:
    tables, count = Base.metadata.tables, 0
    for batch in _batches(visits(deals), _BATCH // 20):
        write(connection, tables["rounds"], [visit for visit, _ in batch])
        lines = [line for _, records in batch for line in records]
        write(connection, tables["service_records"], lines)
        count += len(lines)
    for found in _batches(requests(deals), _BATCH):
        write(connection, tables["demands"], found)
    return count


def write(connection: Connection, table: Table, rows: list[Row]) -> None:
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.execute(insert(table), rows)


def _copy(connection: Connection, table: Table, rows: list[Row]) -> None:
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    text = io.StringIO()
    for row in rows:
        text.write("\t".join(_text(row[name]) for name in names) + "\n")
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    with driver.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        copy.write(text.getvalue())


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")
    return _known(value)


@lru_cache(maxsize=50_000, typed=True)
def _known(value: Any) -> str:
    """The ids and times of a visit are the same in all its records."""
    return str(value)


def _batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def analyze(engine: Engine) -> None:
    """Statistics as a running server has them: after filling, and after counting."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        vacuum = "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"
        connection.exec_driver_sql(vacuum)
