"""What the door's statements rely on: prepared ones outlive rollbacks and failures, arrays carry any text."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from server.db import Document, make_honest
from server.insertion import new_rows
from server.prepared import Prepared, ask

_WORDS = Table(
    "words",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("word", String),
    Column("said", Document),
)
_ALL = Prepared(select(_WORDS.c.id, _WORDS.c.word, _WORDS.c.said).order_by(_WORDS.c.id))
_ONE = Prepared(select(_WORDS.c.word).where(_WORDS.c.id == bindparam("number")))
_WHO = text("SELECT pg_backend_pid()")
_ODD = [
    "",
    "NULL",
    "null",
    "{}",
    "a,b",
    'say "x"',
    "back\\slash",
    "it's",
    "line\nfeed\ttab",
    "\x1f",
    "老人🀄",
    None,
]


@pytest.fixture
def connection(fresh_database_url: str) -> Iterator[Connection]:
    engine = create_engine(fresh_database_url)
    make_honest(engine)
    _WORDS.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.begin()
        yield connection
    engine.dispose()


def _roll_back(connection: Connection) -> None:
    connection.rollback()
    connection.begin()


def _stored(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in _ALL.rows(connection, {})]


def _rows(*numbers: int) -> list[dict[str, object]]:
    return [{"id": number, "word": f"w{number}", "said": {"n": number}} for number in numbers]


def test_any_text_arrives_as_it_was(connection: Connection) -> None:
    rows = [{"id": n, "word": word, "said": [word, {"k": word}]} for n, word in enumerate(_ODD)]
    ask(connection, new_rows(_WORDS, rows))
    assert _stored(connection) == [(n, word, [word, {"k": word}]) for n, word in enumerate(_ODD)]


def test_answers_come_in_the_order_of_the_questions(connection: Connection) -> None:
    _, before, _, after = ask(
        connection, new_rows(_WORDS, _rows(1)), _ALL.asked({}), new_rows(_WORDS, _rows(2)), _ALL.asked({})
    )
    assert [len(before), len(after)] == [1, 2]


def test_what_was_asked_before_can_be_asked_after_a_rollback(connection: Connection) -> None:
    """The driver lets the server forget all prepared statements when one of its own is among them."""
    for _ in range(8):
        connection.execute(select(_WORDS.c.id)).all()  # the driver prepares it by itself
    assert _ONE.rows(connection, {"number": 1}) == []
    _roll_back(connection)
    assert _ONE.rows(connection, {"number": 1}) == []
    with connection.begin_nested() as savepoint:
        savepoint.rollback()
    assert _ONE.rows(connection, {"number": 1}) == []


def test_a_failure_is_raised_undone_and_spoils_nothing(connection: Connection) -> None:
    """Those after it are not run, and what was prepared meanwhile is known or made again."""
    with pytest.raises(IntegrityError):
        ask(connection, new_rows(_WORDS, _rows(1)), new_rows(_WORDS, _rows(2, 2)), _ALL.asked({}))
    _roll_back(connection)
    ask(connection, new_rows(_WORDS, _rows(1, 2)))
    assert _stored(connection) == [(1, "w1", {"n": 1}), (2, "w2", {"n": 2})]


def test_many_runs_of_one_statement_are_prepared_once(connection: Connection) -> None:
    ask(connection, *(_ONE.asked({"number": number}) for number in range(5)))
    if connection.dialect.name == "postgresql":
        known = connection.execute(
            text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%words.word%'")
        )
        assert known.scalar() == 1


def test_a_lost_connection_is_noticed_when_it_is_taken(fresh_database_url: str) -> None:
    """The server ended it while nobody asked it anything: the next request does not hear of it."""
    engine = create_engine(fresh_database_url, pool_size=1, max_overflow=0)
    make_honest(engine)
    if engine.dialect.name == "postgresql":
        lost = _ended(engine)
        with engine.connect() as connection:
            assert connection.execute(_WHO).scalar_one() != lost
    engine.dispose()


def _ended(engine: Engine) -> int:
    """The number of the pool's connection, which its server has ended."""
    with engine.connect() as connection:
        number: int = connection.execute(_WHO).scalar_one()
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [number])
    return number
