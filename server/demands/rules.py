"""What may become of a request, and by when it should have been answered. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """`path` is the field at fault, None where the request's state is; `limit` what the field may be."""

    code: str
    path: str | None = None
    limit: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A request so far. It is open until it is answered or withdrawn, and then stays as it is."""

    asked_at: datetime
    answered_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def settled(self) -> str | None:
        if self.withdrawn_at is not None:
            return "withdrawn"
        return None if self.answered_at is None else "answered"


def wire_instant(at: datetime) -> datetime:
    """Cut to what the wire shows: a time that somebody reads and states again is then the same time."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def answer_at(state: State, stated: datetime | None, now: datetime, *, own: bool) -> datetime | Refused:
    """When a request was answered: `now`, or what the care side (not `own`) states, between asking and now.

    Whoever is asked (`own`) has no say in the time: nobody sets her own response rate.
    """
    if state.settled:
        return Refused(state.settled)
    if stated is None:
        return max(now, state.asked_at)  # a clock that was set back makes no answer come before its question
    if own:
        return Refused("not_yours_to_state", "answered_at")
    if stated < state.asked_at:
        return Refused("before_asked", "answered_at", state.asked_at)
    if stated > now:
        return Refused("in_future", "answered_at", now)
    return stated


def strictest(limits: Iterable[int | None]) -> int | None:
    """The least of the limits promised, in minutes; None where none is."""
    return min((limit for limit in limits if limit is not None), default=None)


def limit_at(asked_at: datetime, minutes: int | None) -> datetime | None:
    """The last moment for an answer in time, inclusive."""
    return None if minutes is None else asked_at + timedelta(minutes=minutes)
