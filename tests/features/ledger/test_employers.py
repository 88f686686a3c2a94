"""Of somebody who changes employers each manager sees and mends what was sent while being theirs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account, MembershipRow
from server.auth.roles import Role
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World
from tests.features.ledger.desk import Desk
from tests.features.sync.county import end_membership

DAY = timedelta(days=1)
LEFT, JOINED = 10 * DAY, 20 * DAY


@pytest.fixture
def old(world: World) -> Phone:
    """The doctor's phone at the old employer, with a check-in that was refused there; then the doctor leaves,
    and begins at the other county's hospital."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    assert outcomes(phone.sync()) == ["invalid"]
    end_membership(world, world.doctor, world.hospital.id, world.now + LEFT)
    world.grant(world.doctor, world.other["hospital"], Role.CLINICIAN, at=world.now + JOINED)
    return phone


def _new_manager(world: World) -> Desk:
    return Desk(world, world.other["manager"])


def _health(world: World, login: str, at: timedelta) -> dict[str, Any]:
    client = world.client(login)
    with clock.fixed(world.now + at):
        found: dict[str, Any] = client.json("/devices")
    return found


def test_a_new_employer_sees_and_mends_nothing_of_before(world: World, old: Phone) -> None:
    (row,) = Desk(world).refused()
    desk = _new_manager(world)
    assert desk.entries() == []
    assert desk.client.get(f"/ledger/{row['id']}").status_code == 404
    assert desk.repair(row["id"], now=world.now + JOINED + DAY).status_code == 404
    until = {"until": (world.now + JOINED + 2 * DAY).isoformat(), "reason": "x"}
    with clock.fixed(world.now + JOINED + DAY):
        assert desk.client.post(f"/rounds/{old.round_id}/unlock", until).status_code == 404
    payload = {**row["content"]["payload"], "method": "poster"}
    assert Desk(world).repair(row["id"], payload, now=world.now + JOINED + DAY).status_code == 200


@pytest.mark.usefixtures("old")
def test_a_new_employer_sees_what_is_sent_from_the_first_moment_on(world: World) -> None:
    sent = []
    for after in (JOINED - timedelta(milliseconds=1), JOINED):
        phone = world.phone(world.doctor, at=world.now + after)
        sent.append(phone.check_in(world.other["home"], world.other["poster"], method="postre"))
        assert outcomes(phone.send(phone.waiting, now=world.now + after).get_json()["results"]) == ["invalid"]
    desk = _new_manager(world)
    (row,) = desk.refused()
    assert row["round_id"] == str(sent[1])
    assert [each["id"] for each in Desk(world).refused()] != [row["id"]], "nor the old one what came after"
    payload = {**row["content"]["payload"], "method": "poster"}
    assert desk.repair(row["id"], payload, now=world.now + JOINED + DAY).status_code == 200


@pytest.mark.usefixtures("old")
def test_a_new_employer_hears_of_phones_since_then(world: World) -> None:
    told = _health(world, world.other["manager"], JOINED + DAY)
    assert (told["devices"], [each["name"] for each in told["never"]]) == (
        [],
        ["doctor 先生", "other-doctor 先生"],
    )
    phone = world.phone(world.doctor, at=world.now + JOINED)
    phone.send([], now=world.now + JOINED)
    told = _health(world, world.other["manager"], JOINED + DAY)
    assert [each["device_id"] for each in told["devices"]] == [str(phone.device_id)]
    assert [each["name"] for each in told["never"]] == ["other-doctor 先生"]
    assert _health(world, world.manager, JOINED + DAY) == {"devices": [], "never": []}


def test_who_comes_back_has_two_periods_and_the_time_between_is_not_theirs(world: World, old: Phone) -> None:
    world.grant(world.doctor, world.hospital, Role.CLINICIAN, at=world.now + 30 * DAY)
    world.grant(world.doctor, world.hospital, Role.CLINICIAN, at=world.now + 31 * DAY)  # changes nothing
    sent = {}
    for days in (15, 35):
        phone = world.phone(world.doctor, at=world.now + days * DAY)
        phone.check_in(world.home, world.poster, method="postre")
        phone.send(phone.waiting, now=world.now + days * DAY)
        sent[days] = str(phone.round_id)
    seen = {each["round_id"] for each in Desk(world).refused()}
    assert seen == {str(old.round_id), sent[35]}
    own = select(MembershipRow).join(Account).where(Account.login == world.doctor)
    here = own.where(MembershipRow.organisation_id == world.hospital.id).order_by(MembershipRow.began_at)
    periods = [(row.began_at - world.now, row.ended_at) for row in world.rows(here)]
    assert periods == [(timedelta(0), world.now + LEFT), (30 * DAY, None)]
