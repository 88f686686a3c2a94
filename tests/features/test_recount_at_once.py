"""Those who count and those who change what is counted, at the same time: real connections, real commits."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.db import begin_write, db
from server.fulfilment import adapter, service
from server.fulfilment.models import CommitmentWindow, StaleStream
from server.ids import new_id
from server.residents.service import NewResident, move_in
from server.rollups import service as rollups
from server.rollups.models import StaleAgreement
from server.rollups.rules import pooled
from tests.factories.figures import check, drained
from tests.factories.phone import Phone
from tests.factories.world import World

READING = {"sbp": 138, "dbp": 82}


only_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@contextmanager
def _beside(task: Callable[[], None]) -> Iterator[Thread]:
    """The task runs in a thread of its own, on a connection of its own; joined at the end."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            task()
        except BaseException as error:
            failed.append(error)
            raise

    thread = Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(30)
    assert not thread.is_alive()
    assert failed == []


@only_postgresql
def test_a_mark_made_while_another_drains_is_not_lost(real_world: World) -> None:
    """A drain has read its marks and the facts; only then does somebody change a fact and mark its stream."""
    world = real_world
    reached, may_mark = Event(), Event()

    def move_out_beside() -> None:
        assert may_mark.wait(20)
        reached.set()
        with clock.fixed(world.now):
            world.move_out(world.ben, world.now.date() - timedelta(days=40))

    with world.work() as session:
        promises = adapter.promises(session, world.agreement.id)
        streams = set(service.streams_of(session, promises))
        service.mark(session, streams, world.now)
    monkey = pytest.MonkeyPatch()
    monkey.setattr(service, "AT_ONCE", 0)
    try:
        with _beside(move_out_beside) as thread, world.app.app_context():
            begin_write(db.session())
            assert service.drain(db.session(), world.now) == 3
            may_mark.set()
            assert reached.wait(20)
            thread.join(0.5)
            assert thread.is_alive(), "whoever marks waits for the drain to end"
            world.app.finish()
    finally:
        monkey.undo()
    assert {row.subject_id for row in world.rows(select(StaleStream))} == {world.ben.id}
    assert drained(world) == 1
    check(world)


@only_postgresql
def test_two_writers_of_one_window_leave_the_right_sum(real_world: World) -> None:
    world = real_world
    with clock.fixed(world.now):
        phones = [world.phone(world.doctor) for _ in range(4)]
    people = [world.ada, world.ben, world.ada, world.ben]
    for days, (phone, resident) in enumerate(zip(phones, people, strict=True)):
        phone.clock -= timedelta(days=days * 15)
        phone.check_in(world.home, world.poster)
        phone.record("blood_pressure", resident, READING)

    def sending(phone: Phone) -> Callable[[], None]:
        def send() -> None:
            assert [each["outcome"] for each in phone.sync(now=world.now + timedelta(hours=1))] == [
                "stored"
            ] * 2

        return send

    with ExitStack() as senders:
        for phone in phones:
            senders.enter_context(_beside(sending(phone)))
    check(world)
    quarter = select(CommitmentWindow).where(
        CommitmentWindow.commitment_id == world.commitment_id("bp"),
        CommitmentWindow.start == date(2026, 4, 1),
    )
    (sums,) = world.rows(quarter)
    assert (sums.reported, sums.subjects) == (3, 2)  # the fourth was in the quarter before


@only_postgresql
def test_an_amendment_is_counted_for_who_moves_in_while_it_is_signed(real_world: World) -> None:
    """The move-in is not committed yet and counts by the old terms: the signature waits, and counts again."""
    world = real_world
    path = f"/agreements/{world.agreement.id}/amendments"
    term = {"commitment_id": str(world.commitment_id("bp")), "from": "2026-07-01", "count": 9}
    with clock.fixed(world.now):
        given = {"given_on": "2026-05-12", "terms": [term]}
        made = world.client(world.manager).post(path, given)
        assert made.status_code == 201, made.text
        home = world.client(world.home_manager)

    def sign() -> None:
        with clock.fixed(world.now):
            signed = home.post(f"{path}/{made.get_json()['id']}/actions", {"action": "sign"})
        assert signed.status_code == 200, signed.text

    newcomer = NewResident("张三", "female", date(1940, 1, 1), "9-9", date(2026, 5, 1))
    with clock.fixed(world.now), ExitStack() as signing, world.work() as session:
        move_in(session, None, world.home.id, newcomer, world.app.keyring, world.now)
        thread = signing.enter_context(_beside(sign))
        thread.join(1)
        assert thread.is_alive(), "whoever signs waits for the move-in to end"
    check(world)


def _rolled_up(world: World, now: datetime) -> int:
    """Make what is stale again; how many rows differed even then."""
    with clock.fixed(now), world.work() as session:
        while rollups.refresh_stale(session, now):
            pass
        return rollups.refresh(session, [world.agreement.id], now)


@contextmanager
def _rolling_up(world: World, now: datetime) -> Iterator[Event]:
    """Another worker has read what the roll-ups are made of, and writes them once the event is set."""
    read, may_write = Event(), Event()

    def after_a_while(delivered: Any) -> Any:
        if not read.is_set():
            read.set()
            assert may_write.wait(20)
        return pooled(delivered)

    def roll_up() -> None:
        with clock.fixed(now), world.work() as session:
            rollups.refresh_stale(session, now)

    with pytest.MonkeyPatch.context() as monkey:
        monkey.setattr(rollups, "pooled", after_a_while)
        with _beside(roll_up):
            try:
                assert read.wait(20)
                yield may_write
            finally:
                may_write.set()


def _staff_with_a_round(world: World, at: datetime) -> Phone:
    """The staff's phone, about to confirm a round."""
    with clock.fixed(world.now):
        phone, lines = world.visit(at=at)
        staff = Phone(world.client(world.staff), new_id(), world.now)
    staff.confirm(phone.round_id, {lines["round"]: 2})
    return staff


@only_postgresql
def test_a_phone_does_not_wait_for_a_roll_up_and_its_change_is_not_lost(real_world: World) -> None:
    world = real_world
    staff = _staff_with_a_round(world, world.now - timedelta(days=14))

    def confirm() -> None:
        assert [each["outcome"] for each in staff.sync(now=world.now)] == ["stored"]

    with _rolling_up(world, world.now), _beside(confirm) as sending:
        sending.join(15)
        assert not sending.is_alive()
    assert [row.agreement_id for row in world.rows(select(StaleAgreement))] == [world.agreement.id]
    assert _rolled_up(world, world.now) == 0


@only_postgresql
def test_of_two_who_roll_up_neither_writes_older_figures_over_newer(real_world: World) -> None:
    """A week came due. One has read its windows; then its round is confirmed, and another rolls up too."""
    world = real_world
    staff = _staff_with_a_round(world, world.now - timedelta(days=1))
    assert _rolled_up(world, world.now) == 0
    later = world.now + timedelta(days=7)

    def roll_up() -> None:
        with clock.fixed(later), world.work() as session:
            rollups.refresh_stale(session, later)

    with _rolling_up(world, later) as may_write:
        assert [each["outcome"] for each in staff.sync(now=world.now)] == ["stored"]
        with _beside(roll_up) as other:
            other.join(1)
            may_write.set()
    assert _rolled_up(world, later) == 0
