"""The database, honest on SQLite and PostgreSQL alike."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from select import POLLIN, poll
from typing import Any
from uuid import UUID

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.adapt import Buffer, Loader
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    Uuid,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An instant, kept in UTC. SQLite drops the zone of a DateTime: eight hours wrong without this."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@lru_cache(maxsize=8192)
def _uuid(text: bytes) -> UUID:
    """Rows name the same few institutions, commitments and residents again and again."""
    return UUID(text.decode())


class _UuidLoader(Loader):
    """Ids as PostgreSQL sends them; making each anew costs more than all else of reading its row."""

    def load(self, data: Buffer) -> UUID:
        return _uuid(bytes(data))


psycopg.adapters.register_loader("uuid", _UuidLoader)

Document = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {UUID: Uuid(), datetime: Instant(), dict[str, Any]: Document, list[str]: Document}


# What was committed is still what it was: reading it again would open a second transaction.
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def begin_write(session: Session, *, one_instant: bool = False) -> None:
    """Open the session's transaction as a writer's; with `one_instant` all that it reads is of one.

    A deferred SQLite transaction that reads and then writes fails at once under load and ignores the busy
    timeout; an immediate one waits its turn, and then reads one instant anyway. Readers stay deferred: they
    never wait.
    """
    options = {"sqlite_begin": "BEGIN IMMEDIATE"}
    bind = session.get_bind()
    if one_instant and isinstance(bind, Engine) and bind.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    session.connection(execution_options=options)


@contextmanager
def writing(session: Session, *, one_instant: bool = False) -> Iterator[Session]:
    """A unit of work of an operator's command: opened as a writer's, rolled back on any error."""
    begin_write(session, one_instant=one_instant)
    try:
        yield session
    except BaseException:
        session.rollback()
        raise


def make_honest(engine: Engine) -> None:
    """Foreign keys, durable writes and real savepoints on SQLite; on PostgreSQL connections that live."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _for_small_requests)
        event.listen(engine, "checkout", _on_checkout)
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _for_small_requests(connection: Any, _record: Any) -> None:
    """The driver prepares what is run often, but at each rollback makes the server forget all that is: what
    `server/prepared.py` has prepared, too.

    Questions find few rows in large tables. Taking the size of the tables for that of the answer, the planner
    starts processes and compiles code for them: that takes longer than the answer.

    Instants come in the session's zone: in another than UTC one that is kept may be beyond Python's years.
    """
    connection.prepare_threshold = None
    connection.autocommit = True  # in a transaction they would be taken back with it
    connection.execute("SET max_parallel_workers_per_gather = 0; SET jit = off; SET TIME ZONE 'UTC'")
    connection.autocommit = False


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=10000",
        "cache_size=-32768",  # KiB of a connection; of 2 MB the indexes of a county fall out at each visit
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_checkout(connection: Any, _record: Any, _proxy: Any) -> None:
    """Take no connection whose server is gone: it said so, or closed it, while nobody asked it anything.

    A look at the socket costs nothing, where a question at each request would cost a way there and back.
    """
    if connection.closed:
        raise DisconnectionError("closed")
    waiting = poll()
    waiting.register(connection.pgconn.socket, POLLIN)
    if waiting.poll(0):
        raise DisconnectionError("something was said unasked")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


class Ids(TypeDecorator[Collection[UUID]]):
    """Any number of ids as one text: an array's on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Collection[UUID] | None, dialect: Dialect) -> str:
        ids = [one.hex for one in value or ()]
        return f"{{{','.join(ids)}}}" if dialect.name == "postgresql" else json.dumps(ids)


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True  # else SQLite compares it with 1, and then uses no index


def among(column: Any, name: str) -> ColumnElement[bool]:
    """`column` is one of the ids given as the parameter `name`.

    Unlike `in_` the statement is the same for any number of them: made once, it is compiled and planned once.
    """
    return _Among(column, bindparam(name, type_=Ids()))


@compiles(_Among, "postgresql")
def _any_of_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    """A subquery keeps from the planner how many there are: it would plan for few of them each time anew."""
    column, ids = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ((SELECT {ids}::uuid[])::uuid[])"


@compiles(_Among, "sqlite")
def _one_of_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = element.clauses
    given = func.json_each(ids).table_valued("value")
    return compiler.process(column.in_(select(given.c.value)), **options)


def is_taken(error: IntegrityError) -> bool:
    """Whether a key is there already. Anything else that a constraint refuses it refuses again."""
    if isinstance(error.orig, psycopg.Error):
        return isinstance(error.orig, psycopg.errors.UniqueViolation)
    name = getattr(error.orig, "sqlite_errorname", "")
    return name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def constraint_of(error: IntegrityError) -> str:
    """What refused a write, for the log: the text of PostgreSQL's error names values, this does not."""
    if isinstance(error.orig, psycopg.Error):
        return error.orig.diag.constraint_name or type(error.orig).__name__
    return str(error.orig)
