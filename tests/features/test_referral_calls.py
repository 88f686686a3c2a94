"""A referral and the call on demand that it is: one of them, whichever came first, and whose clock runs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server import clock
from server.ids import new_id
from server.referrals.models import Referral
from tests.factories.world import NOW, World
from tests.features.test_referrals import GREEN, MINUTE, Wards, wards

__all__ = ["wards"]


def test_confirmed_by_staff_it_is_one_call_on_demand(wards: Wards) -> None:
    referral = wards.request()
    assert wards.demands() == []
    wards.confirm(referral)
    (call,) = wards.demands()
    assert (call.id, call.medical_id, call.answered_at) == (referral, wards.world.hospital.id, None)
    wards.nurse.clock = wards.doctor.clock + 8 * MINUTE
    wards.step(wards.nurse, "referral_accept", referral, reason=None)
    wards.sync(wards.nurse)
    (call,) = wards.demands()
    assert call.answered_at is not None
    assert call.answered_at > call.asked_at
    (row,) = wards.world.rows(select(Referral))
    assert (row.demand_id, row.answered_at) == (call.id, call.answered_at)
    client = wards.world.client(wards.world.manager)
    with clock.fixed(NOW + timedelta(days=1)):
        page = client.json(f"/agreements/{wards.agreement.id}")
    (green,) = page["commitments"]
    assert green["demand"] == {"requests": 1, "open_requests": 0, "due": 1, "met": 1}


def test_disputed_it_counts_no_more(wards: Wards) -> None:
    referral = wards.request()
    wards.confirm(referral)
    wards.staff.dispute(wards.doctor.round_id, {referral: 1}, "not_done")
    wards.sync(wards.staff)
    assert wards.demands() == []
    wards.confirm(referral)
    assert [call.id for call in wards.demands()] == [referral]


@pytest.mark.parametrize("before", [True, False])
def test_a_call_of_the_staff_and_the_referral_are_one(wards: Wards, before: bool) -> None:
    world = wards.world
    body = {
        "id": str(new_id()),
        "institution_id": str(world.home.id),
        "medical_id": str(world.hospital.id),
        "service": GREEN,
        "resident_id": str(world.ada.id),
    }

    def call(at: timedelta) -> None:
        with clock.fixed(NOW + at):
            assert world.client(world.staff).post("/demands", body).status_code == 201

    if before:
        call(timedelta(0))
    referral = wards.request()
    wards.confirm(referral)
    if not before:
        call(10 * MINUTE)
    assert [str(each.id) for each in wards.demands()] == [body["id"]]
    wards.nurse.clock = NOW + 20 * MINUTE
    wards.step(wards.nurse, "referral_accept", referral, reason=None)
    wards.sync(wards.nurse)
    (asked,) = wards.demands()
    assert asked.answered_at is not None


def test_a_call_that_was_taken_back_sets_no_clock(wards: Wards) -> None:
    world = wards.world
    said = {"institution_id": world.home.id, "medical_id": world.hospital.id, "resident_id": world.ada.id}
    call = {name: str(id_) for name, id_ in {**said, "id": new_id()}.items()}
    with clock.fixed(NOW - 40 * MINUTE):
        assert world.client(world.staff).post("/demands", {**call, "service": GREEN}).status_code == 201
    referral = wards.request()
    assert wards.of(referral).asked_at == NOW - 40 * MINUTE
    with clock.fixed(NOW + 5 * MINUTE):
        assert world.client(world.staff).post(f"/demands/{call['id']}/withdraw", {}).status_code == 200
    wards.confirm(referral)
    (own,) = wards.demands()
    row = wards.of(referral)
    assert (own.id, row.demand_id, row.asked_at) == (referral, referral, NOW + 3 * MINUTE)
    assert own.asked_at == row.asked_at


@pytest.mark.parametrize("called", [True, False])
def test_whichever_way_answers_are_promised_it_is_one_call(world: World, called: bool) -> None:
    wards = Wards(world, "referral_up")
    said = {"institution_id": world.home.id, "medical_id": world.hospital.id, "resident_id": world.ada.id}
    if called:
        call = {name: str(id_) for name, id_ in {**said, "id": new_id()}.items()}
        with clock.fixed(NOW):
            answer = world.client(world.staff).post("/demands", {**call, "service": "referral_up"})
        assert answer.status_code == 201
    up = {"diagnosis": "肺炎", "indication": "worse", "destination_name": "人民医院", "family_told": True}
    referral = wards.request(service="referral_up", form=up, form_version=2)
    with clock.fixed(NOW + 4 * MINUTE):
        assert world.client(world.doctor).json(f"/referrals/{referral}")["limit_minutes"] == 30
    wards.confirm(referral)
    wards.nurse.clock = NOW + 8 * MINUTE
    wards.step(wards.nurse, "referral_accept", referral, reason=None)
    wards.sync(wards.nurse)
    (one,) = wards.demands()
    assert one.answered_at is not None
    assert ((one.id != referral), one.service) == (called, "referral_up")


def test_a_call_after_the_hospital_answered_is_another_one(wards: Wards) -> None:
    referral = wards.request()
    wards.confirm(referral)
    wards.step(wards.nurse, "referral_accept", referral, reason=None)
    wards.sync(wards.nurse)
    world = wards.world
    body = {"institution_id": str(world.home.id), "medical_id": str(world.hospital.id), "service": GREEN}
    with clock.fixed(NOW + 50 * MINUTE):
        answer = world.client(world.staff).post("/demands", {**body, "resident_id": str(world.ada.id)})
    assert answer.status_code == 201
    assert {each.answered_at is None for each in wards.demands()} == {True, False}
