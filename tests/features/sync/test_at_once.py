"""Senders and readers at the same time: real threads, real connections, real commits."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.confirmation.models import ConfirmationAct
from server.db import begin_write, db
from server.ids import new_id
from server.kiosks.models import Kiosk as KioskRow, KioskUse
from server.organisations.models import InstitutionRevision
from server.residents.models import Resident
from server.rounds.events import FollowedRecorded
from server.rounds.models import Round, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.client import Client
from tests.factories.kiosk import Kiosk, enrolled, invite
from tests.factories.phone import Entry, Phone, outcomes
from tests.factories.world import World
from tests.features.sync.county import counts, served_home

SENDERS = 16


def _at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all of them in threads that start together; their results, in order."""
    results: list[Any] = [None] * len(tasks)
    start = Barrier(len(tasks))

    def run(number: int) -> None:
        start.wait()
        results[number] = tasks[number]()

    threads = [Thread(target=run, args=(number,)) for number in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _sending(phone: Phone, entries: list[dict[str, Any]]) -> Callable[[], list[str]]:
    def send() -> list[str]:
        response = phone.send(entries, now=phone.clock + timedelta(hours=1))
        return outcomes(response.get_json()["results"]) if response.status_code == 200 else [response.text]

    return send


@pytest.fixture(scope="module")
def clients(real_world: World) -> list[Client]:
    """Browsers of the doctor, each with a session of its own."""
    return [real_world.client(real_world.doctor) for _ in range(SENDERS)]


def _all_send(clients: Sequence[Client], phone: Phone, batches: Sequence[list[Entry]]) -> list[list[str]]:
    """Each of the batches at once, each from another device."""
    senders = [Phone(client, new_id(), phone.clock) for client in clients]
    return _at_once([_sending(sender, batch) for sender, batch in zip(senders, batches, strict=True)])


def _of_round(world: World, phone: Phone) -> tuple[list[Round], list[ServiceRecord]]:
    return (
        world.rows(select(Round).where(Round.id == phone.round_id)),
        world.rows(select(ServiceRecord).where(ServiceRecord.round_id == phone.round_id)),
    )


def _kept(world: World, entries: Sequence[Entry]) -> list[LedgerEntry]:
    ids = {UUID(entry["id"]) for entry in entries}
    return world.rows(select(LedgerEntry).where(LedgerEntry.entry_id.in_(ids)))


def _revision(world: World) -> int:
    counter = select(InstitutionRevision).where(InstitutionRevision.institution_id == world.home.id)
    return int(world.rows(counter)[0].value)


def test_sixteen_identical_sends_store_one_and_call_the_rest_duplicates(
    real_world: World, clients: list[Client]
) -> None:
    world = real_world
    phone = Phone(clients[0], new_id(), world.now)
    before, cursor = _revision(world), phone.pull()["cursor"]
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.check_out(world.home)
    batch = phone.waiting
    answers = _all_send(clients, phone, [batch] * SENDERS)
    assert sorted(answers) == [["duplicate"] * 3] * (SENDERS - 1) + [["stored"] * 3]
    rounds, lines = _of_round(world, phone)
    assert (len(rounds), len(lines), len(_kept(world, batch))) == (1, 2, 3)
    assert before < rounds[0].revision <= _revision(world)
    page = phone.pull(cursor, now=phone.clock + timedelta(hours=2))
    assert [row["id"] for row in page["rounds"]] == [str(phone.round_id)]
    assert {row["id"] for row in page["lines"]} == {str(line.id) for line in lines}


def test_sixteen_identical_refusals_are_kept_once(real_world: World, clients: list[Client]) -> None:
    """Nothing is locked for an entry without a round: only the ledger's index tells them apart."""
    world = real_world
    phone = world.phone(world.doctor)
    phone.round_id = new_id()
    phone.say("note", {"text": "一"})
    phone.say("note", {"text": 2})
    batch = phone.waiting
    answers = _all_send(clients, phone, [batch] * SENDERS)
    assert answers == [["unknown_round", "invalid"]] * SENDERS
    assert len(_kept(world, batch)) == 2


def test_one_id_with_sixteen_contents_is_stored_once(real_world: World, clients: list[Client]) -> None:
    world = real_world
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.sync()
    id_ = str(phone.say("note", {"text": "0"}))
    for number in range(1, SENDERS):
        phone.say("note", {"text": str(number)}, id=id_)
    answers = _all_send(clients, phone, [[entry] for entry in phone.waiting])
    assert sorted(answers) == [["content_differs"]] * (SENDERS - 1) + [["stored"]]
    assert sorted(row.outcome for row in _kept(world, phone.waiting)) == ["refused"] * (SENDERS - 1) + [
        "stored"
    ]


def test_a_correction_and_a_confirmation_at_once_leave_one_truth(real_world: World) -> None:
    world = real_world
    phone, ids = world.visit(readings=[world.ada])
    staff = world.phone(world.staff, at=phone.clock)
    phone.amend(ids["王秀英"], 1, {"sbp": 140, "dbp": 82})
    staff.confirm(ids["round"], {ids["王秀英"]: 1})
    amended, confirmed = _at_once([_sending(phone, phone.waiting), _sending(staff, staff.waiting)])
    (line,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == ids["王秀英"]))
    assert amended == ["stored"]
    assert confirmed in (["stored"], ["stale_version"])
    assert (line.state, line.version) == ("pending", 2)
    acts = world.rows(select(ConfirmationAct).where(ConfirmationAct.record_id == line.id))
    assert len(acts) == (1 if confirmed == ["stored"] else 0)


def test_a_commit_that_comes_late_is_not_skipped_by_the_cursor(real_world: World) -> None:
    """The writer began before the reader's page and commits after it."""
    world = real_world
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    with world.app.app_context():
        session = db.session()
        begin_write(session)
        session.get_one(Resident, world.ada.id).bed = "205-2"
        session.flush()  # its revision is given, and nobody may see it yet
        during = _at_once([lambda: phone.pull(cursor)])[0]
        session.commit()
    assert during["residents"] == []
    after = phone.pull(during["cursor"])
    assert [(row["id"], row["bed"]) for row in after["residents"]] == [(str(world.ada.id), "205-2")]


def test_a_reader_among_writers_misses_nothing(real_world: World, clients: list[Client]) -> None:
    """Eight phones write while one reads on from cursor to cursor: in the end it holds every round."""
    world = real_world
    writers = [Phone(client, new_id(), world.now) for client in clients[:8]]
    for phone in writers:
        phone.check_in(world.home, world.poster)
        phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    reader = world.phone(world.staff)
    held: dict[str, set[str]] = {"rounds": set(), "lines": set()}
    cursor = reader.pull()["cursor"]

    def read_on() -> None:
        nonlocal cursor
        for _ in range(12):
            page = reader.pull(cursor)
            cursor = page["cursor"]
            for name, ids in held.items():
                ids |= {row["id"] for row in page[name]}

    answers = _at_once([read_on, *(_sending(phone, phone.waiting) for phone in writers)])
    assert answers[1:] == [["stored", "stored"]] * 8
    read_on()
    assert held["rounds"] == {str(phone.round_id) for phone in writers}
    assert len(held["lines"]) == 16


def test_a_check_in_that_comes_while_a_batch_waits_for_its_locks(
    real_world: World, clients: list[Client]
) -> None:
    """Unknown when the batch locked what it touches, its round is there when the batch is judged."""
    world = real_world
    with clock.fixed(world.now):
        other = served_home(world, "候锁院")
    phone = Phone(clients[0], new_id(), world.now)
    phone.check_in(world.home, world.poster)
    assert outcomes(phone.sync()) == ["stored"]
    phone.say("note", {"text": "一"})
    second = Phone(clients[1], new_id(), phone.clock)
    second.check_in(other, None)
    phone.round_id = second.round_id
    phone.say("note", {"text": "二"})
    answers: list[list[str]] = []
    sending = Thread(target=lambda: answers.append(_sending(phone, phone.waiting)()))
    with world.app.app_context():
        counter = select(InstitutionRevision).where(InstitutionRevision.institution_id == world.home.id)
        db.session.execute(counter.with_for_update())
        waits = db.engine.dialect.name == "postgresql"  # SQLite has no locks of rows: it goes first there
        sending.start()
        sending.join(1)
        assert sending.is_alive() == waits
        assert _at_once([_sending(second, second.waiting)]) == [["stored"]]
        db.session.rollback()
    sending.join()
    assert answers == [["stored", "stored" if waits else "unknown_round"]]


class BrokenError(Exception):
    """What an effect fails with in the test below."""


def test_a_request_that_fails_in_the_middle_leaves_nothing(real_world: World) -> None:
    world = real_world
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 188, "dbp": 82})
    before, revision = counts(world), _revision(world)
    working = False

    def effect(_session: Session, _events: Sequence[FollowedRecorded], _now: object) -> None:
        if not working:
            raise BrokenError

    world.app.handlers.on(FollowedRecorded, effect)
    response = phone.send(phone.waiting)
    assert (response.status_code, response.get_json()["error"]["code"]) == (500, "internal")
    assert (counts(world), _revision(world)) == (before, revision)
    working = True
    assert outcomes(phone.sync()) == ["stored", "stored"]


def _answer(phone: Phone, entries: list[Entry]) -> dict[str, Any]:
    result: dict[str, Any] = phone.send(entries).get_json()["results"][0]
    return result


@pytest.mark.parametrize("homes", [1, 2])
def test_of_rounds_with_one_code_at_once_exactly_one_is_first(
    real_world: World, clients: list[Client], homes: int
) -> None:
    """In one institution its lock lines them up; across two only the database's key does."""
    world = real_world
    kiosk = enrolled(world)
    places = [world.home]
    with clock.fixed(world.now):
        if homes == 2:
            places.append(served_home(world, "同码院"))
        phone = world.phone(world.doctor)
    batches = []
    for number in range(8):
        phone.clock, phone.waiting = world.now, []
        token = kiosk.token(world.now + timedelta(minutes=1))
        phone.check_in(places[number % homes], None, method="rotating", token=token, reason=None)
        batches.append(list(phone.waiting))
    senders = [Phone(client, new_id(), phone.clock) for client in clients[:8]]
    answers = _at_once([partial(_answer, *pair) for pair in zip(senders, batches, strict=True)])
    assert [answer["outcome"] for answer in answers] == ["stored"] * 8
    first = [each for each in answers if "code_used_before" not in each["record"]["grade_reasons"]]
    assert len(first) == 1
    (use,) = world.rows(select(KioskUse).where(KioskUse.kiosk_id == kiosk.id))
    assert str(use.round_id) == first[0]["record"]["round_id"]
    again = _answer(senders[0], batches[0])
    assert (again["outcome"], again["record"]) == ("duplicate", answers[0]["record"])


def test_of_devices_that_type_one_code_at_once_one_becomes_the_kiosk(real_world: World) -> None:
    world = real_world
    code = invite(world, world.now)
    devices = [Kiosk(world.client()) for _ in range(8)]

    def enrol(device: Kiosk) -> int:
        with clock.fixed(world.now):
            return device.enrol(code).status_code

    assert sorted(_at_once([partial(enrol, device) for device in devices])) == [201] + [422] * 7
    (own,) = [device for device in devices if device.id.int]
    listed = world.rows(select(KioskRow).where(KioskRow.id == own.id))
    assert [row.public_key for row in listed] == [own.key.public_jwk()]
