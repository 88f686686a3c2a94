"""Statements that are the same in every request, made once and then run on the driver itself.

Executing a statement through the toolkit costs more than the database's part of it. The few that every visit
needs are compiled here once for each kind of database, with the same conversions of values both ways.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

import psycopg
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Dialect, Table, bindparam, func, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

from server.pipeline import Command, Pipeline

log = logging.getLogger(__name__)

Given = Mapping[str, Any]
Row = Sequence[Any]
Answer = TypeVar("Answer")
_Converter = Callable[[Any], Any] | None
_Readers = Sequence[tuple[int, Callable[[Any], Any]]]  # of the columns that need one
_PIPELINE = "pipeline"
_numbers = count(1)
_OF_TRANSACTION = true()


class _Made(NamedTuple):
    """A statement as one driver takes it. Each of its parameters, by position, has the name by which it is
    given and how it is converted, or no name and always the same value."""

    text: str
    places: Sequence[tuple[str | None, _Converter, Any]]

    def bound(self, given: Given) -> list[Any]:
        return [
            constant if name is None else writer(given[name]) if writer else given[name]
            for name, writer, constant in self.places
        ]


class Prepared:
    """A fixed statement of the toolkit. Every parameter without a value of its own is given at each run.

    It runs in the transaction of the connection it is given, and fails as the toolkit's own execution would.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._name = b"prepared_%d" % next(_numbers)
        self._made: dict[str, _Made] = {}
        self._readers: dict[str, _Readers] = {}

    def rows(self, connection: Connection, given: Given) -> list[Row]:
        """The rows of a statement that returns some, columns in its order."""
        found: list[Row]
        (found,) = ask(connection, self.asked(given))
        return found

    def run(self, connection: Connection, given: Given) -> None:
        """Run a statement that returns nothing."""
        ask(connection, self.asked(given))

    def run_many(self, connection: Connection, given: Iterable[Given]) -> None:
        """Run a statement that returns nothing for each of these."""
        if connection.dialect.name == "postgresql":
            ask(connection, *map(self.asked, given))
        else:
            self._execute(connection, "executemany", [self.made(connection).bound(each) for each in given])

    def asked(self, given: Given) -> "Question[list[Row]]":
        """The statement with its parameters, to be run together with others."""
        return Question(self, given, list)

    def made(self, connection: Connection) -> _Made:
        dialect = connection.dialect
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = _make(self._statement, dialect)
        return made

    def command(self, connection: Connection, given: Given) -> Command:
        """As PostgreSQL is told."""
        made = self.made(connection)
        bound = made.bound(given)
        log.debug("%s", made.text, extra={"values": bound})
        return Command(self._name, made.text.encode(), bound)

    def rows_of(self, connection: Connection, result: PGresult) -> list[Row]:
        """What PostgreSQL's answer to a command holds."""
        if not result.nfields:
            return []
        transformer = pipeline_of(connection).transformer
        transformer.set_pgresult(result)
        found = transformer.load_rows(0, result.ntuples, tuple)
        return self._read(connection, [result.ftype(n) for n in range(result.nfields)], found)

    def alone(self, connection: Connection, given: Given) -> list[Row]:
        """The rows, by the driver's cursor."""
        cursor = self._execute(connection, "execute", self.made(connection).bound(given))
        if cursor.description is None:
            return []
        return self._read(connection, [told[1] for told in cursor.description], cursor.fetchall())

    def _execute(self, connection: Connection, how: str, bound: Any) -> Any:
        text = self.made(connection).text
        log.debug("%s", text, extra={"values": bound})
        cursor = cast(Any, connection.connection.driver_connection).cursor()
        failure = connection.dialect.loaded_dbapi.Error
        try:
            getattr(cursor, how)(text, bound)
        except failure as error:
            raise DBAPIError.instance(text, None, error, failure) from error
        return cursor

    def _read(self, connection: Connection, types: Sequence[Any], found: Sequence[Row]) -> list[Row]:
        dialect = connection.dialect
        readers = self._readers.get(dialect.name)
        if readers is None:  # the driver's word on its types is needed
            readers = self._readers[dialect.name] = _readers(self._statement, dialect, types)
        return [_converted(readers, row) for row in found] if readers else list(found)


class Upsert:
    """Rows of a table by these columns: new ones, or in the place of those with their primary key."""

    def __init__(self, table: Table, *names: str) -> None:
        self._names = {name: f"new_{name}" for name in names}
        self._made = {
            kind: Prepared(self._statement(insert(table), table))
            for kind, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
        }

    def _statement(self, insert: Any, table: Table) -> Executable:
        new = insert.values({name: bindparam(given) for name, given in self._names.items()})
        key = list(table.primary_key)
        others = {name: new.excluded[name] for name in self._names if table.c[name] not in key}
        return cast(Executable, new.on_conflict_do_update(index_elements=key, set_=others))

    def run(self, connection: Connection, rows: Iterable[Given]) -> None:
        given = [{self._names[name]: value for name, value in row.items()} for row in rows]
        self._made[connection.dialect.name].run_many(connection, given)


class Statement(Protocol):
    """What can be run together with others: `given` is of the statement's own kind."""

    def command(self, connection: Connection, given: Any) -> Command: ...

    def rows_of(self, connection: Connection, result: PGresult) -> list[Row]: ...

    def alone(self, connection: Connection, given: Any) -> list[Row]: ...


class Question(NamedTuple, Generic[Answer]):
    """A statement with what is given to it, and what its rows mean."""

    statement: Statement
    given: Any
    read: Callable[[list[Row]], Answer]


def ask(connection: Connection, *questions: Question[Any]) -> list[Any]:
    """The answer to each, in this order. PostgreSQL hears all of them at once and answers them at once."""
    if connection.dialect.name != "postgresql":
        return [one.read(one.statement.alone(connection, one.given)) for one in questions]
    commands = [one.statement.command(connection, one.given) for one in questions]
    try:
        results = pipeline_of(connection).run(commands)
    except psycopg.Error as error:
        text = f"{len(commands)} statements together"
        raise DBAPIError.instance(text, None, error, psycopg.Error) from error
    return [
        one.read(one.statement.rows_of(connection, result))
        for one, result in zip(questions, results, strict=True)
    ]


_BY_INDEX = Prepared(
    select(
        func.set_config("enable_seqscan", "off", _OF_TRANSACTION),
        func.set_config("plan_cache_mode", "force_generic_plan", _OF_TRANSACTION),
    )
)


def by_index(connection: Connection) -> list[Question[Any]]:
    """What has PostgreSQL plan the statements after it, to the end of the transaction, once and by index.

    For those that are to read a few rows of tables of any size: a plan that was made while a table was nearly
    empty reads it whole, and goes on doing so when it is not.
    """
    return [_BY_INDEX.asked({})] if connection.dialect.name == "postgresql" else []


def pipeline_of(connection: Connection) -> Pipeline:
    """That of a connection to PostgreSQL: one, as long as it lives."""
    pipeline: Pipeline | None = connection.info.get(_PIPELINE)
    if pipeline is None:
        driver = cast(Any, connection.connection.driver_connection)
        pipeline = connection.info[_PIPELINE] = Pipeline(driver)
    return pipeline


def _make(statement: Any, dialect: Dialect) -> _Made:
    if dialect.name == "postgresql":  # parameters as the server names them, which the driver hides
        dialect = cast(Any, type(dialect))(paramstyle="numeric_dollar")
    compiled = statement.compile(dialect=dialect)
    return _Made(str(compiled), [_place(compiled, name, dialect) for name in compiled.positiontup])


def _place(compiled: Any, name: str, dialect: Dialect) -> tuple[str | None, _Converter, Any]:
    bind = compiled.binds[name]
    if not bind.required:
        return None, None, compiled.params[name]
    return name, bind.type.dialect_impl(dialect).bind_processor(dialect), None


def _readers(statement: Any, dialect: Dialect, types: Sequence[Any]) -> _Readers:
    columns = zip(statement.exported_columns, types, strict=True)
    made = [column.type.dialect_impl(dialect).result_processor(dialect, told) for column, told in columns]
    return [(position, reader) for position, reader in enumerate(made) if reader]


def _converted(readers: _Readers, row: Row) -> Row:
    cells = list(row)
    for position, reader in readers:
        cells[position] = reader(cells[position])
    return cells
