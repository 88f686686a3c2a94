"""Reading how the jobs stand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.audit.queries import oldest_unsealed
from server.fulfilment.models import Drift, StaleStream
from server.jobs import rules
from server.jobs.models import JobRun
from server.rollups.models import StaleAgreement

NIGHTLY = "nightly"
# Failed runs by these names are agreements that cannot be counted: `slot` is the id.
DRAIN, SAMPLE = "drain", "sample"
DIGEST_MAIL = "digest mail"


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
    ever = session.scalar(select(func.count()).where(JobRun.job == NIGHTLY)) or 0
    failing = select(func.count(JobRun.slot.distinct())).where(JobRun.job.in_((DRAIN, SAMPLE)))
    failed = session.scalar(failing) or 0
    unsealed, mail = oldest_unsealed(session), _digest_mail(session)
    state = rules.State(
        min(filter(None, marks), default=None), drifts, ended, bool(ever), unsealed, mail == "failed", failed
    )
    return {
        "drain_lag_seconds": int(rules.lag(state, now).total_seconds()),
        "stale_streams": streams,
        "stale_agreements": agreements,
        "drifts_24h": drifts,
        "failing_agreements": failed,
        "nightly_slot": slot,
        "seal_lag_seconds": int(rules.seal_lag(state, now).total_seconds()),
        "digest_mail": mail,
    }, rules.all_is_well(state, now)


def mailed_at(session: Session, day: date) -> datetime | None:
    """When the heads of this day were last mailed; None where they were not."""
    runs = session.scalars(select(JobRun).where(JobRun.job == DIGEST_MAIL, JobRun.slot >= day.isoformat()))
    sent = [run for run in runs if run.result.get("sent") and run.result.get("day") == day.isoformat()]
    return max((run.finished_at for run in sent if run.finished_at), default=None)


def _last_good_night(session: Session) -> tuple[str | None, datetime | None]:
    row = session.execute(
        select(JobRun.slot, JobRun.finished_at)
        .where(JobRun.job == NIGHTLY, JobRun.finished_at.is_not(None), JobRun.error.is_(None))
        .order_by(JobRun.slot.desc())
        .limit(1)
    ).first()
    return (row.slot, row.finished_at) if row else (None, None)


def _digest_mail(session: Session) -> str | None:
    """How the last mail of the trail's heads went: `sent`, `not_set_up`, `failed` or `under_way`."""
    last = session.scalars(
        select(JobRun).where(JobRun.job == DIGEST_MAIL).order_by(JobRun.slot.desc()).limit(1)
    ).first()
    if last is None:
        return None
    if last.error or last.finished_at is None:
        return "failed" if last.error else "under_way"
    return "sent" if last.result.get("sent") else "not_set_up"
