"""Raw coordinates: kept apart, for refused entries too, and for 90 days only."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from server.checkin.rules import Fix
from server.jobs.forgetting import forget
from server.ledger.service import forget_sealed
from server.rounds.models import Position, Round
from server.rounds.positions import position_of
from server.sync.models import LedgerEntry
from tests.factories.phone import fix, outcomes
from tests.factories.sealer import Sealer, account_of
from tests.factories.world import World

DAY = timedelta(days=1)


def _positions(world: World) -> list[Position]:
    return world.rows(select(Position).order_by(Position.received_at))


def test_a_refused_check_in_and_what_depended_on_it_keep_their_places(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.other["home"], world.other["poster"])
    phone.check_out(world.home)
    entries = list(phone.waiting)
    assert outcomes(phone.sync()) == ["out_of_scope", "unknown_round"]
    assert outcomes(phone.send(entries).get_json()["results"]) == ["out_of_scope", "unknown_round"]
    rows = world.rows(select(LedgerEntry).order_by(LedgerEntry.id))
    assert [row.entry_id for row in rows] == [UUID(entry["id"]) for entry in entries]
    assert [(one.entry_id, one.round_id) for one in _positions(world)] == [(row.id, None) for row in rows]
    there = fix(world.other["home"])
    with world.work() as session:
        found = position_of(session, rows[0].id)
    assert found == Fix(there["latitude"], there["longitude"], there["accuracy_m"])


def test_an_entry_that_is_refused_and_then_taken_keeps_its_place_by_its_own_id(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.check_out(world.home)
    check_in, check_out = phone.waiting
    assert outcomes(phone.send([check_out]).get_json()["results"]) == ["unknown_round"]
    assert outcomes(phone.send([check_in, check_out]).get_json()["results"]) == ["stored", "stored"]
    of_round = {one.entry_id for one in _positions(world) if one.round_id}
    assert of_round == {UUID(check_in["id"]), UUID(check_out["id"])}


def test_entries_without_a_place_leave_none(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.other["home"], None, position=None)
    phone.say("note", {"text": "无"})
    assert outcomes(phone.sync()) == ["out_of_scope", "unknown_round"]
    assert _positions(world) == []


def test_after_90_days_the_coordinates_go_and_what_was_drawn_from_them_stays(world: World) -> None:
    phone, _ = world.visit()
    refused = world.phone(world.doctor, at=world.now + DAY)
    refused.check_in(world.other["home"], world.other["poster"])
    refused.sync()
    (arrived, *_) = {one.received_at for one in _positions(world) if one.round_id}
    for later, left in ((90 * DAY, 3), (90 * DAY + timedelta(seconds=1), 1), (92 * DAY, 0)):
        with world.work() as session:
            forget(session, arrived + later)
        assert len(_positions(world)) == left
    (row,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert (row.distance_m, row.accuracy_m, row.out_distance_m, row.grade) == (44, 12, 44, "C")


def test_no_coordinates_are_kept_where_no_position_belongs(world: World) -> None:
    """Nobody could take them out of the ledger after 90 days."""
    phone, there = world.phone(world.doctor), fix(world.home)
    phone.check_in(world.home, world.poster, positions=[there])
    phone.check_in(world.home, world.poster)
    phone.waiting[-1]["position"] = there
    phone.say("note", {"text": "x"})
    phone.waiting[-1]["payload"] = [{"position": there}]
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82, "at": there})
    assert outcomes(phone.sync()) == ["invalid", "invalid", "invalid", "unknown_round"]
    rows = world.rows(select(LedgerEntry))
    assert len(rows) == 4
    for row in rows:
        assert str(there["latitude"]) not in row.content
        assert str(there["longitude"]) not in row.content
        assert '"latitude":"not kept"' in row.content


def test_a_box_that_could_not_be_opened_is_kept_for_90_days(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    sealed = Sealer(world.app.keyring, account_of(world, world.doctor)).seal(phone.waiting[0])
    sealed["sealed"]["key"] = "00000000"
    assert outcomes(phone.send([sealed]).get_json()["results"]) == ["unreadable_seal"]
    (came,) = world.rows(select(LedgerEntry))
    for later, forgotten in ((90 * DAY, 0), (90 * DAY + timedelta(seconds=1), 1), (91 * DAY, 0)):
        with world.work() as session:
            assert forget_sealed(session, came.received_at + later) == {"seals": forgotten}
    (row,) = world.rows(select(LedgerEntry))
    assert sealed["sealed"]["box"] in came.content
    assert (row.content, row.content_hash, row.code) == ("null", came.content_hash, "unreadable_seal")
    (shown,) = world.client(world.manager).json("/ledger")["entries"]
    assert (shown["content"], shown["entry_id"]) == (None, sealed["id"])
