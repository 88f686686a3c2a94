"""Facts that services announce and features above them act on, before the commit at the edge.

A lower feature emits; `server/app.py` says who listens. An event is a frozen dataclass: equal events of one
transaction are handled once. Events of a rolled-back savepoint never happened.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

Handler = Callable[[Session, Sequence[Any], datetime], None]
_QUEUE = "events"


class Handlers:
    """Which functions act on which kind of event."""

    def __init__(self) -> None:
        self._by_kind: dict[type, list[Handler]] = defaultdict(list)

    def on(self, kind: type, handler: Handler) -> None:
        self._by_kind[kind].append(handler)

    def drain(self, session: Session, now: datetime) -> None:
        """Handle all queued events, kind by kind, until handlers emit no more."""
        while queue := session.info.pop(_QUEUE, None):
            grouped: dict[type, list[Any]] = defaultdict(list)
            for event in queue:
                grouped[type(event)].append(event)
            for kind, events in grouped.items():
                for handler in self._by_kind[kind]:
                    handler(session, events, now)


def emit(session: Session, event: Any) -> None:
    session.info.setdefault(_QUEUE, {})[event] = True


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """A savepoint whose events vanish with it when it is rolled back."""
    before = dict(session.info.get(_QUEUE, {}))
    try:
        with session.begin_nested():
            yield
    except BaseException:
        session.info[_QUEUE] = before
        raise
