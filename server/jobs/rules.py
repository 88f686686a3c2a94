"""Pure decisions: whose turn it is, and whether all is well."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

# A run of the day that failed, or was killed and so never finished, is begun again after this long.
AGAIN_AFTER = timedelta(hours=1)
LONGEST_PAUSE = timedelta(minutes=1)
LATEST_DRAIN = timedelta(seconds=60)
LATEST_SEAL = timedelta(seconds=60)
LATEST_NIGHTLY = timedelta(hours=26)


def latest_slot(at: time, now: datetime) -> date:
    """The day whose run is the last one that should have begun; `now` is local to `at`.

    Only the last: sweeps make up for any number of missed nights in one run.
    """
    return now.date() if now.time() >= at else now.date() - timedelta(days=1)


def may_begin_again(started: datetime, finished: datetime | None, error: str | None, now: datetime) -> bool:
    """Whether a run that is on file has failed, or was killed, long enough ago."""
    done = finished is not None and error is None
    return not done and now - started >= AGAIN_AFTER


def is_due(last: datetime | None, pause: timedelta, now: datetime) -> bool:
    """Whether it is time for another run; a clock that was put back must not stop the worker."""
    return last is None or now - last >= pause or now < last


def pause(every: timedelta, failures: int) -> timedelta:
    """Between two runs: twice as long with every failure in a row, up to a minute."""
    return min(every * (1 << min(failures, 10)), max(every, LONGEST_PAUSE))


@dataclass(frozen=True, slots=True)
class State:
    """How the jobs stand. `nightly` is the last good nightly run's end; `ever` whether one ever began.

    `unsealed` is the time of the oldest entry of the trail without a place in its chain; `mail_failed` tells
    of the last mail of the chains' heads; `failing` is how many agreements could not be counted, `broken` how
    many chains did not hold when they were last checked.
    """

    oldest_mark: datetime | None
    drifts: int
    nightly: datetime | None
    ever: bool
    unsealed: datetime | None = None
    mail_failed: bool = False
    failing: int = 0
    broken: int = 0


def lag(state: State, now: datetime) -> timedelta:
    """How long the oldest mark has been waiting for its recount."""
    return max(now - state.oldest_mark, timedelta(0)) if state.oldest_mark else timedelta(0)


def seal_lag(state: State, now: datetime) -> timedelta:
    """How long the oldest entry of the trail has been waiting for its seal."""
    return max(now - state.unsealed, timedelta(0)) if state.unsealed else timedelta(0)


def all_is_well(state: State, now: datetime) -> bool:
    late = state.ever and (state.nightly is None or now - state.nightly > LATEST_NIGHTLY)
    unsealed = state.ever and seal_lag(state, now) > LATEST_SEAL
    wrong = state.drifts or state.failing or state.broken or late or unsealed or state.mail_failed
    return lag(state, now) <= LATEST_DRAIN and not wrong
