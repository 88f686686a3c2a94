"""Any number of rows given to a statement as parameters, on SQLite and PostgreSQL alike.

Unlike a list of values in the text it leaves the statement the same, however long: made once, it is compiled
and planned once.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Dialect, String, bindparam, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

Rows = Collection[Sequence[Any]]
_SEPARATOR = "\x1f"


class Given:
    """Rows of the named columns. Texts among them are neither empty nor have control characters."""

    def __init__(self, name: str, **columns: TypeEngine[Any]) -> None:
        self._keys = [f"{name}_{each}" for each in columns]
        places = enumerate(zip(self._keys, columns.values(), strict=True))
        self._binds = [bindparam(key, type_=_Column(place, of)) for place, (key, of) in places]
        self.rows = _Given(*self._binds).table_valued(
            *(column(each, of) for each, of in zip(self._keys, columns.values(), strict=True)), name=name
        )
        self._columns = dict(zip(columns, self.rows.c, strict=True))

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        return self._columns[name]

    def has(self, value: Any) -> ColumnElement[bool]:
        """The value is in the first column. Of few rows PostgreSQL asks an index so, where it would rather
        read a table than join it with them."""
        return _Among(value, self._binds[0])

    def parameters(self, rows: Rows) -> dict[str, Rows]:
        """What to execute the statement with, so that it has these rows."""
        return dict.fromkeys(self._keys, rows)


class _Column(TypeDecorator[Rows]):
    """One column of the rows as a text; of SQLite the first has them all."""

    impl = String
    cache_ok = True

    def __init__(self, place: int, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.place = place
        self.of = of

    def process_bind_param(self, value: Rows | None, dialect: Dialect) -> str:
        rows = value or ()
        if dialect.name == "postgresql":
            return _SEPARATOR.join([_text(row[self.place]) for row in rows])
        return json.dumps([[None if each is None else _text(each) for each in row] for row in rows])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.hex if isinstance(value, UUID) else str(value)


class _Given(FunctionElement[Any]):
    """The rows, as the parameters of their columns have them."""

    inherit_cache = True


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Given, "postgresql")
def _arrays(element: _Given, compiler: SQLCompiler, **options: Any) -> str:
    arrays = ", ".join(_array(each, compiler, **options) for each in element.clauses)
    names = ", ".join(_key(each) for each in element.clauses)
    parts = ["(SELECT * FROM unnest(", arrays, ") AS given (", names, "))"]
    return "".join(parts)


@compiles(_Among, "postgresql")
def _any_of_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column_, bound = element.clauses
    return f"{compiler.process(column_, **options)} = ANY ({_array(bound, compiler, **options)})"


def _array(bound: ColumnElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    """As a subquery, which keeps from the planner how many there are: otherwise it plans short lists each
    time anew, and long ones by reading whole tables, with other processes' help."""
    kind = compiler.dialect.type_compiler_instance.process(_column(bound).of)
    text = compiler.process(bound, **options)
    return f"(SELECT string_to_array({text}, chr({ord(_SEPARATOR)}), ''))::{kind}[]"


@compiles(_Given, "sqlite")
def _json(element: _Given, compiler: SQLCompiler, **options: Any) -> str:
    binds = list(element.clauses)
    columns = ", ".join(f"json_extract(value, '$[{_column(one).place}]') AS {_key(one)}" for one in binds)
    given = compiler.process(binds[0], **options)
    parts = ["(SELECT ", columns, " FROM json_each(", given, "))"]
    return "".join(parts)


@compiles(_Among, "sqlite")
def _one_of_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column_, bound = element.clauses
    return f"{compiler.process(column_, **options)} IN {_json(_Given(bound), compiler, **options)}"


def _column(bound: ColumnElement[Any]) -> _Column:
    if not isinstance(bound.type, _Column):
        raise TypeError(f"no column of given rows: {bound}")
    return bound.type


def _key(bound: Any) -> str:
    return str(bound.key)
