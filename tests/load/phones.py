"""Phones that send visits over HTTP: bodies are made before, threads only wait."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from time import perf_counter

from server import clock
from tests.factories import visits as making
from tests.factories.phone import Entry
from tests.load.history import DEVICE
from tests.load.measuring import Timing
from tests.load.province import Deal


@dataclass(frozen=True, slots=True)
class Phone:
    """A signed-in phone of a clinic's doctor, and the agreements that doctor serves."""

    port: int
    cookie: str
    deals: Sequence[Deal]

    def body(self, visits: int, turn: int) -> bytes:
        """A request of whole visits but for its beginning, which says when it is sent."""
        return making.unsent([entry for visit in range(visits) for entry in self._visit(turn, visit)], DEVICE)

    def _visit(self, turn: int, number: int) -> list[Entry]:
        """One request keeps to two residents of each home, so that its streams are counted at once.

        Each of the province's ten commitments but the requests of the green channel is touched.
        """
        deal = self.deals[(turn + number) % len(self.deals)]
        residents = [deal.present[4 + (turn * 2 + offset) % 20] for offset in range(2)]
        return making.visit(deal.home, residents, clock.now() - timedelta(hours=3 + number % 5))


def sign_in(port: int, deals: Sequence[Deal]) -> Phone:
    """The phone of the doctor to whom these agreements belong."""
    return Phone(port, making.sign_in(port, f"doctor{deals[0].number // 5 * 5}"), deals)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of sending: the seconds of each request, and of all together."""

    requests: Timing
    seconds: float


def send(phones: Sequence[Phone], requests: int, visits: int, at_most: float) -> Load:
    """Each phone sends its part of the requests, one after the other, all phones at once; those that have
    not begun after `at_most` seconds stay unsent."""
    bodies = [
        [phone.body(visits, number + turn) for turn in range(max(1, requests // len(phones)))]
        for number, phone in enumerate(phones)
    ]
    began = perf_counter()
    with ThreadPoolExecutor(len(phones)) as pool:
        jobs = [
            pool.submit(_send_all, phone, prepared, began + at_most)
            for phone, prepared in zip(phones, bodies, strict=True)
        ]
        times = [seconds for job in jobs for seconds in job.result()]
    return Load(Timing(tuple(sorted(times))), perf_counter() - began)


def _send_all(phone: Phone, bodies: Sequence[bytes], until: float) -> list[float]:
    connection = HTTPConnection("127.0.0.1", phone.port, timeout=60)
    seconds = []
    for body in bodies:
        began = perf_counter()
        if began > until:
            break
        status, said = making.post(connection, phone.cookie, body)
        seconds.append(perf_counter() - began)
        _check(status, body, said)
    connection.close()
    return seconds


def _check(status: int, body: bytes, said: bytes) -> None:
    """Every entry stored; counted instead of read, for the phones share the machine with the server."""
    if status != 200 or said.count(b'"outcome":"stored"') != body.count(b'"elapsed_ms"'):
        raise AssertionError(f"{status} {said[:2000].decode()}")
