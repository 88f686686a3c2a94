"""What the worker does again and again: each sweep finds its own work and leaves it true."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.fulfilment.service import drain
from server.jobs.models import JobRun
from server.rollups.service import refresh_stale

_RUNS_KEPT = timedelta(days=400)


def drain_streams(session: Session, now: datetime) -> dict[str, Any]:
    """Recount streams that wait for it."""
    return {"done": drain(session, now)}


def refresh_rollups(session: Session, now: datetime) -> dict[str, Any]:
    """Make the roll-ups again of agreements that changed, or in which a window came due."""
    return {"done": refresh_stale(session, now)}


def nightly(session: Session, now: datetime) -> dict[str, Any]:
    """Forget runs of long ago."""
    return {"forgotten": _forget(session, now)}


def _forget(session: Session, now: datetime) -> int:
    old = session.scalars(delete(JobRun).where(JobRun.started_at < now - _RUNS_KEPT).returning(JobRun.slot))
    return len(old.all())
