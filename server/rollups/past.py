"""Past days of many agreements: asked for here, computed by the worker, and kept for a week.

A day of a county takes the engine a minute, of a province some ten: nobody's request waits for that. What is
kept says what was known when it was made; it is not made again by itself.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, delete, func, insert, literal, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.errors import Refusal
from server.fulfilment.rules.results import Totals
from server.rollups.adapter import delivered_as_of
from server.rollups.models import PastAgreement, PastPeriod
from server.rollups.rules import (
    TOTALS,
    Delivered,
    Period,
    PeriodRates,
    Pooled,
    Scope,
    pooled,
    rates_by_period,
)

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
FRESH = timedelta(minutes=10)  # who asks so soon again gets what is there
AGREEMENTS = 20  # computed in one step: some two seconds


@dataclass(frozen=True, slots=True)
class Progress:
    """Agreements of a day: how many were asked for, are made, could not be; and the moment of the oldest."""

    asked: int
    made: int
    failed: int
    oldest: datetime | None


def ask(session: Session, actor: Actor, inside: Select[Any], day: date, now: datetime) -> Progress:
    """Have the agreements `inside` (ids, within the actor's scope) computed as of a past day.

    Those made lately stay. Refused: `conflict` while another day that the same actor asked for is under way.
    """
    row = PastAgreement
    waiting = select(row.day).where(row.asked_by_id == actor.id, row.made_at.is_(None), row.day != day)
    if other := session.scalar(waiting.limit(1)):
        raise Refusal("conflict", reason="another_day", day=other.isoformat())
    _forget(session, now)
    old = row.made_at < now - FRESH
    again = {"asked_at": now, "asked_by_id": actor.id, "made_at": None, "failed": False}
    session.execute(update(row).where(*_of(row, day, inside), old).values(**again))
    known = select(row.agreement_id).where(row.day == day)
    wanted = inside.subquery()
    moment, by = literal(now, row.asked_at.type), literal(actor.id, row.asked_by_id.type)
    new = select(literal(day), wanted.c.id, moment, by, literal(False))
    names = ["day", "agreement_id", "asked_at", "asked_by_id", "failed"]
    session.execute(insert(row).from_select(names, new.where(wanted.c.id.not_in(known))))
    return progress(session, day, inside)


def _forget(session: Session, now: datetime) -> None:
    """Of days that were asked for long ago."""
    old = select(PastAgreement.day).group_by(PastAgreement.day)
    days = session.scalars(old.having(func.max(PastAgreement.asked_at) < now - KEPT)).all()
    for table in (PastPeriod, PastAgreement):
        session.execute(delete(table).where(table.day.in_(days)))


def compute_step(session: Session, now: datetime, limit: int = AGREEMENTS) -> int:
    """Compute some agreements of the day that was asked for first. Returns how many; 0: none waits."""
    row = PastAgreement
    waiting = select(row.day, row.agreement_id).where(row.made_at.is_(None)).order_by(row.asked_at, row.day)
    found = session.execute(
        waiting.order_by(row.agreement_id).limit(limit).with_for_update(skip_locked=True, key_share=True)
    ).all()
    if not found:
        return 0
    day = found[0].day
    ids = [agreement_id for each, agreement_id in found if each == day]
    made = {one: _computed(session, one, day) for one in ids}
    session.execute(delete(PastPeriod).where(PastPeriod.day == day, PastPeriod.agreement_id.in_(ids)))
    rows = [each for one, parts in made.items() if parts is not None for each in _rows(day, one, parts)]
    if rows:
        session.connection().execute(insert(cast(Table, PastPeriod.__table__)), rows)
    states = [
        {"day": day, "agreement_id": one, "made_at": now, "failed": parts is None}
        for one, parts in made.items()
    ]
    session.execute(update(row), states)
    return len(ids)


def _computed(session: Session, agreement_id: UUID, day: date) -> list[Delivered] | None:
    """None where the engine cannot: the others of the day are not kept waiting for it."""
    try:
        with session.begin_nested():
            return delivered_as_of(session, [agreement_id], day)[agreement_id]
    except OperationalError:  # of the database, not of an agreement: the job is run again
        raise
    except Exception:
        log.exception("agreement %s cannot be computed as of %s", agreement_id, day)
        return None


def _rows(day: date, agreement_id: UUID, parts: Sequence[Delivered]) -> Iterator[dict[str, Any]]:
    counts: dict[str, list[Any]] = defaultdict(list)
    for each in pooled(parts):
        figures = [getattr(each.totals, name) for name in TOTALS]
        counts[each.period].append([each.category, each.scope, *figures])
    for rates in rates_by_period(parts):
        if rates.period in counts:
            yield {
                "day": day,
                "agreement_id": agreement_id,
                "period": rates.period,
                "rated": rates.rated,
                "confirmed_rate": _text(rates.confirmed),
                "reported_rate": _text(rates.reported),
                "on_time_rate": _text(rates.on_time),
                "worst_rate": _text(rates.worst[0] if rates.worst else None),
                "worst_id": rates.worst[1] if rates.worst else None,
                "counts": counts[rates.period],
            }


def progress(session: Session, day: date, inside: Select[Any]) -> Progress:
    row = PastAgreement
    counts = (func.count(), func.count(row.made_at), func.count().filter(row.failed), func.min(row.made_at))
    return Progress(*session.execute(select(*counts).where(*_of(row, day, inside))).one())


def rates(
    session: Session, day: date, inside: Select[Any], periods: Iterable[Period]
) -> dict[UUID, dict[str, PeriodRates]]:
    """By agreement, its rates in these periods; `stale_on` and `months` are not kept."""
    row = PastPeriod
    shares = (row.confirmed_rate, row.reported_rate, row.on_time_rate, row.worst_rate)
    wanted = select(row.agreement_id, row.period, row.rated, row.worst_id, *shares)
    keys = {period.key for period in periods}
    found: dict[UUID, dict[str, PeriodRates]] = defaultdict(dict)
    for agreement_id, period, rated, worst_id, *texts in session.execute(
        wanted.where(*_of(row, day, inside), row.period.in_(keys))
    ):
        confirmed, reported, on_time, lowest = map(_exact, texts)
        worst = (lowest, worst_id) if lowest is not None and worst_id else None
        found[agreement_id][period] = PeriodRates(
            period, rated, rated, confirmed, reported, on_time, worst, None, 0
        )
    return found


def counts(session: Session, day: date, inside: Select[Any], period: Period) -> dict[UUID, list[Pooled]]:
    """By agreement, its counts in the period."""
    row = PastPeriod
    wanted = select(row.agreement_id, row.counts).where(*_of(row, day, inside), row.period == period.key)
    return {
        agreement_id: [_pooled(period.key, *each) for each in kept]
        for agreement_id, kept in session.execute(wanted)
    }


def _pooled(period: str, category: str, scope: Scope, *figures: int) -> Pooled:
    return Pooled(period, category, scope, Totals(*figures))


def periods(session: Session, day: date, inside: Select[Any]) -> set[str]:
    """The periods in which something was rated."""
    row = PastPeriod
    return set(session.scalars(select(row.period).where(*_of(row, day, inside), row.rated > 0).distinct()))


def _of(
    row: type[PastAgreement] | type[PastPeriod], day: date, inside: Select[Any]
) -> Sequence[ColumnElement[bool]]:
    return (row.day == day, row.agreement_id.in_(inside))


def _text(rate: Fraction | None) -> str | None:
    return None if rate is None else str(rate)


def _exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
