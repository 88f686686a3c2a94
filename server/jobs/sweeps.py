"""What the worker does again and again: each sweep finds its own work and leaves it true."""

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server import clock
from server.fulfilment.rebuild import mend, sample
from server.fulfilment.service import drain
from server.jobs.models import JobRun
from server.jobs.service import TIMEZONE
from server.rollups.service import refresh_stale

log = logging.getLogger(__name__)

_STREAMS = 200  # about two seconds
_RUNS_KEPT = timedelta(days=400)


def drain_streams(session: Session, now: datetime) -> dict[str, Any]:
    """Recount streams that wait for it."""
    return {"done": drain(session, now)}


def refresh_rollups(session: Session, now: datetime) -> dict[str, Any]:
    """Make the roll-ups again of agreements that changed, or in which a window came due."""
    return {"done": refresh_stale(session, now)}


def nightly(session: Session, now: datetime) -> dict[str, Any]:
    """Count a sample again from scratch, another one each day, and raise the alarm where it differs.

    Windows open and become due by themselves: all of the term are stored, and the day decides.
    """
    seed = clock.local_day(now, TIMEZONE).toordinal()
    drifts = sample(session, now, _STREAMS, seed)
    if drifts:
        session.add_all(drifts)
        mend(session, drifts, now)
        agreements = sorted({str(drift.agreement_id) for drift in drifts})
        log.error("%d windows differ from what the engine says: `xunyue jobs drift`", len(drifts))
        log.error("of agreements %s", ", ".join(agreements))
    return {"sampled": _STREAMS, "drifts": len(drifts), "forgotten": _forget(session, now)}


def _forget(session: Session, now: datetime) -> int:
    old = session.scalars(delete(JobRun).where(JobRun.started_at < now - _RUNS_KEPT).returning(JobRun.slot))
    return len(old.all())
