"""What a piece of work asks the database."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from server.db import db
from server.web.application import Application

_Note = Callable[[str, Any], None]


@contextmanager
def statements(app: Application) -> Iterator[list[str]]:
    """The statements executed meanwhile, savepoints aside."""
    found: list[str] = []
    with _noting(app, lambda statement, _values: found.append(statement)):
        yield found


@contextmanager
def statements_with_values(app: Application) -> Iterator[list[tuple[str, Any]]]:
    """The same, each with its values as the driver takes them."""
    found: list[tuple[str, Any]] = []
    with _noting(app, lambda *asked: found.append(asked)):
        yield found


@contextmanager
def _noting(app: Application, note: _Note) -> Iterator[None]:
    def executed(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            note(statement, values)

    with app.app_context():
        engine = db.engines[None]
    event.listen(engine, "before_cursor_execute", executed)
    prepared = _Prepared(note)
    logger, level = logging.getLogger("server.prepared"), logging.getLogger("server.prepared").level
    logger.addHandler(prepared)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(prepared)
        event.remove(engine, "before_cursor_execute", executed)


class _Prepared(logging.Handler):
    """Prepared statements pass the toolkit by: they are told to the log alone."""

    def __init__(self, note: _Note) -> None:
        super().__init__()
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        self._note(record.getMessage(), vars(record)["values"])
