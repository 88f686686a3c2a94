"""The only place that reads the machine's clock.

Everything else is told the time: requests and commands ask here once and pass the answer on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


def now() -> datetime:
    """The current instant in UTC, or the one set by `fixed`."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def fixed(at: datetime) -> Iterator[datetime]:
    """Stop the clock at `at` (aware): commands with --now, and tests."""
    if at.tzinfo is None:
        raise ValueError("the time needs a zone")
    token = _fixed.set(at.astimezone(UTC))
    try:
        yield at
    finally:
        _fixed.reset(token)


def local_day(at: datetime, timezone: str) -> date:
    """The calendar day of an instant where the care is given."""
    return at.astimezone(ZoneInfo(timezone)).date()


def today(timezone: str = "Asia/Shanghai") -> date:
    return local_day(now(), timezone)
