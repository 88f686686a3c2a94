"""Looking closer: the plan of every query of a hot path, and where the time of a round goes."""

import cProfile
import io
import pstats
from collections.abc import Callable, Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import Connection

from server.db import db
from server.web.application import Application
from tests.factories.statements import statements_with_values
from tests.load import visiting
from tests.load.province import Deal

_SHOWN = 25


def plans(app: Application, deals: Sequence[Deal]) -> str:
    """Every different SELECT of the dashboard, of an agreement's page and of a round, with its plan."""
    regulator = visiting.signed_in(app, "regulator")
    paths: list[tuple[str, Callable[[], object]]] = [
        ("Dashboard of the province", lambda: regulator.json("/standing?period=2026")),
        ("Page of one agreement", lambda: regulator.json(f"/agreements/{deals[-1].id}")),
        ("A round of 30 records with its recount", lambda: visiting.rounds(app, deals[-1:])),
    ]
    told = []
    for what, work in paths:
        told.append(f"\n### {what}\n")
        told += [_explained(app, statement, values) for statement, values in _selects(app, work).items()]
    return "\n".join(told)


def _selects(app: Application, work: Callable[[], object]) -> dict[str, Any]:
    """Each with the values it was first asked with."""
    with statements_with_values(app) as asked:
        work()
    found: dict[str, Any] = {}
    for text, values in asked:
        if text.startswith("SELECT"):
            found.setdefault(text, values)
    return found


def _explained(app: Application, statement: str, values: Any) -> str:
    with app.app_context(), db.engine.connect() as connection:
        lines = _plan(connection, statement, values)
    return f"```sql\n{statement}\n```\n\n```\n{chr(10).join(lines)}\n```\n"


def _plan(connection: Connection, statement: str, values: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        given = tuple(values) if isinstance(values, list) else values
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        return [str(row[-1]) for row in rows]
    explain = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}"
    if not isinstance(values, list):
        return [str(row[0]) for row in connection.exec_driver_sql(explain, values)]
    driver = cast(psycopg.Connection[Any], connection.connection.driver_connection)
    with psycopg.RawCursor(driver) as cursor:  # prepared statements name parameters as the server does
        return [str(row[0]) for row in cursor.execute(explain.encode(), values)]


def profile(app: Application, deals: Sequence[Deal]) -> str:
    """The functions in which rounds spend most of their time, with what they call."""
    profiler = cProfile.Profile()
    profiler.enable()
    visiting.rounds(app, deals)
    profiler.disable()
    told = io.StringIO()
    pstats.Stats(profiler, stream=told).sort_stats("cumulative").print_stats("server/", _SHOWN)
    head = f"### Where the time of {len(deals)} rounds goes (cProfile, cumulative)"
    return f"\n{head}\n\n```\n{told.getvalue()}\n```"
