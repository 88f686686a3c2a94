"""Keeping roll-ups true: changes mark agreements, a job makes the rows of marked ones again.

Rows also go stale by themselves, when a window comes due; each knows the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, false, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from server import clock
from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement
from server.db import Base
from server.fulfilment.events import FulfilmentChanged
from server.fulfilment.service import COUNTED_STATES
from server.rollups.adapter import delivered
from server.rollups.models import AgreementCategory, AgreementPeriod, StaleAgreement
from server.rollups.rules import PeriodRates, Pooled, is_inexact, pooled, rates_by_period, scaled

# Agreements in one short transaction.
AT_ONCE = 100

Row = dict[str, Any]


def on_fulfilment_changed(
    session: Session, events: Sequence[FulfilmentChanged | AgreementChanged], now: datetime
) -> None:
    """Mark the agreements, in id order, in the transaction that changed them."""
    session.flush()  # a new agreement is referred to
    marked = sorted({event.agreement_id for event in events})
    _upsert(session, StaleAgreement, [{"agreement_id": one, "marked_at": now} for one in marked])


def refresh_stale(session: Session, now: datetime, limit: int = AT_ONCE) -> int:
    """Make the rows of up to `limit` agreements again: marked ones, then those that went stale by the day.

    Returns how many; 0: all is as it should be. The agreements are locked, so that of two who refresh one
    neither writes what it read before the other; their marks are not, so that nobody who changes a figure
    waits: a mark that is newer than the one read here stays.
    """
    mark = StaleAgreement.agreement_id
    marked = session.scalars(select(mark).order_by(mark).limit(limit)).all()
    overdue = session.scalars(
        select(AgreementPeriod.agreement_id)
        .join(Agreement, Agreement.id == AgreementPeriod.agreement_id)
        .where(gone_stale(session, now))
        .distinct()
        .order_by(AgreementPeriod.agreement_id)
        .limit(limit - len(marked))
    ).all()
    wanted = {*marked, *overdue}
    if wanted:
        held = select(Agreement.id).where(Agreement.id.in_(wanted)).order_by(Agreement.id)
        session.scalars(held.with_for_update(key_share=True)).all()
        version = (mark, StaleAgreement.marked_at)
        read = [tuple(row) for row in session.execute(select(*version).where(mark.in_(wanted)))]
        refresh(session, wanted, now)
        session.execute(delete(StaleAgreement).where(tuple_(*version).in_(read)))
    return len(wanted)


def gone_stale(session: Session, now: datetime) -> ColumnElement[bool]:
    """Rows (joined with their agreement) that a day which came since has made untrue."""
    zones = session.scalars(select(Agreement.timezone).distinct())
    return or_(
        false(),
        *(
            and_(Agreement.timezone == zone, AgreementPeriod.stale_on <= clock.local_day(now, zone))
            for zone in zones
        ),
    )


def refresh(session: Session, agreement_ids: Iterable[UUID], now: datetime) -> int:
    """Make the rows of these agreements from windows and requests, and write what differs.

    Returns how many rows were written or removed. An agreement that is not in force and never was has none.
    """
    ids = set(agreement_ids)
    agreements = session.scalars(
        select(Agreement)
        .where(Agreement.id.in_(ids), Agreement.state.in_(COUNTED_STATES))
        .options(selectinload(Agreement.commitments))
    ).all()
    found = delivered(session, agreements, now)
    periods: list[Row] = []
    categories: list[Row] = []
    for agreement in agreements:
        as_of = clock.local_day(now, agreement.timezone)
        rates = rates_by_period(found[agreement.id])
        periods += [{"agreement_id": agreement.id, "as_of": as_of, **_rates_row(each)} for each in rates]
        categories += [
            {"agreement_id": agreement.id, **_pooled_row(each)} for each in pooled(found[agreement.id])
        ]
    return _replace(session, AgreementPeriod, ids, periods) + _replace(
        session, AgreementCategory, ids, categories
    )


def _rates_row(rates: PeriodRates) -> Row:
    exact = {"confirmed": rates.confirmed, "reported": rates.reported, "on_time": rates.on_time}
    return {
        "period": rates.period,
        "stale_on": rates.stale_on,
        "rated": rates.rated,
        "of": rates.of,
        **{f"{name}_rate": None if rate is None else str(rate) for name, rate in exact.items()},
        **{f"{name}_scaled": None if rate is None else scaled(rate) for name, rate in exact.items()},
        "inexact": any(is_inexact(rate) for rate in exact.values() if rate is not None),
        "months": rates.months,
        "worst_id": rates.worst[1] if rates.worst else None,
        "worst_scaled": scaled(rates.worst[0]) if rates.worst else None,
    }


def _pooled_row(one: Pooled) -> Row:
    totals = one.totals
    return {
        "period": one.period,
        "category": one.category,
        "scope": one.scope,
        "promised": totals.promised,
        "confirmed": totals.confirmed,
        "confirmed_late": totals.confirmed_late,
        "confirmed_excused": totals.confirmed_excused,
        "reported": totals.reported,
        "reported_excused": totals.reported_excused,
    }


def _replace(session: Session, model: type[Base], ids: set[UUID], rows: Sequence[Row]) -> int:
    """Make `rows` the rows of these agreements. A row that only another day made is left as it is."""
    table = cast(Table, model.__table__)
    keys = [column.name for column in table.primary_key]
    kept = {
        tuple(row[key] for key in keys): row
        for row in session.execute(select(table).where(table.c.agreement_id.in_(ids))).mappings()
    }
    wanted = {tuple(row[key] for key in keys): row for row in rows}
    changed = [row for key, row in sorted(wanted.items()) if _differs(row, kept.get(key))]
    _upsert(session, model, changed)
    gone = sorted(kept.keys() - wanted.keys())
    for key in gone:
        session.execute(
            delete(table).where(*(table.c[name] == value for name, value in zip(keys, key, strict=True)))
        )
    return len(changed) + len(gone)


def _differs(row: Row, kept: Mapping[Any, Any] | None) -> bool:
    return kept is None or any(kept[name] != value for name, value in row.items() if name != "as_of")


def _upsert(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = cast(Table, model.__table__)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(table)
    values = {
        column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key
    }
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=values), list(rows)
    )
