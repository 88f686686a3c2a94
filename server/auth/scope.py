"""The door through which every read of scoped data starts."""

from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select

from server.auth.actor import Actor

Statement = TypeVar("Statement", bound=Select[Any])


class Scoped(Protocol):
    """A model that says, next to its columns, which of its rows an actor may see."""

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]: ...


def visible(statement: Statement, model: type[Scoped], actor: Actor) -> Statement:
    """`statement` narrowed to the rows of `model` within the actor's scope. What lies outside is 404."""
    return statement.where(model.scope(actor))
