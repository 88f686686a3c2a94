"""Making roll-ups again beside those that are kept, to find what is untrue."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.fulfilment.models import Drift
from server.fulfilment.service import COUNTED_STATES
from server.organisations.models import Organisation
from server.rollups import regions, service
from server.rollups.rows import Row, differences
from server.rollups.rules import period_of


@dataclass(frozen=True, slots=True)
class Untrue:
    """Kept rows of an agreement, or (None) of the whole `region`, in one period that should be others."""

    region: str
    agreement_id: UUID | None
    table: str
    period: str
    stored: list[Row]
    computed: list[Row]


def check(session: Session, agreement_ids: Collection[UUID] | None, now: datetime) -> list[Untrue]:
    """What is untrue of these agreements (None: of all that count) and of their regions.

    What waits to be made again is not. Each region is held as for rolling up, until the transaction ends.
    """
    found: list[Untrue] = []
    by_region: dict[str, list[UUID]] = {}
    for region, agreement_id in _counted(session, agreement_ids):
        by_region.setdefault(region, []).append(agreement_id)
    for region in sorted(by_region):
        service.hold(session, region)
        untrue = [*_of_agreements(session, region, by_region[region], now), *_of_region(session, region)]
        # Asked last: who changed what was read above left a mark in the same transaction.
        waiting = service.waiting_in(session, region, now)
        found += [
            each for each in untrue if each.agreement_id not in waiting and (each.agreement_id or not waiting)
        ]
    return found


def sample(session: Session, now: datetime, count: int, seed: int) -> list[Untrue]:
    """`check` of about `count` agreements, others for the next seed, until all had their turn."""
    ids = sorted(agreement_id for _, agreement_id in _counted(session, None))
    step = max(1, len(ids) // count)
    return check(session, ids[seed % step :: step], now)


def mend(session: Session, untrue: Iterable[Untrue], now: datetime) -> list[Drift]:
    """Leave the agreements to `refresh_stale`, and of a region whose sums alone are wrong one: all its sums
    are made again with it. Returns what was found as rows for the alarm; they are not added."""
    found = list(untrue)
    owners = {
        region: min(agreement_id for _, agreement_id in _counted(session, None, region))
        for region in {each.region for each in found}
    }
    drifts = [_drift(each, each.agreement_id or owners[each.region], now) for each in found]
    service.mark(session, {drift.agreement_id for drift in drifts}, now)
    return drifts


def _counted(
    session: Session, agreement_ids: Collection[UUID] | None, region: str | None = None
) -> Iterator[tuple[str, UUID]]:
    statement = (
        select(Organisation.region, Agreement.id)
        .join(Organisation, Organisation.id == Agreement.institution_id)
        .where(Agreement.state.in_(COUNTED_STATES))
    )
    if agreement_ids is not None:
        statement = statement.where(Agreement.id.in_(agreement_ids))
    if region is not None:
        statement = statement.where(Organisation.region == region)
    return ((where, agreement_id) for where, agreement_id in session.execute(statement))


def _of_agreements(session: Session, region: str, ids: Collection[UUID], now: datetime) -> Iterator[Untrue]:
    for model, rows in service.made(session, ids, now).items():
        for (owner, period), (kept, wanted) in differences(session, model, ids, rows).items():
            yield Untrue(region, UUID(str(owner)), model.__tablename__, period, kept, wanted)


def _of_region(session: Session, region: str) -> Iterator[Untrue]:
    for model, rows in regions.sums(session, region).items():
        for (_, period), (kept, wanted) in differences(session, model, [region], rows).items():
            yield Untrue(region, None, model.__tablename__, period, kept, wanted)


def _drift(untrue: Untrue, agreement_id: UUID, now: datetime) -> Drift:
    period = period_of(untrue.period)
    name = f"{untrue.table} {untrue.region} {untrue.period}"
    return Drift(
        found_at=now,
        agreement_id=agreement_id,
        commitment_id=None,
        subject_id=None,
        start=period.first if period else date.min,
        stored={name: [_in_words(row) for row in untrue.stored]},
        computed={name: [_in_words(row) for row in untrue.computed]},
    )


def _in_words(row: Row) -> Row:
    """As JSON keeps it: days and ids as text."""
    return {name: str(value) if isinstance(value, date | UUID) else value for name, value in row.items()}
