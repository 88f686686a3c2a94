"""Keeping roll-ups true: changes mark agreements, a job makes the rows of marked ones again.

Rows also go stale by themselves, when a window comes due; each knows the day. Above the agreements' rows
stand the sums of their region, made again with them.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, delete, false, func, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, selectinload

from server import clock
from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement
from server.db import Base
from server.fulfilment.events import FulfilmentChanged
from server.fulfilment.service import COUNTED_STATES
from server.organisations.models import Organisation
from server.prepared import Upsert
from server.rollups import regions
from server.rollups.adapter import delivered
from server.rollups.models import AgreementCategory, AgreementPeriod, StaleAgreement
from server.rollups.rows import Row, differences, replace
from server.rollups.rules import PeriodRates, Pooled, is_inexact, pooled, rates_by_period, scaled

log = logging.getLogger(__name__)

# Agreements in one short transaction.
AT_ONCE = 100
# An agreement whose rows could not be made is tried again after this long, or when it changes.
AGAIN_AFTER = timedelta(hours=1)
_LOCK = 1  # of PostgreSQL's advisory locks: rolling up a region


def on_fulfilment_changed(
    session: Session, events: Sequence[FulfilmentChanged | AgreementChanged], now: datetime
) -> None:
    """Mark the agreements, in id order, in the transaction that changed them."""
    session.flush()  # a new agreement is referred to
    mark(session, {event.agreement_id for event in events}, now)


def refresh_stale(session: Session, now: datetime, limit: int = AT_ONCE) -> int:
    """Make the rows of some agreements again, marked or gone stale by the day, and the sums above them.

    At most `limit` of a region, and of more regions until there are so many. Returns how many; 0: all is as
    it should be, but for what failed lately. Regions are rolled up one after the other in the order of their
    codes, each by only one at a time, so that neither of two writes what it read before the other; marks are
    not locked, so that nobody who changes a figure waits: a mark that is newer than the one read here stays.
    """
    done, stale = 0, gone_stale(session, now)
    for region in _waiting_regions(session, now, stale):
        if done >= limit:
            break
        hold(session, region)
        done += _refresh_region(session, region, now, stale, limit)
    return done


def _refresh_region(
    session: Session, region: str, now: datetime, stale: ColumnElement[bool], limit: int
) -> int:
    marks: dict[UUID, datetime] = dict(iter(session.execute(_marked(now, region).limit(limit))))
    overdue = set(session.scalars(_overdue_in(region, now, stale).limit(limit - len(marks))))
    overdue.difference_update(marks)
    failed = _refresh(session, list(marks), now)
    failed |= _refresh(session, list(overdue), now, stale)
    if marks or overdue:  # else somebody else did it while this one waited
        regions.resum(session, region)
    done = [(one, at) for one, at in marks.items() if one not in failed]
    version = tuple_(StaleAgreement.agreement_id, StaleAgreement.marked_at)
    session.execute(delete(StaleAgreement).where(version.in_(done)))
    _note_failures(session, {one: marks.get(one, now) for one in failed}, now)
    return len(marks) + len(overdue)


def _marked(now: datetime, region: str) -> Select[Any]:
    """Agreements of a region with the times of their marks."""
    mark = StaleAgreement
    return (
        _with_region(mark, mark.agreement_id, mark.marked_at)
        .where(Organisation.region == region, _may_be_tried(now))
        .order_by(mark.agreement_id)
    )


def _overdue_in(region: str, now: datetime, stale: ColumnElement[bool]) -> Select[Any]:
    one = AgreementPeriod.agreement_id
    return _overdue(one, now, stale).where(Organisation.region == region).distinct().order_by(one)


def _waiting_regions(session: Session, now: datetime, stale: ColumnElement[bool]) -> Sequence[str]:
    """The regions in which something is to be done, in the order of their codes."""
    marked = _with_region(StaleAgreement, Organisation.region).where(_may_be_tried(now))
    waiting = marked.union(_overdue(Organisation.region, now, stale)).subquery()
    return session.scalars(select(waiting.c.region).order_by(waiting.c.region)).all()


def _overdue(column: Any, now: datetime, stale: ColumnElement[bool]) -> Select[Any]:
    """A column of rows that went stale by the day, of agreements that did not fail lately."""
    failed = select(StaleAgreement.agreement_id).where(~_may_be_tried(now))
    return _with_region(AgreementPeriod, column).where(stale, AgreementPeriod.agreement_id.not_in(failed))


def _with_region(table: type[AgreementPeriod | StaleAgreement], *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(table)
        .join(Agreement, Agreement.id == table.agreement_id)
        .join(Organisation, Organisation.id == Agreement.institution_id)
    )


def waiting_in(session: Session, region: str, now: datetime) -> set[UUID]:
    """The agreements of a region that wait to be made again, those that failed lately too."""
    marked = _with_region(StaleAgreement, StaleAgreement.agreement_id)
    overdue = _with_region(AgreementPeriod, AgreementPeriod.agreement_id).where(gone_stale(session, now))
    there = Organisation.region == region
    return set(session.scalars(marked.where(there).union(overdue.where(there))))


def _may_be_tried(now: datetime) -> ColumnElement[bool]:
    failed = StaleAgreement.failed_at
    return failed.is_(None) | (failed <= now - AGAIN_AFTER)


def hold(session: Session, region: str) -> None:
    """Wait until nobody else rolls up the region. A writer on SQLite is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(region))))


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


def _refresh(
    session: Session, ids: Sequence[UUID], now: datetime, stale: ColumnElement[bool] | None = None
) -> set[UUID]:
    """`refresh`; those whose rows cannot be made are found by halves, left as they are, and returned."""
    if not ids:
        return set()
    try:
        with session.begin_nested():
            refresh(session, ids, now, stale)
    except OperationalError:  # of the database, not of an agreement: the job is run again
        raise
    except Exception:
        if len(ids) == 1:
            log.exception("the roll-ups of agreement %s cannot be made", ids[0])
            return set(ids)
        half = len(ids) // 2
        return _refresh(session, ids[:half], now, stale) | _refresh(session, ids[half:], now, stale)
    return set()


def _note_failures(session: Session, failed: Mapping[UUID, datetime], now: datetime) -> None:
    """Leave these marks (new ones where a day alone was the reason) for later; newer ones stay."""
    if not failed:
        return
    statement = _insert(session)(cast(Table, StaleAgreement.__table__))
    new, table = statement.excluded, StaleAgreement
    later = statement.on_conflict_do_update(
        index_elements=[table.agreement_id],
        set_={"failed_at": new.failed_at},
        where=table.marked_at == new.marked_at,
    )
    rows = [{"agreement_id": one, "marked_at": failed[one], "failed_at": now} for one in sorted(failed)]
    session.connection().execute(later, rows)


def refresh(
    session: Session, agreement_ids: Iterable[UUID], now: datetime, stale: ColumnElement[bool] | None = None
) -> int:
    """Make the rows of these agreements from windows and requests, and write what differs.

    With `stale` only of the periods whose rows are so: where a day came, and nobody changed anything. Returns
    in how many periods of how many agreements rows were written or removed, rates and counts apart.
    """
    ids = set(agreement_ids)
    known = None if stale is None else _still_true(session, ids, stale)
    written = 0
    for model, rows in made(session, ids, now, known).items():
        found = differences(session, model, ids, rows, known)
        replace(session, model, found)
        written += len(found)
    return written


def _still_true(session: Session, ids: Collection[UUID], stale: ColumnElement[bool]) -> dict[UUID, set[str]]:
    """By agreement, the periods whose rows are not stale."""
    rows = session.execute(
        select(AgreementPeriod.agreement_id, AgreementPeriod.period)
        .join(Agreement, Agreement.id == AgreementPeriod.agreement_id)
        .where(AgreementPeriod.agreement_id.in_(ids), or_(AgreementPeriod.stale_on.is_(None), ~stale))
    )
    found: dict[UUID, set[str]] = {one: set() for one in ids}
    for agreement_id, period in rows:
        found[agreement_id].add(period)
    return found


def made(
    session: Session,
    ids: Collection[UUID],
    now: datetime,
    known: Mapping[UUID, Collection[str]] | None = None,
) -> dict[type[Base], list[Row]]:
    """The rows of these agreements as windows and requests make them now, but for the periods `known`.

    An agreement that is not in force and never was has none.
    """
    agreements = session.scalars(
        select(Agreement)
        .where(Agreement.id.in_(ids), Agreement.state.in_(COUNTED_STATES))
        .options(selectinload(Agreement.commitments))
    ).all()
    found = delivered(session, agreements, now)
    periods: list[Row] = []
    categories: list[Row] = []
    for agreement in agreements:
        as_of, own = clock.local_day(now, agreement.timezone), known[agreement.id] if known else ()
        rates = rates_by_period(found[agreement.id], own)
        counts = [each for each in pooled(found[agreement.id]) if each.period not in own]
        periods += [{"agreement_id": agreement.id, "as_of": as_of, **_rates_row(each)} for each in rates]
        categories += [{"agreement_id": agreement.id, **_pooled_row(each)} for each in counts]
    return {AgreementPeriod: periods, AgreementCategory: categories}


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


_MARK = Upsert(cast(Table, StaleAgreement.__table__), "agreement_id", "marked_at", "failed_at")


def mark(session: Session, agreement_ids: Iterable[UUID], now: datetime) -> None:
    """Leave these agreements to `refresh_stale`."""
    anew = {"marked_at": now, "failed_at": None}
    _MARK.run(session.connection(), [{"agreement_id": one, **anew} for one in sorted(agreement_ids)])


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
