"""How alembic runs: inside the application (`xunyue db ...`), on the engine the application has."""

import logging
from typing import Any, Literal

from alembic import context
from flask import current_app
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


def run() -> None:
    engine = database.engine
    with engine.connect() as connection:
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
