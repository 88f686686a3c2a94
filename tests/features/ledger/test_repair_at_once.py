"""Managers mend at the same time as each other, and as the phone sends again: one record, one effect."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.rounds.models import RecordVersion, Round, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.client import Client
from tests.factories.phone import Entry, Phone, outcomes
from tests.factories.world import World
from tests.features.ledger.desk import Desk, error
from tests.features.sync.test_at_once import _at_once as at_once

MENDERS = 6
READING = {"sbp": 138, "dbp": 82}


@pytest.fixture(scope="module")
def managers(real_world: World) -> list[Client]:
    return [real_world.client(real_world.manager) for _ in range(MENDERS)]


def _mending(client: Client, row: dict[str, Any], payload: Any, now: datetime) -> Callable[[], str]:
    def mend() -> str:
        with clock.fixed(now):
            answer = client.post(f"/ledger/{row['id']}/repair", {"payload": payload} if payload else {})
        return "mended" if answer.status_code == 200 else error(answer)

    return mend


def _sending(phone: Phone, entries: Sequence[Entry], now: datetime) -> Callable[[], list[str]]:
    def send() -> list[str]:
        answer = phone.send(list(entries), now=now)
        return outcomes(answer.get_json()["results"]) if answer.status_code == 200 else [error(answer)]

    return send


def _refused(world: World, entry: Entry) -> dict[str, Any]:
    (row,) = [each for each in Desk(world).refused() if each["entry_id"] == entry["id"]]
    return row


def _misspelt(world: World) -> tuple[Phone, list[Entry], dict[str, Any], dict[str, Any]]:
    """A round refused for its check-in; the row of that, and what mends it."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    phone.record("blood_pressure", world.ada, READING)
    sent = list(phone.waiting)
    assert outcomes(phone.sync()) == ["invalid", "unknown_round"]
    row = _refused(world, sent[0])
    return phone, sent, row, {**row["content"]["payload"], "method": "poster"}


def _one_of_each(world: World, phone: Phone, sent: Sequence[Entry]) -> None:
    """One round, one line, the visit's only version, and each entry stored once."""
    assert len(world.rows(select(Round).where(Round.id == phone.round_id))) == 1
    lines = world.rows(select(ServiceRecord.id).where(ServiceRecord.round_id == phone.round_id))
    assert sorted(lines) == sorted([phone.round_id, UUID(sent[1]["id"])])
    assert len(world.rows(select(RecordVersion.entry_id).where(RecordVersion.record_id.in_(lines)))) == 1
    ids = {UUID(entry["id"]) for entry in sent}
    stored = LedgerEntry.entry_id.in_(ids), LedgerEntry.outcome == "stored"
    assert sorted(world.rows(select(LedgerEntry.entry_id).where(*stored))) == sorted(ids)
    (noted,) = world.trail("record.stored", phone.round_id)
    assert noted.details == {"records": {sent[1]["id"]: "blood_pressure"}}


def test_of_managers_who_mend_one_entry_at_once_one_does(real_world: World, managers: list[Client]) -> None:
    world = real_world
    phone, sent, row, payload = _misspelt(world)
    now = phone.clock + timedelta(hours=1)
    answers = at_once([_mending(manager, row, payload, now) for manager in managers])
    assert sorted(answers) == ["mended"] + ["not_refused"] * (MENDERS - 1)
    _one_of_each(world, phone, sent)
    assert len(world.trail("entry.repaired", row["id"])) == 1


def test_mending_beside_the_phone_that_sends_the_same_again(
    real_world: World, managers: list[Client]
) -> None:
    """The phone's own content is refused still, or answered as taken: never stored beside the mended one."""
    world = real_world
    phone, sent, row, payload = _misspelt(world)
    now = phone.clock + timedelta(hours=1)
    tasks: list[Callable[[], Any]] = [_mending(manager, row, payload, now) for manager in managers[:3]]
    tasks += [_sending(phone, sent, now) for _ in range(3)]
    answers = at_once(tasks)
    assert sorted(answers[:3]) == ["mended", "not_refused", "not_refused"]
    for heard in answers[3:]:
        assert heard in (["invalid", "unknown_round"], ["duplicate", "duplicate"], ["duplicate", "stored"])
    _one_of_each(world, phone, sent)
    assert _sending(phone, sent, now)() == ["duplicate", "duplicate"]


def test_judging_anew_beside_the_phone_that_sends_the_same_again(
    real_world: World, managers: list[Client]
) -> None:
    """What waited for its check-in may be taken by either, once."""
    world = real_world
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, READING)
    sent = list(phone.waiting)
    assert outcomes(phone.send(sent[1:]).get_json()["results"]) == ["unknown_round"]
    assert outcomes(phone.send(sent[:1]).get_json()["results"]) == ["stored"]
    row, now = _refused(world, sent[1]), phone.clock + timedelta(hours=1)
    tasks: list[Callable[[], Any]] = [_mending(manager, row, None, now) for manager in managers[:3]]
    tasks += [_sending(phone, sent[1:], now) for _ in range(3)]
    answers = at_once(tasks)
    assert set(answers[:3]) <= {"mended", "not_refused"}
    assert answers[:3].count("mended") + answers[3:].count(["stored"]) == 1
    assert all(heard in (["stored"], ["duplicate"]) for heard in answers[3:])
    _one_of_each(world, phone, sent)
