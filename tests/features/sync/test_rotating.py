"""A check-in by a kiosk's code: what it is worth, and that no clinician uses one twice."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from server import clock
from server.accounts.models import Account
from server.auth.roles import OrganisationKind, Role
from server.checkin.rules import GRADE_RULE_VERSION
from server.kiosks.models import KioskUse
from server.organisations.models import Organisation
from server.rounds.models import Round
from tests.factories.kiosk import Kiosk, enrolled
from tests.factories.phone import Phone, fix, outcomes
from tests.factories.world import World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def kiosk(world: World) -> Kiosk:
    return enrolled(world)


def _scan(phone: Phone, home: Organisation, token: str | None, **payload: Any) -> UUID:
    return phone.check_in(home, None, method="rotating", token=token, reason=None, **payload)


def _graded(phone: Phone) -> list[tuple[str, list[str]]]:
    results = phone.sync()
    assert outcomes(results) == ["stored"] * len(results)
    return [(each["record"]["grade"], each["record"]["grade_reasons"]) for each in results]


def _shown(kiosk: Kiosk, phone: Phone, **said: Any) -> str:
    """The code at the moment of the phone's next entry."""
    return kiosk.token(phone.clock + MINUTE, **said)


def test_a_code_in_step_inside_the_fence_is_an_a(world: World, kiosk: Kiosk) -> None:
    phone = world.phone(world.doctor)
    round_id = _scan(phone, world.home, _shown(kiosk, phone))
    assert _graded(phone) == [("A", ["rotating_inside_fence"])]
    (row,) = world.rows(select(Round).where(Round.id == round_id))
    assert (row.method, row.grade, row.grade_rule) == ("rotating", "A", GRADE_RULE_VERSION)
    (use,) = world.rows(select(KioskUse))
    assert (use.kiosk_id, use.round_id, use.at, use.grade) == (kiosk.id, round_id, row.checked_in_at, "A")


def test_what_it_lacks_lowers_the_grade_with_the_reason(world: World, kiosk: Kiosk) -> None:
    phone = world.phone(world.doctor)
    _scan(phone, world.home, _shown(kiosk, phone), position=None)
    _scan(phone, world.home, _shown(kiosk, phone, jumped=True, clock_age_min=1441))
    far = {**fix(world.home), "latitude": (world.home.latitude or 0) + 0.01}
    _scan(phone, world.home, _shown(kiosk, phone), position=far)
    _scan(phone, world.home, _shown(kiosk, phone), position={**far, "accuracy_m": 101})
    _scan(phone, world.home, _shown(kiosk, phone), position={**far, "accuracy_m": 1000})
    _scan(phone, world.home, kiosk.token(phone.clock - 10 * MINUTE))
    _scan(phone, world.home, None)
    assert _graded(phone) == [
        ("B", ["no_fix"]),
        ("B", ["kiosk_clock_old", "kiosk_clock_jumped"]),
        ("D", ["outside_fence"]),
        ("D", ["outside_fence"]),
        ("B", ["inaccurate_fix"]),
        ("D", ["code_out_of_step"]),
        ("D", ["code_forged"]),
    ]


def test_codes_that_are_not_of_this_institutions_kiosks_are_ds(world: World, kiosk: Kiosk) -> None:
    with clock.fixed(world.now):
        annex = world.organisation(OrganisationKind.CARE, "颐养园分院", latitude=30.25, longitude=120.15)
        world.agree(home=annex, number="签-2")
    phone = world.phone(world.doctor)
    _scan(phone, annex, _shown(kiosk, phone))
    stranger = Kiosk(world.client())
    stranger.id = UUID(int=7)
    _scan(phone, world.home, _shown(stranger, phone))
    stranger.id = kiosk.id
    _scan(phone, world.home, _shown(stranger, phone))
    assert [reasons for _, reasons in _graded(phone)] == [
        ["kiosk_of_another_institution"],
        ["kiosk_unknown"],
        ["code_forged"],
    ]
    (use,) = world.rows(select(KioskUse))
    assert use.kiosk_id == kiosk.id, "only what a kiosk signed is used up"


def _revoked(world: World, kiosk: Kiosk, at: datetime, reason: str = "lost") -> None:
    with clock.fixed(at):
        answer = world.client(world.manager).delete(f"/kiosks/{kiosk.id}?reason={reason}")
        assert answer.status_code == 204


def test_a_revocation_counts_from_its_moment(world: World, kiosk: Kiosk) -> None:
    before, after = world.phone(world.doctor), world.phone(world.doctor, at=world.now + 2 * MINUTE)
    _scan(before, world.home, _shown(kiosk, before))
    assert _graded(before) == [("A", ["rotating_inside_fence"])]
    _revoked(world, kiosk, world.now + 2 * MINUTE)
    _scan(after, world.home, _shown(kiosk, after))
    assert _graded(after) == [("D", ["kiosk_revoked"])]


def test_whoever_has_the_key_of_a_revoked_kiosk_makes_no_better_past_than_a_poster(
    world: World, kiosk: Kiosk
) -> None:
    """An honest round on an island looks the same: it keeps what a poster would have given it."""
    phone = world.phone(world.doctor)
    _scan(phone, world.home, _shown(kiosk, phone))
    _scan(phone, world.home, _shown(kiosk, phone), position=None)
    _revoked(world, kiosk, world.now + 9 * MINUTE)
    phone.clock += timedelta(days=80)
    expected = [("C", ["kiosk_revoked_since"]), ("D", ["kiosk_revoked_since", "no_fix"])]
    assert _graded(phone) == expected
    with clock.fixed(phone.clock):
        newer = enrolled(world, phone.clock)
    forger = world.phone(world.doctor)
    _scan(forger, world.home, _shown(newer, forger))
    forger.clock = phone.clock + MINUTE
    assert _graded(forger) == [("D", ["kiosk_unknown"])], "a key enrolled today signs no code of last month"


def test_a_round_from_an_island_keeps_its_grade_where_the_kiosk_was_only_replaced(
    world: World, kiosk: Kiosk
) -> None:
    phone = world.phone(world.doctor)
    _scan(phone, world.home, _shown(kiosk, phone))
    _revoked(world, kiosk, world.now + 9 * MINUTE, "replaced")
    phone.clock = world.now + 10 * MINUTE
    _scan(phone, world.home, _shown(kiosk, phone))
    assert _graded(phone) == [("A", ["rotating_inside_fence"]), ("D", ["kiosk_revoked"])]


def test_one_code_serves_one_round_of_a_clinician(world: World, kiosk: Kiosk) -> None:
    phone = world.phone(world.doctor)
    token = _shown(kiosk, phone)
    first = _scan(phone, world.home, token)
    at = phone.waiting[0]["at"]
    _scan(phone, world.home, token)
    phone.waiting[1]["at"] = at
    kept = list(phone.waiting)
    expected = [("A", ["rotating_inside_fence"]), ("D", ["code_used_before"])]
    assert _graded(phone) == expected, "in one batch"
    again = phone.send(kept).get_json()["results"]
    assert outcomes(again) == ["duplicate"] * 2
    assert [(each["record"]["grade"], each["record"]["grade_reasons"]) for each in again] == expected
    phone.clock = world.now
    _scan(phone, world.home, token)
    assert _graded(phone) == [("D", ["code_used_before"])], "in another"
    with clock.fixed(world.now):
        nurse = world.phone(world.person("nurse", world.hospital, Role.CLINICIAN))
    _scan(nurse, world.home, token)
    assert _graded(nurse) == [("A", ["rotating_inside_fence"])], "each clinician for herself"
    assert {use.round_id for use in world.rows(select(KioskUse))} == {first, nurse.round_id}


def test_two_kiosks_of_an_institution_have_codes_of_their_own(world: World, kiosk: Kiosk) -> None:
    """At the same moment, in the same hall; to revoke one says nothing of the other."""
    second = enrolled(world)
    phone = world.phone(world.doctor)
    _scan(phone, world.home, _shown(kiosk, phone))
    _scan(phone, world.home, _shown(second, phone))
    with clock.fixed(world.now):
        assert world.client(world.manager).delete(f"/kiosks/{kiosk.id}").status_code == 204
    assert _graded(phone) == [("D", ["kiosk_revoked"]), ("A", ["rotating_inside_fence"])]
    page = phone.pull()
    assert [each["id"] for each in page["institutions"][0]["kiosks"]] == [str(second.id)]
    uses = {(use.kiosk_id, use.grade) for use in world.rows(select(KioskUse))}
    assert uses == {(kiosk.id, "D"), (second.id, "A")}


def test_a_grade_of_an_earlier_rule_stays_as_it_was_given(world: World) -> None:
    phone = world.phone(world.doctor)
    round_id = phone.check_in(world.home, world.poster)
    phone.sync()
    with world.work() as session:
        session.execute(update(Round).where(Round.id == round_id).values(grade="D", grade_rule=1))
    phone.check_out(world.home)
    assert outcomes(phone.sync()) == ["stored"]
    (row,) = world.rows(select(Round).where(Round.id == round_id))
    assert (row.grade, row.grade_rule, row.minutes) == ("D", 1, 1)


def test_phones_learn_of_kiosks_and_of_their_end(world: World) -> None:
    phone = world.phone(world.doctor)
    page = phone.pull()
    assert page["institutions"][0]["kiosks"] == []
    kiosk = enrolled(world)
    page = phone.pull(page["cursor"])
    assert page["institutions"][0]["kiosks"] == [{"id": str(kiosk.id), "jwk": kiosk.key.public_jwk()}]
    with clock.fixed(world.now):
        world.client(world.manager).delete(f"/kiosks/{kiosk.id}")
    assert phone.pull(page["cursor"])["institutions"][0]["kiosks"] == []


def test_a_kiosk_shows_who_checked_in(world: World, kiosk: Kiosk) -> None:
    with world.work() as session:
        session.execute(update(Account).where(Account.login == world.doctor).values(name="欧阳兰"))
    phone = world.phone(world.doctor)
    for position in (fix(world.home), None):
        _scan(phone, world.home, _shown(kiosk, phone), position=position)
    phone.sync()
    recent = kiosk.handshake(phone.clock + MINUTE).get_json()["recent"]
    assert [(each["surname"], each["title"], each["grade"]) for each in recent] == [
        ("欧阳", "physician", "B"),
        ("欧阳", "physician", "A"),
    ]
    assert recent[0]["at"] > recent[1]["at"]
    assert kiosk.handshake(phone.clock + timedelta(hours=13)).get_json()["recent"] == []


def test_a_place_on_a_chinese_map_is_measured_in_wgs84(world: World, kiosk: Kiosk) -> None:
    """GCJ-02 is some 500 m off here: without the conversion nobody would be inside."""
    shifted = {"latitude": 30.247678, "longitude": 120.154707, "datum": "GCJ-02", "fence_m": 100}
    phone = world.phone(world.doctor)
    with clock.fixed(world.now):
        client = world.client(world.manager)
        assert client.post(f"/institutions/{world.home.id}/location", shifted).status_code == 200
    (held,) = phone.pull()["institutions"]
    assert held["location"]["datum"] == "WGS-84"
    assert held["location"]["latitude"] == pytest.approx(30.25, abs=2e-5)
    assert held["location"]["longitude"] == pytest.approx(120.15, abs=2e-5)
    _scan(phone, world.home, _shown(kiosk, phone))
    assert _graded(phone) == [("A", ["rotating_inside_fence"])]
