"""The worker: sweeps that are run again and again, and once a night.

A job finds its work in the database and leaves it true: begun twice, or killed at any moment and begun again,
it ends the same. So nothing has to be kept about what was asked of it.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.db import db, writing
from server.jobs import rules
from server.jobs.models import JobRun
from server.web.application import Application

log = logging.getLogger(__name__)

TIMEZONE = "Asia/Shanghai"
_RECHECK = timedelta(minutes=1)  # how often a job of the day is asked whether its slot has come
_TICK_S = 0.25
_LONGEST_ERROR = 300
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Job:
    """Run `every` so often, or once a day `at` a local time: one of the two.

    `run` gets a session opened as a writer's, and is one short transaction. It returns numbers to keep; with
    `done` above 0 it is run again at once. With `one_instant` all that it reads is of one. A job that
    talks to something `outside`, or reads for long, only reads: nobody's write may wait for it.
    """

    name: str
    run: Callable[[Session, datetime], dict[str, Any]]
    every: timedelta | None = None
    at: time | None = None
    outside: bool = False
    one_instant: bool = False


def run_pending(app: Application, jobs: Sequence[Job], now: datetime) -> list[str]:
    """Run each job until it finds nothing more to do. Returns the names of those that failed."""
    failed = []
    for job in jobs:
        done = attempt(app, job, now)
        while done:
            done = attempt(app, job, now)
        if done is None:
            failed.append(job.name)
    return failed


def work_until(app: Application, jobs: Sequence[Job], stopped: Callable[[], bool]) -> None:
    """Run the jobs as they come due, until asked to stop; a run that has begun is finished first."""
    turns = [_Turn(job) for job in jobs]
    while not stopped():
        for turn in turns:
            if not stopped():
                turn.take(app, clock.now())
        if not any(turn.more for turn in turns):
            threading.Event().wait(_TICK_S)


def attempt(app: Application, job: Job, now: datetime) -> int | None:
    """One run of a job, if its slot is free. Returns how much it did; None when it failed (logged)."""
    try:
        result = _run_of_the_day(app, job, job.at, now) if job.at else _run(app, job, now)
    except Exception:
        log.exception("job %s failed", job.name)
        return None
    return int(result.get("done", 0))


@dataclass(slots=True)
class _Turn:
    job: Job
    last: datetime | None = None
    failures: int = 0
    more: bool = False

    def take(self, app: Application, now: datetime) -> None:
        pause = rules.pause(self.job.every or _RECHECK, self.failures)
        if not self.more and not rules.is_due(self.last, pause, now):
            return
        done = attempt(app, self.job, now)
        self.last, self.more = now, bool(done)
        self.failures = self.failures + 1 if done is None else 0


def _run(app: Application, job: Job, now: datetime) -> dict[str, Any]:
    if not job.outside:
        return _in_transaction(app, job.run, now, one_instant=job.one_instant)
    with app.app_context():
        return job.run(db.session(), now)


def _in_transaction(
    app: Application,
    work: Callable[[Session, datetime], _Answer],
    now: datetime,
    *,
    one_instant: bool = False,
) -> _Answer:
    """A session of its own, effects and one commit, as for a request."""
    with app.app_context(), writing(db.session(), one_instant=one_instant) as session:
        answer = work(session, now)
        app.finish()
    return answer


def _run_of_the_day(app: Application, job: Job, at: time, now: datetime) -> dict[str, Any]:
    slot = rules.latest_slot(at, now.astimezone(ZoneInfo(TIMEZONE))).isoformat()
    try:
        free = _in_transaction(app, partial(_begin, job.name, slot), now)
    except IntegrityError:  # another worker was a moment faster
        return {}
    if not free:
        return {}
    try:
        result = _run(app, job, now)
    except Exception as error:
        _in_transaction(app, partial(_end, job.name, slot, now, {}, described(error)), clock.now())
        raise
    _in_transaction(app, partial(_end, job.name, slot, now, result, None), clock.now())
    return result


def _begin(job: str, slot: str, session: Session, now: datetime) -> bool:
    """Take the slot for this worker: its row is the lock, committed before the work begins."""
    row = session.get(JobRun, (job, slot), with_for_update=True)
    if row is None:
        session.add(JobRun(job=job, slot=slot, started_at=now, result={}))
        return True
    if not rules.may_begin_again(row.started_at, row.finished_at, row.error, now):
        return False
    row.started_at, row.finished_at, row.error = now, None, None
    return True


def _end(
    job: str,
    slot: str,
    began: datetime,
    result: dict[str, Any],
    error: str | None,
    session: Session,
    now: datetime,
) -> None:
    """Note how a run ended; not over the head of a worker that took it for dead and began it again."""
    own = (JobRun.job == job, JobRun.slot == slot, JobRun.started_at == began)
    session.execute(update(JobRun).where(*own).values(finished_at=now, result=result, error=error))


def described(error: Exception) -> str:
    """The kind and the first line: PostgreSQL names values of rows on the later ones."""
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first}"[:_LONGEST_ERROR]
