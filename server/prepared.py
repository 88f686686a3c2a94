"""Statements that are the same in every request, made once and then run on the driver's own cursor.

Executing a statement through the toolkit costs more than the database's part of it. The few that every visit
needs are compiled here once for each kind of database, with the same conversions of values both ways.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

log = logging.getLogger(__name__)

_Converter = Callable[[Any], Any] | None
_Readers = Sequence[tuple[int, Callable[[Any], Any]]]  # of the columns that need one


class _Made(NamedTuple):
    """A statement as one driver takes it, and how each parameter is converted."""

    text: str
    order: Sequence[str] | None  # None: parameters go by name
    constants: Mapping[str, Any]
    writers: Mapping[str, _Converter]


class Prepared:
    """A fixed statement of the toolkit. Every parameter without a value of its own is given at each run.

    It runs in the transaction of the connection it is given, and fails as the toolkit's own execution would.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._made: dict[str, _Made] = {}
        self._readers: dict[str, _Readers] = {}

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Sequence[Any]]:
        """The rows of a statement that returns some, columns in its order."""
        dialect = connection.dialect
        made = self._for(dialect)
        cursor = self._on_cursor(connection, made, "execute", _bound(made, given))
        readers = self._readers.get(dialect.name)
        if readers is None:  # the driver's word on its types is needed
            readers = self._readers[dialect.name] = _readers(self._statement, dialect, cursor.description)
        found: list[Sequence[Any]] = cursor.fetchall()
        return [_read(readers, row) for row in found] if readers else found

    def run(self, connection: Connection, given: Mapping[str, Any]) -> None:
        """Run a statement that returns nothing."""
        made = self._for(connection.dialect)
        self._on_cursor(connection, made, "execute", _bound(made, given)).close()

    def run_many(self, connection: Connection, given: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement that returns nothing for each of these."""
        made = self._for(connection.dialect)
        self._on_cursor(connection, made, "executemany", [_bound(made, each) for each in given]).close()

    def _on_cursor(self, connection: Connection, made: _Made, how: str, bound: Any) -> Any:
        log.debug("%s", made.text)
        cursor = cast(Any, connection.connection.driver_connection).cursor()
        failure = connection.dialect.loaded_dbapi.Error
        try:
            getattr(cursor, how)(made.text, bound)
        except failure as error:
            raise DBAPIError.instance(made.text, None, error, failure) from error
        return cursor

    def _for(self, dialect: Dialect) -> _Made:
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = _make(self._statement, dialect)
        return made


def _make(statement: Any, dialect: Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect)
    given = {name: bind for name, bind in compiled.binds.items() if bind.required}
    return _Made(
        text=str(compiled),
        order=compiled.positiontup,
        constants={name: value for name, value in compiled.params.items() if name not in given},
        writers={
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in given.items()
        },
    )


def _readers(statement: Any, dialect: Dialect, description: Sequence[Any]) -> _Readers:
    columns = zip(statement.exported_columns, description, strict=True)
    made = [column.type.dialect_impl(dialect).result_processor(dialect, told[1]) for column, told in columns]
    return [(position, reader) for position, reader in enumerate(made) if reader]


def _bound(made: _Made, given: Mapping[str, Any]) -> Any:
    bound = dict(made.constants)
    for name, writer in made.writers.items():
        value = given[name]
        bound[name] = writer(value) if writer else value
    return bound if made.order is None else [bound[name] for name in made.order]


def _read(readers: _Readers, row: Sequence[Any]) -> Sequence[Any]:
    cells = list(row)
    for position, reader in readers:
        cells[position] = reader(cells[position])
    return cells
