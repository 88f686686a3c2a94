"""Reading how the jobs stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.fulfilment.models import Drift, StaleStream
from server.jobs import rules
from server.jobs.models import JobRun
from server.rollups.models import StaleAgreement

NIGHTLY = "nightly"


def last_runs(session: Session, limit: int) -> Sequence[JobRun]:
    """The latest runs of the jobs of the day, newest first."""
    return session.scalars(
        select(JobRun).order_by(JobRun.started_at.desc(), JobRun.job, JobRun.slot).limit(limit)
    ).all()


def last_drifts(session: Session, limit: int) -> Sequence[Drift]:
    """The latest windows found to differ, newest first."""
    return session.scalars(select(Drift).order_by(Drift.found_at.desc(), Drift.id).limit(limit)).all()


def health(session: Session, now: datetime) -> tuple[dict[str, Any], bool]:
    """The figures of the jobs, numbers and days only, and whether all is well."""
    (first, streams), (second, agreements) = (
        session.execute(select(func.min(table.marked_at), func.count())).one()
        for table in (StaleStream, StaleAgreement)
    )
    marks: list[datetime | None] = [first, second]
    recent = Drift.found_at >= now - timedelta(hours=24)
    drifts = session.scalar(select(func.count()).select_from(Drift).where(recent)) or 0
    slot, ended = _last_good_night(session)
    ever = session.scalar(select(func.count()).select_from(JobRun)) or 0
    state = rules.State(min(filter(None, marks), default=None), drifts, ended, bool(ever))
    return {
        "drain_lag_seconds": int(rules.lag(state, now).total_seconds()),
        "stale_streams": streams,
        "stale_agreements": agreements,
        "drifts_24h": drifts,
        "nightly_slot": slot,
    }, rules.all_is_well(state, now)


def _last_good_night(session: Session) -> tuple[str | None, datetime | None]:
    row = session.execute(
        select(JobRun.slot, JobRun.finished_at)
        .where(JobRun.job == NIGHTLY, JobRun.finished_at.is_not(None), JobRun.error.is_(None))
        .order_by(JobRun.slot.desc())
        .limit(1)
    ).first()
    return (row.slot, row.finished_at) if row else (None, None)
