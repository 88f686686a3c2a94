"""The last readings of residents, which phones show beside the field and look back at."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.clinical import policies
from server.clinical.rules.assess import REMEMBERING
from server.rounds.models import ServiceRecord

_SHOWN_LAST = 3  # readings of each kind: the last one, and what it is compared with


def last_readings(session: Session, actor: Actor, residents: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """By resident and service, in the shape of `LastReadingSchema`."""
    newest = func.row_number().over(
        partition_by=(ServiceRecord.subject_id, ServiceRecord.service),
        order_by=(ServiceRecord.on.desc(), ServiceRecord.made_at.desc()),
    )
    shown = [service for service, rule in policies.rules().items() if rule in REMEMBERING]
    same = (ServiceRecord.subject_id, ServiceRecord.service, ServiceRecord.on, ServiceRecord.form)
    ranked = (
        select(*same, ServiceRecord.made_at, ServiceRecord.assessment, newest.label("rank"))
        .where(
            ServiceRecord.subject_id.in_(residents),
            ServiceRecord.scope(actor),
            ServiceRecord.service.in_(shown),
            ServiceRecord.outcome == "done",
            ServiceRecord.state != "void",
        )
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.rank <= _SHOWN_LAST).order_by(ranked.c.rank))
    readings: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        of_resident = readings.setdefault(row.subject_id, {})
        measured = {"on": row.on, "form": row.form}
        if row.service in of_resident:
            of_resident[row.service]["earlier"].append(measured)
        else:
            said = {"made_at": row.made_at, "assessment": row.assessment}
            of_resident[row.service] = {**measured, **said, "earlier": []}
    return readings
