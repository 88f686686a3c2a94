"""What the door asks is found by index: a full ledger must not slow down a phone."""

from typing import Any

import pytest
from sqlalchemy import Select, select

from server.db import among, db
from server.rounds.models import ServiceRecord
from server.sync.known import LAST_READINGS
from server.web.application import Application


def _plan(statement: Select[Any]) -> str:
    """What the database would do, in its own words and small letters; tables are empty: it may not scan."""
    made = statement.compile(dialect=db.engine.dialect)
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            given = tuple(made.params.get(name) or "[]" for name in made.positiontup or ())
            told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", given)
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            unknown = {name: "{}" if value is None else value for name, value in made.params.items()}
            told = connection.exec_driver_sql(f"EXPLAIN {made}", unknown)
        return " ".join(str(row) for row in told).lower()


@pytest.mark.parametrize("column", [ServiceRecord.id, ServiceRecord.round_id])
def test_ids_by_the_dozen_are_found_by_index(app: Application, column: object) -> None:
    with app.app_context():
        told = _plan(select(ServiceRecord.id).where(among(column, "ids")))
    assert "scan service_records" not in told.replace("seq scan on", "scan")
    assert "ix_service_records" in told or "pk_service_records" in told or "autoindex" in told


def test_the_last_reading_is_found_without_those_before(app: Application) -> None:
    with app.app_context():
        told = _plan(LAST_READINGS)
    assert "ix_service_records_subject_id_service_on_made_at" in told
    assert "sort" not in told
    assert "b-tree" not in told
