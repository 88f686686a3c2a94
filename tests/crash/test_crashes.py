"""Whatever is killed while phones send: nothing acknowledged is lost, and nothing is there twice.

The real gunicorn on databases that bring every commit to the disk. A killed process leaves what the operating
system has taken from it; that the disk itself keeps what it was given, only pulling the plug would show.
"""

import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, text

from server import clock
from server.db import db
from server.ids import new_id
from server.rounds.models import RecordVersion, Round, ServiceRecord
from server.sync.models import LedgerEntry
from tests import processes
from tests.crash.conftest import Served
from tests.crash.sending import NO_ANSWER, Sender
from tests.factories import figures, visits
from tests.factories.phone import Entry

_SENDERS = 16
_AT_MOST = 8  # kills of one kind, until one hits a request


def _kill_a_worker(served: Served) -> None:
    processes.kill(served.gunicorn.workers[0])


def _kill_gunicorn(served: Served) -> None:
    served.gunicorn.kill()
    served.gunicorn.start_again()


def _kill_postgresql(served: Served) -> None:
    assert served.server
    postmaster = served.server.postmaster
    processes.kill_family(postmaster)
    # Until init has buried it, PostgreSQL takes it for a server that runs.
    processes.wait_until(lambda: not processes.fields(postmaster), "the postmaster is gone")
    served.server.go_on()


def _stop_postgresql_at_once(served: Served) -> None:
    assert served.server
    served.server.stop_at_once()
    served.server.go_on()


@pytest.mark.parametrize("crash", [_kill_a_worker, _kill_gunicorn])
def test_gunicorn_is_killed(served: Served, crash: Callable[[Served], None]) -> None:
    _crash_in_traffic(served, crash)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("crash", [_kill_postgresql, _stop_postgresql_at_once])
def test_postgresql_is_killed(served: Served, crash: Callable[[Served], None]) -> None:
    _crash_in_traffic(served, crash)


def _crash_in_traffic(served: Served, crash: Callable[[Served], None]) -> None:
    """Until phones have noticed; then all is as if it had not been."""
    traffic = served.traffic
    before = traffic.unanswered.total()
    with traffic.flowing(served.senders):
        for _ in range(_AT_MOST):
            traffic.wait_for_more()
            crash(served)
            traffic.wait_for_more()
            if traffic.unanswered.total() > before:
                break
    assert traffic.unanswered.total() > before
    assert traffic.unanswered.keys() <= {NO_ANSWER, 503}, traffic.unanswered
    _check_all_is_kept(served)


def _check_all_is_kept(served: Served) -> None:
    """Each entry once in the ledger and once where it belongs, and the engine's windows."""
    said, world = served.traffic.said, served.world
    assert served.traffic.acknowledged.keys() == {entry["id"] for entry in said}
    ledger = world.rows(select(LedgerEntry))
    stored = Counter(row.entry_id for row in ledger if row.outcome == "stored")
    assert stored == _once(said, "check_in", "record", "check_out")
    assert {row.code for row in ledger if row.outcome != "stored"} <= {"content_differs"}
    rounds = world.rows(select(Round))
    rounds_said = _once(said, "check_in")
    assert Counter(round_.id for round_ in rounds) == rounds_said
    assert all(round_.checked_out_at for round_ in rounds)
    lines = _once(said, "check_in", "record")
    assert Counter(line.id for line in world.rows(select(ServiceRecord))) == lines
    versions = Counter((row.record_id, row.version) for row in world.rows(select(RecordVersion)))
    # Of the visit's line, which ends with its minutes; of all others the line itself is the only one.
    assert versions == {(id_, number): 1 for id_ in rounds_said for number in (1, 2)}
    world.now = clock.now()
    figures.check(world)
    if not served.server:
        with world.app.app_context():
            assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


def _once(said: list[Entry], *kinds: str) -> Counter[UUID]:
    return Counter({UUID(entry["id"]): 1 for entry in said if entry["kind"] in kinds})


def test_sixteen_identical_sends_are_all_answered_with_success(served: Served) -> None:
    sender = served.senders[0]
    entries = sender.visit(0)
    answers = _at_once(served, [entries] * _SENDERS)
    assert [status for status, _ in answers] == [200] * _SENDERS
    outcomes = Counter(outcome for _, heard in answers for outcome in heard.values())
    assert outcomes == {"stored": visits.ENTRIES, "duplicate": visits.ENTRIES * (_SENDERS - 1)}
    served.traffic.said_and_heard(entries)
    _check_all_is_kept(served)


def test_of_two_contents_under_one_id_both_are_kept_and_one_is_refused(served: Served) -> None:
    sender = served.senders[0]
    entries = sender.visit(0)
    check_out, others = entries[-1], entries[:-1]
    assert set(sender.send(others)[1].values()) == {"stored"}
    other = {**check_out, "payload": {**check_out["payload"], "note": "另有一说"}}
    answers = _at_once(served, [[check_out], [other]] * (_SENDERS // 2))
    assert [status for status, _ in answers] == [200] * _SENDERS
    outcomes = Counter(heard[check_out["id"]] for _, heard in answers)
    same = _SENDERS // 2
    assert outcomes == {"stored": 1, "duplicate": same - 1, "content_differs": same}
    kept = served.world.rows(select(LedgerEntry).where(LedgerEntry.entry_id == UUID(check_out["id"])))
    assert sorted((row.outcome, row.code) for row in kept) == [
        ("refused", "content_differs"),
        ("stored", None),
    ]
    served.traffic.said_and_heard(entries)
    _check_all_is_kept(served)


def _at_once(served: Served, batches: list[list[Entry]]) -> list[tuple[int, dict[str, str]]]:
    """Each of the batches in a connection of its own, all starting together, each from another device."""
    sender, start = served.senders[0], Barrier(len(batches))

    def send(entries: list[Entry]) -> tuple[int, dict[str, str]]:
        phone = replace(sender, device=new_id())
        start.wait()
        return phone.send(entries)

    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(send, batches))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
def test_a_request_cut_off_on_its_way_leaves_nothing(served: Served, share: float) -> None:
    sender = served.senders[0]
    entries = sender.visit(0)
    whole = visits.sent_now(visits.unsent(entries, sender.device))
    status = _send_in_part(sender, whole, round(len(whole) * share))
    assert status in (400, 422)
    ids = {UUID(entry["id"]) for entry in entries}
    assert served.world.rows(select(LedgerEntry).where(LedgerEntry.entry_id.in_(ids))) == []
    assert set(sender.send(entries)[1].values()) == {"stored"}
    served.traffic.said_and_heard(entries)


def _send_in_part(sender: Sender, body: bytes, length: int) -> int:
    """The status that answers a request of which only this much arrives."""
    connection = HTTPConnection("127.0.0.1", sender.port, timeout=60)
    headers = {**visits.HEADERS, "Cookie": sender.cookie, "Content-Length": str(len(body))}
    connection.request("POST", "/api/v1/sync", body[:length], headers)
    connection.sock.shutdown(socket.SHUT_WR)
    status = connection.getresponse().status
    connection.close()
    return status
