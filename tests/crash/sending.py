"""Phones that go on sending while what they send to is killed, and remember what was acknowledged."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock
from time import monotonic
from typing import Any
from uuid import UUID

from server import clock
from server.ids import new_id
from tests.factories import visits
from tests.factories.phone import Entry
from tests.processes import wait_until

_WITHIN_S = 120.0  # a new gunicorn may take most of a minute on a busy machine
_PAUSE = 0.05
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """A signed-in phone: whom its visits are for."""

    port: int
    cookie: str
    home: UUID
    residents: Sequence[UUID]
    device: UUID = field(default_factory=new_id)

    def visit(self, number: int) -> list[Entry]:
        pair = [self.residents[(number + offset) % len(self.residents)] for offset in range(2)]
        return visits.visit(self.home, pair, clock.now() - timedelta(hours=1 + number % 20))

    def send(self, entries: Sequence[Entry]) -> tuple[int, dict[str, str]]:
        """Status and outcomes by entry; NO_ANSWER when the connection broke."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_WITHIN_S)
        try:
            status, said = visits.post(connection, self.cookie, visits.unsent(entries, self.device))
        except (OSError, HTTPException):
            return NO_ANSWER, {}
        finally:
            connection.close()
        return status, _outcomes(said) if status == 200 else {}


def _outcomes(said: bytes) -> dict[str, str]:
    results: list[dict[str, Any]] = json.loads(said)["results"]
    return {result["id"]: result["code"] or result["outcome"] for result in results}


@dataclass(slots=True)
class Traffic:
    """What phones said so far, and what they heard: the outcome that acknowledged each entry, and how often
    an answer of which status (or none) acknowledged nothing."""

    said: list[Entry] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    unanswered: Counter[int] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)
    _enough: Event = field(default_factory=Event)

    @contextmanager
    def flowing(self, senders: Sequence[Sender]) -> Iterator[None]:
        """All of them send until the block ends, then send again what was not acknowledged yet."""
        self._enough.clear()
        with ThreadPoolExecutor(len(senders)) as pool:
            jobs = [pool.submit(self._send_on, sender) for sender in senders]
            try:
                yield
            finally:
                self._enough.set()
            for job in jobs:
                job.result()

    def said_and_heard(self, entries: Sequence[Entry]) -> None:
        """Beside the traffic a test sent these itself, and they are stored."""
        self.said += entries
        self.acknowledged |= dict.fromkeys((entry["id"] for entry in entries), "stored")

    def wait_for_more(self, count: int = 48) -> None:
        """Until so many more entries are acknowledged."""
        enough = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= enough, "entries are acknowledged", _WITHIN_S)

    def _send_on(self, sender: Sender) -> None:
        number = 0
        while not self._enough.is_set():
            entries = sender.visit(number)
            with self._lock:
                self.said += entries
            self._deliver(sender, entries)
            number += 1

    def _deliver(self, sender: Sender, entries: Sequence[Entry]) -> None:
        waiting = list(entries)
        given_up = monotonic() + _WITHIN_S
        while monotonic() < given_up:
            status, heard = sender.send(waiting)
            done = {id_: outcome for id_, outcome in heard.items() if outcome in ("stored", "duplicate")}
            if not done.keys() | {id_ for id_, outcome in heard.items() if outcome == "busy"} >= heard.keys():
                raise AssertionError(f"refused: {heard}")
            with self._lock:
                self.acknowledged |= done
                if not done:
                    self.unanswered[status] += 1
            waiting = [entry for entry in waiting if entry["id"] not in done]
            if not waiting:
                return
            self._enough.wait(_PAUSE)
        raise TimeoutError(f"not acknowledged within {_WITHIN_S:.0f} s: {self.unanswered}")
