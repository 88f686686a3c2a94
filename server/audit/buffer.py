"""Views of residents' records, written to the trail a moment after they were answered.

A read stays a read: it waits for no write lock. What was seen waits in the memory of the process that
answered, and is written every `EVERY_S` seconds and when the process ends as asked. A killed one loses it.
"""

import atexit
import logging
from collections import deque
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any, cast
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from server.audit.models import AuditEntry
from server.audit.service import entry
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.db import db, writing
from server.web.application import Application

log = logging.getLogger(__name__)

EVERY_S = 2.0
# While the database does not answer: some hours of a county. What comes then is refused, and said to be.
MOST = 100_000
_AT_ONCE = 1_000


class Views:
    """What waits in this process. Nothing is written before `write_in_background` or `flush` is called."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._waiting: deque[dict[str, Any]] = deque()
        self._writing, self._ended = Lock(), Event()
        self._background = False
        self._thread: Thread | None = None

    def write_in_background(self) -> None:
        """From the first view on; not before, since servers fork after they have loaded the application."""
        self._background = True

    def note(self, row: dict[str, Any]) -> None:
        if len(self._waiting) >= MOST:
            log.error("a view was not recorded: %d wait already", MOST)
            return
        self._waiting.append(row)
        if self._background and self._thread is None:
            self._start()

    def flush(self) -> int:
        """Write what waits. Returns how many; raises where it cannot, and what waits goes on waiting."""
        with self._writing:
            done = 0
            while rows := [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]:
                try:
                    self._write(rows)
                except BaseException:
                    self._waiting.extendleft(reversed(rows))
                    raise
                done += len(rows)
        return done

    def _write(self, rows: list[dict[str, Any]]) -> None:
        with self._app.app_context(), writing(db.session()) as session:
            session.execute(insert(AuditEntry), rows)
            self._app.finish()

    def _start(self) -> None:
        with self._writing:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="views", daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._try()

    def _end(self) -> None:
        self._ended.set()
        self._try()

    def _try(self) -> None:
        try:
            self.flush()
        except SQLAlchemyError:
            log.exception("%d views wait to be recorded", len(self._waiting))


def install(app: Application) -> None:
    app.extensions["views"] = Views(app)


def views(app: Application) -> Views:
    return cast(Views, app.extensions["views"])


def viewed(
    app: Application,
    actor: Actor,
    tag: Tag,
    now: datetime,
    *,
    subject: UUID,
    parties: tuple[UUID, ...],
    **details: Any,
) -> None:
    """Note that the actor was shown something of these parties: theirs is the first that they belong to."""
    own = next((each for each in parties if each in actor.organisations()), None)
    other = next((each for each in parties if each != own), None)
    views(app).note(entry(actor, tag, now, subject=subject, organisation=own, other=other, **details))
