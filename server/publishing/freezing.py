"""Freezing what somebody asked to publish: the worker's part, in steps that other jobs can go between.

The first step cuts: every row as one instant of the database has it. Then agreements are rated and the whole
is hashed, from the frozen rows alone, so that a change that comes in meanwhile is in neither. Each step is a
transaction that leaves what the next one needs: killed at any moment and begun again, it ends the same.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server import clock
from server.audit.service import record
from server.audit.tags import Tag
from server.fulfilment.rules.results import Totals
from server.publishing.models import UNDER_WAY, PublishedAgreement, PublishedPeriod, PublishedWindow, State
from server.publishing.queries import (
    due_sums,
    freeze_requests,
    freeze_windows,
    frozen_rows,
    heading,
    note_agreements,
    parts_of,
    span_of,
    waiting,
)
from server.publishing.rules import FIGURES, TIMEZONE, Rates, Share, canonical, digest, headline, share_of

log = logging.getLogger(__name__)

AGREEMENTS = 500
# Streams of a busy region are recounted in seconds; an agreement that cannot be counted is not.
PATIENCE = timedelta(minutes=10)


def freeze_step(session: Session, now: datetime) -> int:
    """One step of the period that was asked for first. Returns how much it did; 0: nothing can be done.

    The session reads one instant. What goes wrong ends the period as failed; it can be asked for again.
    """
    under_way = (
        select(PublishedPeriod)
        .where(PublishedPeriod.state.in_(UNDER_WAY))
        .order_by(PublishedPeriod.published_at, PublishedPeriod.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    for period in session.scalars(under_way).all():
        if done := _tried(session, period, now):
            return done
    return _rate_older(session)


def _rate_older(session: Session) -> int:
    """Agreements of periods that were published before their rates were kept."""
    first = select(PublishedPeriod).join(
        PublishedAgreement, PublishedAgreement.published_id == PublishedPeriod.id
    )
    wanted = first.where(PublishedPeriod.state == State.PUBLISHED, ~PublishedAgreement.rated)
    period = session.scalars(wanted.limit(1)).first()
    return _rate(session, period) if period else 0


def freeze(session: Session, period: PublishedPeriod, now: datetime) -> None:
    """All steps in the transaction at hand."""
    while period.state in UNDER_WAY:
        _step(session, period, now)


def _tried(session: Session, period: PublishedPeriod, now: datetime) -> int:
    try:
        with session.begin_nested():
            return _step(session, period, now)
    except OperationalError:  # of the database, not of the period: the job is run again
        raise
    except Exception:
        log.exception("period %s of region %s cannot be published", period.period, period.region)
        period.state, period.failure = State.FAILED, "broken"
    return 1


def _step(session: Session, period: PublishedPeriod, now: datetime) -> int:
    if period.state == State.PENDING:
        return _cut(session, period, now)
    if done := _rate(session, period):
        return done
    _finish(session, period, now)
    return 1


def _cut(session: Session, period: PublishedPeriod, now: datetime) -> int:
    if waiting(session, period.region):
        if now - period.published_at > PATIENCE:
            period.state, period.failure = State.FAILED, "recomputing"
        return 0
    for table in (PublishedWindow, PublishedAgreement):  # of an attempt that failed
        session.execute(delete(table).where(table.published_id == period.id))
    period.as_of, period.published_at = clock.local_day(now, TIMEZONE), now
    period.state = State.CUT
    session.flush()
    span = span_of(period)
    freeze_windows(session, period, span)
    freeze_requests(session, period, span)
    note_agreements(session, period, span)
    return 1


def _rate(session: Session, period: PublishedPeriod) -> int:
    """Some agreements' rates and counts, from their frozen rows. Returns how many; 0: all are rated."""
    waiting_ones = select(PublishedAgreement.agreement_id).where(
        PublishedAgreement.published_id == period.id, ~PublishedAgreement.rated
    )
    ids = session.scalars(waiting_ones.order_by(PublishedAgreement.agreement_id).limit(AGREEMENTS)).all()
    if not ids:
        return 0
    own = PublishedWindow.published_id == period.id
    due = due_sums(session, PublishedWindow, ids, period.as_of, own)
    rows = [_rated(period.id, one, share_of(parts)) for one, parts in parts_of(session, due, ids).items()]
    session.execute(update(PublishedAgreement), rows)
    return len(rows)


def _rated(published_id: UUID, agreement_id: UUID, share: Share) -> dict[str, Any]:
    rates = {
        "confirmed_rate": share.rates.confirmed,
        "reported_rate": share.rates.reported,
        "on_time_rate": share.rates.on_time,
    }
    return {
        "published_id": published_id,
        "agreement_id": agreement_id,
        "rated": True,
        "counts": [[*key, *_figures(counts)] for key, counts in sorted(share.counts.items())],
        **{name: None if rate is None else str(rate) for name, rate in rates.items()},
    }


def _figures(totals: Totals) -> Sequence[int]:
    return [getattr(totals, name) for name in FIGURES]


def _finish(session: Session, period: PublishedPeriod, now: datetime) -> None:
    """What is shown, its digest, and the word on the trail."""
    period.headline = headline(_shares(session, period))
    period.digest = digest(canonical(heading(period), frozen_rows(session, period)))
    period.state = State.PUBLISHED
    own = PublishedAgreement.published_id == period.id
    rows = session.scalar(select(func.coalesce(func.sum(PublishedAgreement.rows), 0)).where(own))
    said: dict[str, Any] = {"region": period.region, "period": period.period, "rows": int(rows or 0)}
    about = {"subject": period.id, "organisation": period.bureau_id}
    record(session, None, Tag.PERIOD_PUBLISHED, now, **about, **said)


def _shares(session: Session, period: PublishedPeriod) -> Iterator[Share]:
    """Of the agreements in force."""
    row = PublishedAgreement
    columns = (row.confirmed_rate, row.reported_rate, row.on_time_rate, row.counts)
    kept = session.execute(select(*columns).where(row.published_id == period.id, row.in_force))
    for confirmed, reported, on_time, counts in kept:
        totals = {(category, scope): Totals(*figures) for category, scope, *figures in counts}
        yield Share(kept_rates(confirmed, reported, on_time), totals)


def kept_rates(*texts: str | None) -> Rates:
    return Rates(*(None if text is None else Fraction(text) for text in texts))
