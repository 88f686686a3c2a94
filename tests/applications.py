"""Applications on one kind of database. What takes long is made once for all tests: tables, and a county."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any, cast

import flask_migrate
from sqlalchemy import Connection

from server.audit import buffer
from server.db import Base, db
from server.web.application import Application
from tests.databases import Databases
from tests.factories.world import World


class Applications:
    """`shared` and `shared_county` are used within `undone_after`, and so remain as they are, until `close`.
    `own` and `own_county` are copies, in which commits are commits."""

    def __init__(self, databases: Databases, on: Callable[[str], Application]) -> None:
        self._databases = databases
        self._on = on
        self._lasting = ExitStack()
        self.close = self._lasting.close

    @cached_property
    def shared(self) -> Application:
        """Its tables have no rows."""
        app = self._lasting.enter_context(self.own())
        app.testing = True
        return app

    @cached_property
    def shared_county(self) -> World:
        world = self._lasting.enter_context(self.own_county())
        world.app.testing = True
        return world

    @contextmanager
    def own(self) -> Iterator[Application]:
        with self._copied(self._tables) as app:
            yield app

    @contextmanager
    def own_county(self) -> Iterator[World]:
        with self._copied(self._county.app.settings.database_url) as app:
            yield self._county.on(app)

    def migrated(self) -> str:
        """URL of an empty database as `xunyue db upgrade` leaves it."""
        return self._databases.copy(self._upgraded)

    @cached_property
    def _upgraded(self) -> str:
        with connected(self._on(self._databases.empty())) as app, app.app_context():
            flask_migrate.upgrade()
        return app.settings.database_url

    @cached_property
    def _tables(self) -> str:
        with connected(self._on(self._databases.empty())) as app, app.app_context():
            Base.metadata.create_all(db.engine)
        return app.settings.database_url

    @cached_property
    def _county(self) -> World:
        with self.own() as app:
            return World(app)

    @contextmanager
    def _copied(self, url: str) -> Iterator[Application]:
        with connected(self._on(self._databases.copy(url))) as app:
            yield app


@contextmanager
def connected(app: Application) -> Iterator[Application]:
    """Closes its connections to the database at the end."""
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


@contextmanager
def undone_after(app: Application) -> Iterator[Connection]:
    """An outer transaction that is rolled back: whoever comes next finds the application as it was.

    All sessions of the application are on this connection, where their commits only end savepoints. No
    application context stays open meanwhile: each request of a test must have its own, as in life.
    """
    with app.app_context():
        engines = cast(dict[str | None, Any], db.engines)
    engine = engines[None]
    connection = engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE")
    outer = connection.begin()
    connection.begin_nested()  # so that sessions on it make savepoints of their own
    engines[None] = connection
    try:
        yield connection
    finally:
        engines[None] = engine
        outer.rollback()
        connection.close()
        buffer.install(app)  # views that wait to be written wait no more
