"""Reading requests on demand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement
from server.demands.models import Demand

_DAY = timedelta(days=1)  # no time zone is further from UTC
_OLDEST = date(2000, 1, 1)  # nothing was asked before the product was there


@dataclass(frozen=True, slots=True)
class DemandRow:
    """A request as fulfilment reads it: instants in UTC, `answered_at` None while nobody took it up."""

    id: UUID
    service: str
    asked_at: datetime
    answered_at: datetime | None


def requests_of(session: Session, agreements: Iterable[Agreement]) -> dict[UUID, list[DemandRow]]:
    """By agreement id, the requests between its parties on the local days of its term, oldest first.

    Withdrawn ones count nowhere. One query for all; for the engine's adapter, so without scope.
    """
    wanted = list(agreements)
    if not wanted:
        return {}
    first = max(_OLDEST, min(each.starts for each in wanted))
    by_parties: dict[tuple[UUID, UUID], list[DemandRow]] = defaultdict(list)
    columns = (Demand.institution_id, Demand.medical_id, Demand.id, Demand.service)
    for row in session.execute(
        select(*columns, Demand.asked_at, Demand.answered_at)
        .where(
            Demand.institution_id.in_({each.institution_id for each in wanted}),
            Demand.asked_at >= datetime.combine(first, time(), UTC) - _DAY,
            Demand.withdrawn_at.is_(None),
        )
        .order_by(Demand.asked_at, Demand.id)
    ):
        asked = DemandRow(row.id, row.service, row.asked_at, row.answered_at)
        by_parties[row.institution_id, row.medical_id].append(asked)
    return {
        each.id: [row for row in by_parties[each.institution_id, each.medical_id] if _in_term(each, row)]
        for each in wanted
    }


def _in_term(agreement: Agreement, row: DemandRow) -> bool:
    return agreement.starts <= clock.local_day(row.asked_at, agreement.timezone) <= agreement.last_day
