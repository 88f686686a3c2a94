"""Team rounds: a second clinician joins the first one's round, records in it, and confirms nothing of it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.rounds.models import Participant, ServiceRecord
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World

PRESSURE = {"sbp": 138, "dbp": 82}


@pytest.fixture
def nurse(world: World) -> str:
    return world.person("nurse", world.hospital, Role.CLINICIAN)


def _begun(world: World, *, sent: bool = True) -> Phone:
    """The first clinician's phone in a round, with a pressure recorded."""
    first = world.phone(world.doctor)
    first.check_in(world.home, world.poster)
    first.record("blood_pressure", world.ada, PRESSURE)
    if sent:
        assert outcomes(first.sync()) == ["stored", "stored"]
    return first


def _rows_of(phone: Phone, name: str, cursor: str | None = None) -> tuple[list[Any], str]:
    page = phone.pull(cursor)
    return page[name], page["cursor"]


def test_both_record_and_both_phones_hold_the_round(world: World, nurse: str) -> None:
    first = _begun(world)
    second = world.phone(nurse, at=first.clock)
    before, cursor = _rows_of(second, "rounds")
    assert before == []
    second.join(world.home, first)
    line = second.record("blood_pressure", world.ben, PRESSURE)
    assert outcomes(second.sync()) == ["stored", "stored"]
    second.clock += timedelta(minutes=1)
    page = second.pull(cursor)
    (round_,) = page["rounds"]
    assert round_["clinician"]["name"] == "doctor 先生"
    (joined,) = round_["participants"]
    assert (joined["name"], joined["grade"], joined["grade_reasons"]) == (
        *("nurse 先生", "C"),
        ["joined_inside_fence"],
    )
    performers = {each["subject_name"]: each["performer"]["name"] for each in page["lines"]}
    assert performers == {None: "doctor 先生", "王秀英": "doctor 先生", "李建国": "nurse 先生"}
    first.clock = second.clock
    mine = first.pull()
    assert str(line) in {each["id"] for each in mine["lines"]}
    assert mine["rounds"][0]["participants"] == round_["participants"]
    assert [entry.tag for entry in world.trail("round.joined", first.round_id)] == ["round.joined"]


def test_nobody_who_takes_part_confirms(world: World, nurse: str) -> None:
    first = _begun(world)
    world.grant(nurse, world.home, Role.CARE_STAFF)
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first)
    second.confirm(first.round_id, {first.round_id: 1})
    assert outcomes(second.sync()) == ["stored", "own_round"]
    second.waiting = []
    second.confirm(first.round_id, {first.round_id: 1})
    assert outcomes(second.sync()) == ["own_round"], "nor later"


def test_each_is_judged_by_their_own_certificate(world: World) -> None:
    uncertified = world.person("trainee", world.hospital, Role.CLINICIAN, certified=None)
    first = _begun(world)
    second = world.phone(uncertified, at=first.clock)
    second.join(world.home, first)
    line = second.record("blood_pressure", world.ben, PRESSURE)
    second.sync()
    verdicts = {row.id: row.not_counted for row in world.rows(select(ServiceRecord))}
    assert verdicts.pop(line) == "no_certificate"
    assert set(verdicts.values()) == {None}
    with clock.fixed(world.now + timedelta(hours=1)):
        admin = world.client(world.person("admin", world.hospital, Role.MANAGER))
        (account,) = world.rows(select(ServiceRecord.performer_id).where(ServiceRecord.id == line))
        body = {"number": "1", "category": "nurse", "valid_from": "2026-01-01", "valid_until": "2027-01-01"}
        assert admin.post(f"/accounts/{account}/certificate", body).status_code == 200
    assert {row.not_counted for row in world.rows(select(ServiceRecord))} == {None}


def test_a_certificate_of_the_first_says_nothing_of_the_seconds_lines(world: World, nurse: str) -> None:
    first = _begun(world)
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first)
    line = second.record("blood_pressure", world.ben, PRESSURE)
    second.sync()
    with world.work() as session:
        row = session.get_one(ServiceRecord, line)
        row.not_counted = "certificate_expired"
    assert date(2026, 5, 12) == world.now.date()
    with clock.fixed(world.now + timedelta(hours=1)):
        admin = world.client(world.person("admin", world.hospital, Role.MANAGER))
        (account,) = world.rows(select(ServiceRecord.performer_id).where(ServiceRecord.id == first.round_id))
        body = {"number": "2", "category": "nurse", "valid_from": "2026-01-01", "valid_until": "2027-01-01"}
        assert admin.post(f"/accounts/{account}/certificate", body).status_code == 200
    (row,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == line))
    assert row.not_counted == "certificate_expired"


def test_what_arrives_before_the_check_in_is_taken_after_it(world: World, nurse: str) -> None:
    first = _begun(world, sent=False)
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first)
    second.record("blood_pressure", world.ben, PRESSURE)
    assert outcomes(second.sync()) == ["unknown_round", "unknown_round"]
    assert outcomes(first.sync()) == ["stored", "stored"]
    assert outcomes(second.sync()) == ["stored", "stored"]


def test_who_joined_may_go_on_for_a_while_after_the_check_out(world: World, nurse: str) -> None:
    first = _begun(world)
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first)
    first.check_out(world.home)
    first.sync()
    second.clock = first.clock + timedelta(hours=1)
    second.record("blood_pressure", world.ben, PRESSURE)
    second.clock += timedelta(hours=1)
    second.record("blood_pressure", world.ben, PRESSURE)
    assert outcomes(second.sync()) == ["stored", "stored", "round_closed"]


def test_who_may_not_join(world: World, nurse: str) -> None:
    first = _begun(world)
    first.join(world.home, first)
    assert outcomes(first.sync()) == ["already_checked_in"]
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first)
    second.join(world.home, first)
    assert outcomes(second.sync()) == ["stored", "already_checked_in"]
    rival = world.organisation(OrganisationKind.MEDICAL, "另一医院")
    world.agree(rival, number="签-2")
    stranger = world.phone(world.person("stranger", rival, Role.CLINICIAN), at=first.clock)
    stranger.join(world.home, first)
    stranger.record("blood_pressure", world.ben, PRESSURE)
    assert outcomes(stranger.sync()) == ["unknown_round", "unknown_round"]
    bystander = world.phone(world.person("bystander", world.hospital, Role.CLINICIAN), at=first.clock)
    bystander.round_id = first.round_id
    bystander.record("blood_pressure", world.ben, PRESSURE)
    assert outcomes(bystander.sync()) == ["not_yours"]
    assert len(world.rows(select(Participant))) == 1


def test_who_joins_from_afar_is_graded_so(world: World, nurse: str) -> None:
    first = _begun(world)
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first, token="AQ", position=None, position_problem="denied")
    assert outcomes(second.sync()) == ["stored"]
    (row,) = world.rows(select(Participant))
    assert (row.grade, row.grade_reasons) == ("D", ["round_code_unreadable", "no_fix"])
    assert isinstance(row.round_id, UUID)
