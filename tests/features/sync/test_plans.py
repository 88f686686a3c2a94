"""What the door asks is found by index: a full ledger must not slow down a phone."""

import pytest
from sqlalchemy import select

from server.db import among, db
from server.rounds.models import ServiceRecord
from server.web.application import Application


@pytest.mark.parametrize("column", [ServiceRecord.id, ServiceRecord.round_id])
def test_ids_by_the_dozen_are_found_by_index(app: Application, column: object) -> None:
    with app.app_context():
        dialect = db.engine.dialect
        statement = select(ServiceRecord.id).where(among(column, "ids"))
        text = str(statement.compile(dialect=dialect))
        with db.engine.connect() as connection:
            if dialect.name == "sqlite":
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("[]",))
            else:
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
                plan = connection.exec_driver_sql(f"EXPLAIN {text}", {"ids": []})
            told = " ".join(str(row) for row in plan).lower()
    assert "scan service_records" not in told.replace("seq scan on", "scan")
    assert "ix_service_records" in told or "pk_service_records" in told or "autoindex" in told
