"""New rows of a table, any number of them with one statement, by plain values: no default is made up.

PostgreSQL is given each column as an array, documents as a JSON one (None is NULL), so that the statement is
the same for any number of rows: it is prepared once, and goes to the server together with others.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter, itemgetter, methodcaller
from typing import Any, cast

from psycopg.pq.abc import PGresult
from sqlalchemy import JSON, Boolean, Connection, Date, Float, Integer, String, Table, Uuid, bindparam, insert
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.types import TypeEngine

from server.db import Instant
from server.pipeline import Command
from server.prepared import Prepared, Question, Row

Rows = Sequence[Mapping[str, Any]]
_Writer = Callable[[Any], str]
_POSTGRESQL = cast(Any, dialect)()
_NEW = "new_"  # the toolkit keeps the columns' own names to itself


def new_rows(table: Table, rows: Rows) -> Question[list[Row]]:
    """At least one row; all name the same columns."""
    return Question(_insertion(table, tuple(rows[0])), rows, list)


@cache
def _insertion(table: Table, names: tuple[str, ...]) -> "Insertion":
    return Insertion(table, names)


class Insertion:
    """The statement that inserts rows with these columns: documents come as one for each column, last."""

    def __init__(self, table: Table, names: tuple[str, ...]) -> None:
        documents = [name for name in names if isinstance(table.c[name].type, JSON)]
        plain = [name for name in names if name not in documents]
        self._text = _statement(table, plain, documents).encode()
        self._name = b"insert_%s_%d" % (table.name.encode(), abs(hash(names)))
        self._cells = itemgetter(*plain, *documents)
        self._writers = [_writer(table.c[name].type) for name in plain]
        self._single = Prepared(insert(table).values({name: bindparam(_NEW + name) for name in names}))

    def command(self, connection: Connection, rows: Rows) -> Command:
        columns = list(zip(*map(self._cells, rows), strict=True))
        documents = columns[len(self._writers) :]
        values = [*map(_array, self._writers, columns), *map(json.dumps, documents)]
        return Command(self._name, self._text, values)

    def rows_of(self, connection: Connection, result: PGresult) -> list[Row]:
        return []

    def alone(self, connection: Connection, rows: Rows) -> list[Row]:
        """For SQLite, which runs a statement for each row without a way there and back."""
        given = [{_NEW + name: cell for name, cell in row.items()} for row in rows]
        self._single.run_many(connection, given)
        return []


def _statement(table: Table, plain: Sequence[str], documents: Sequence[str]) -> str:
    quote = _POSTGRESQL.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in (*plain, *documents))
    arrays = ", ".join(f"${place}::{_name_of(table.c[name].type)}[]" for place, name in enumerate(plain, 1))
    places = range(len(plain) + 1, len(plain) + len(documents) + 1)
    lists = [f"jsonb_array_elements(${place}::jsonb)" for place in places]
    cells = [quote(name) for name in plain] + [f"NULLIF({quote(name)}, 'null')" for name in documents]
    given = ", ".join((f"unnest({arrays})", *lists))
    parts = ("INSERT INTO ", table.name, " (", columns, ") SELECT ", ", ".join(cells))
    return "".join((*parts, " FROM ROWS FROM (", given, ") AS given (", columns, ")"))


def _name_of(type_: TypeEngine[Any]) -> str:
    return type_.compile(_POSTGRESQL)


def _array(writer: _Writer, cells: Sequence[Any]) -> str:
    """PostgreSQL's text for an array. Half of the columns of a visit's rows hold one and the same thing."""
    if len(set(map(id, cells))) == 1:
        texts = ["NULL" if cells[0] is None else writer(cells[0])] * len(cells)
    else:
        texts = ["NULL" if cell is None else writer(cell) for cell in cells]
    return "{" + ",".join(texts) + "}"


def _writer(type_: TypeEngine[Any]) -> _Writer:
    """How a value of a column is written within an array; numbers as they are."""
    if isinstance(type_, Uuid):
        return attrgetter("hex")
    if isinstance(type_, String):
        return _quoted
    if isinstance(type_, (Instant, Date)):
        return methodcaller("isoformat")
    if isinstance(type_, (Integer, Float, Boolean)):
        return str
    raise TypeError(f"no values of {type_!r} are written")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
