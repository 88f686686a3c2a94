"""What a piece of work asks the database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from server.db import db
from server.web.application import Application


@contextmanager
def statements(app: Application) -> Iterator[list[str]]:
    """The statements executed meanwhile, savepoints aside."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            found.append(statement)

    with app.app_context():
        engine = db.engines[None]
    event.listen(engine, "before_cursor_execute", note)
    prepared = _Noted(found)
    logger, level = logging.getLogger("server.prepared"), logging.getLogger("server.prepared").level
    logger.addHandler(prepared)
    logger.setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        logger.setLevel(level)
        logger.removeHandler(prepared)
        event.remove(engine, "before_cursor_execute", note)


class _Noted(logging.Handler):
    """Prepared statements pass the toolkit by: they are told to the log alone."""

    def __init__(self, found: list[str]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record.getMessage())
