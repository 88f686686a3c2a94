"""Rows written in bulk are what statements of the toolkit would have written, on SQLite as on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from server.app import build
from server.db import Document, Instant, db
from server.ids import new_id
from server.insertion import Rows, new_rows
from server.prepared import ask
from tests.conftest import settings_for

TABLE = Table(
    "everything",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("text", String),
    Column("number", Integer),
    Column("measure", Double),
    Column("yes", Boolean),
    Column("day", Date),
    Column("at", Instant),
    Column("document", Document),
)
AT = datetime(2026, 5, 12, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
NOTHING = dict.fromkeys(("text", "number", "measure", "yes", "day", "at"))
TEXTS = ["", "\\N", "\\.", "a\tb\nc\rd\\e", "N\"'{}", "血压 138/82", "\\t", "\x1f"]


@pytest.fixture
def connection(fresh_database_url: str, tmp_path: Path) -> Iterator[Connection]:
    app = build(settings_for(fresh_database_url, tmp_path))
    with app.app_context():
        with db.engine.connect() as connection:
            TABLE.create(connection)
            yield connection
        db.engine.dispose()


def _row(text: str, **others: Any) -> dict[str, Any]:
    full = {"text": text, "number": -7, "measure": 0.1, "yes": text == "", "day": date(2024, 2, 29), "at": AT}
    return {"id": new_id(), **full, "document": {text: [text, None, 1.5]}, **others}


def _insert(connection: Connection, rows: Rows) -> None:
    ask(connection, new_rows(TABLE, rows))


def test_every_kind_of_value_is_read_as_it_was_written(connection: Connection) -> None:
    rows = [*map(_row, TEXTS), _row("big", number=2**31 - 1), {**_row("none", document=None), **NOTHING}]
    _insert(connection, rows)
    connection.execute(insert(TABLE), [{**row, "id": new_id()} for row in rows])
    found = [dict(row) for row in connection.execute(select(TABLE).order_by(TABLE.c.id)).mappings()]
    assert found[: len(rows)] == rows
    bare = [{name: value for name, value in row.items() if name != "id"} for row in found]
    assert bare[: len(rows)] == bare[len(rows) :], "as the toolkit writes them"
    assert found[0]["at"].tzinfo is UTC


def test_a_clash_is_one(connection: Connection) -> None:
    row = _row("once")
    with connection.begin_nested() as savepoint:
        with pytest.raises(IntegrityError):
            _insert(connection, [row, row])
        savepoint.rollback()
    assert connection.execute(select(TABLE.c.id)).all() == []
