"""What the worker does again and again: each sweep finds its own work and leaves it true."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from server import clock
from server.fulfilment.rebuild import mend, sample
from server.fulfilment.service import PassedOver, drain
from server.jobs.models import JobRun
from server.jobs.queries import DRAIN, SAMPLE
from server.jobs.rules import AGAIN_AFTER
from server.jobs.service import TIMEZONE, described
from server.publishing.freezing import freeze_step
from server.publishing.keeping import compare_changed
from server.rollups import rebuild as rollups
from server.rollups.past import compute_step
from server.rollups.service import refresh_stale

log = logging.getLogger(__name__)

_STREAMS = 200  # about two seconds
_AGREEMENTS = 20  # whose roll-ups are made again, with those of their regions
_RUNS_KEPT = timedelta(days=400)


def drain_streams(session: Session, now: datetime) -> dict[str, Any]:
    """Recount streams that wait for it. An agreement that cannot be counted is noted, passed over and tried
    again an hour later."""
    runs = _runs(DRAIN)
    session.execute(delete(JobRun).where(runs, JobRun.started_at <= now - AGAIN_AFTER))
    failing = PassedOver(frozenset(map(UUID, session.scalars(select(JobRun.slot).where(runs)))))
    done = drain(session, now, failing=failing)
    _note(session, DRAIN, failing, now)
    return {"done": done}


def _runs(job: str) -> ColumnElement[bool]:
    return JobRun.job == job


def _note(session: Session, job: str, failing: PassedOver, now: datetime) -> None:
    """Each agreement that was found failing is a failed run of the job, until it is tried again."""
    session.add_all(
        JobRun(
            job=job,
            slot=str(agreement_id),
            started_at=now,
            finished_at=now,
            result={},
            error=described(error),
        )
        for agreement_id, error in failing.found.items()
    )


def refresh_rollups(session: Session, now: datetime) -> dict[str, Any]:
    """Make the roll-ups again of agreements that changed, or in which a window came due."""
    return {"done": refresh_stale(session, now)}


def freeze_periods(session: Session, now: datetime) -> dict[str, Any]:
    """Go on with a period that somebody asked to publish."""
    return {"done": freeze_step(session, now)}


def compare_published(session: Session, now: datetime) -> dict[str, Any]:
    """Count again what differs from the published periods, of agreements that changed."""
    return {"done": compare_changed(session, now)}


def compute_past_days(session: Session, now: datetime) -> dict[str, Any]:
    """Go on with a past day of many agreements that somebody asked for."""
    return {"done": compute_step(session, now)}


def nightly(session: Session, now: datetime) -> dict[str, Any]:
    """Count a sample again from scratch, another one each day, and raise the alarm where it differs; so too
    with a sample of the roll-ups.

    Windows open and become due by themselves: all of the term are stored, and the day decides.
    """
    seed = clock.local_day(now, TIMEZONE).toordinal()
    session.execute(delete(JobRun).where(_runs(SAMPLE)))
    failing = PassedOver()
    drifts = sample(session, now, _STREAMS, seed, failing)
    _note(session, SAMPLE, failing, now)
    untrue = rollups.mend(session, rollups.sample(session, now, _AGREEMENTS, seed), now)
    if untrue:
        session.add_all(untrue)
        log.error("%d roll-ups differ from what their windows say: `xunyue jobs drift`", len(untrue))
    if drifts:
        session.add_all(drifts)
        mend(session, drifts, now)
        agreements = sorted({str(drift.agreement_id) for drift in drifts})
        log.error("%d windows differ from what the engine says: `xunyue jobs drift`", len(drifts))
        log.error("of agreements %s", ", ".join(agreements))
    return {
        "sampled": _STREAMS,
        "drifts": len(drifts) + len(untrue),
        "forgotten": _forget(session, now),
    }


def _forget(session: Session, now: datetime) -> int:
    old = session.scalars(delete(JobRun).where(JobRun.started_at < now - _RUNS_KEPT).returning(JobRun.slot))
    return len(old.all())
