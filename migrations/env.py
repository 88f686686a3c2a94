"""How alembic runs: inside the application (`xunyue db ...`), on the engine the application has."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import JSON, TypeDecorator

logging.getLogger("alembic").setLevel(logging.INFO)
database = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write types as plain SQLAlchemy: a migration imports nothing of the product."""
    if kind != "type":
        return False
    if isinstance(item, JSON) and not isinstance(item, JSONB):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


@contextmanager
def _tables_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew: what refers to it must not notice, and must hold afterwards."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.cursor()  # outside of transactions, where alone this can be said
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if broken := driver.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"references of {sorted({row[0] for row in broken})} are broken")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    engine = database.engine
    with engine.connect() as connection, _tables_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            render_as_batch=engine.dialect.name == "sqlite",
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
