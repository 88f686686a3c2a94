"""The roster over HTTP: moving in, out and back, conditions, and what is owed because of them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.auth.roles import Role
from server.fulfilment.models import Obligation
from server.residents.models import Resident
from tests.factories.client import field_errors
from tests.factories.world import NOW, World

IDENTITY = "999901194503020021"
NEWCOMER = {"name": "陈阿妹", "sex": "female", "born": "1945-03-02", "bed": "103-1", "moved_in": "2026-05-01"}


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with clock.fixed(NOW + timedelta(hours=1)):
        yield


def _owed(world: World, resident: str) -> list[date]:
    """The quarters in which something is promised to a resident."""
    rows = world.rows(select(Obligation).where(Obligation.subject_id == UUID(resident)))
    return sorted(row.start for row in rows if row.promised)


def _move_in(world: World, login: str, **more: Any) -> TestResponse:
    return world.client(login).post(f"/institutions/{world.home.id}/residents", {**NEWCOMER, **more})


def test_who_moves_in_is_owed_what_was_promised(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    made = _move_in(world, world.staff, identity_number=IDENTITY)
    assert made.status_code == 201, made.text
    body = made.get_json()
    assert (body["present"], body["identity_number_on_file"]) == (True, True)
    assert _owed(world, body["id"])
    page = phone.pull(cursor)
    assert [each["name"] for each in page["residents"]] == ["陈阿妹"]
    assert {each["subject_id"] for each in page["owed"]} == {body["id"]}
    assert len(world.trail("resident.created", body["id"])) == 1
    listed = world.client(world.manager).get(f"/institutions/{world.home.id}/residents")
    assert {each["name"] for each in listed.get_json()["residents"]} == {"王秀英", "李建国", "陈阿妹"}
    assert not any(IDENTITY[-4:] in text for text in (listed.text, made.text))
    twice = _move_in(world, world.home_manager, identity_number=IDENTITY)
    assert field_errors(twice) == {"identity_number": "already_on_file"}


def test_a_newcomer_is_refused_by_the_field(world: World) -> None:
    hypertension = {"code": "hypertension", "since": "2020-01-01"}
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"identity_number": IDENTITY[:-1] + "0"}, "identity_number", "wrong_check_digit"),
        ({"born": "2026-05-13"}, "born", "in_future"),
        ({"born": "0045-03-02"}, "born", "out_of_range"),
        ({"moved_in": "2026-05-13"}, "moved_in", "in_future"),
        ({"moved_in": "1940-01-01"}, "moved_in", "before_birth"),
        ({"sex": "x"}, "sex", "unknown_choice"),
        ({"conditions": [{**hypertension, "code": "gout"}]}, "conditions[0].code", "unknown_choice"),
        ({"conditions": [{**hypertension, "since": "2027-01-01"}]}, "conditions[0].since", "in_future"),
        ({"conditions": [hypertension, hypertension]}, "conditions[1].code", "already_used"),
        ({"emergency_contact": {"name": "儿子"}}, "emergency_contact.phone", "required"),
    ]
    for wrong, path, code in cases:
        assert field_errors(_move_in(world, world.home_manager, **wrong)) == {path: code}
    assert world.rows(select(Resident).where(Resident.name == "陈阿妹")) == []


def test_who_leaves_is_owed_nothing_more_and_may_come_back(world: World) -> None:
    staff, ada = world.client(world.staff), str(world.ada.id)
    before = _owed(world, ada)
    assert field_errors(staff.post(f"/residents/{ada}/move-out", {"on": "2026-05-13", "reason": "回家"})) == {
        "on": "in_future"
    }
    left = staff.post(f"/residents/{ada}/move-out", {"on": "2026-03-31", "reason": "回家"})
    assert (left.status_code, left.get_json()["present"]) == (200, False)
    assert left.get_json()["stays"] == [{"from": "2025-06-01", "to": "2026-03-31", "reason": "回家"}]
    assert _owed(world, ada) == [start for start in before if start < date(2026, 4, 1)] != before
    assert field_errors(staff.post(f"/residents/{ada}/move-out", {"on": "2026-04-01", "reason": "回家"})) == {
        "resident": "already_moved_out"
    }
    assert field_errors(staff.post(f"/residents/{ada}/move-in", {"on": "2026-03-31"})) == {
        "on": "before_moving_out"
    }
    back = staff.post(f"/residents/{ada}/move-in", {"on": "2026-04-10", "bed": "201-1"}).get_json()
    assert (back["present"], back["bed"], len(back["stays"])) == (True, "201-1", 2)
    assert _owed(world, ada) == before
    told = [row.details for row in world.trail("resident.changed", ada)]  # why somebody left is free text
    assert told == [{"moved_out": "2026-03-31"}, {"moved_in": "2026-04-10"}]


def test_a_condition_brings_what_is_promised_for_it(world: World) -> None:
    glucose = {
        "services": ["capillary_glucose"],
        "scope": "resident",
        "per": "quarter",
        "eligible": {"any_of": ["type2_diabetes"]},
    }
    world.agree(number="签-2", clauses=[("sugar", glucose, 1)])
    manager, ben = world.client(world.home_manager), f"/residents/{world.ben.id}"
    before = _owed(world, str(world.ben.id))
    begun = manager.post(f"{ben}/conditions", {"code": "type2_diabetes", "since": "2026-05-01"})
    assert begun.get_json()["conditions"] == [
        {"code": "type2_diabetes", "since": "2026-05-01", "until": None}
    ], begun.text
    assert len(_owed(world, str(world.ben.id))) > len(before)
    again = manager.post(f"{ben}/conditions", {"code": "type2_diabetes", "since": "2026-05-02"})
    assert field_errors(again) == {"code": "holds_already"}
    early = manager.post(f"{ben}/conditions/end", {"code": "type2_diabetes", "until": "2026-04-30"})
    assert field_errors(early) == {"until": "before_start"}
    ended = manager.post(f"{ben}/conditions/end", {"code": "type2_diabetes", "until": "2026-05-10"})
    assert ended.get_json()["conditions"][0]["until"] == "2026-05-10"
    overlapping = manager.post(f"{ben}/conditions", {"code": "type2_diabetes", "since": "2026-05-10"})
    assert field_errors(overlapping) == {"since": "overlaps"}


def test_somebody_of_both_sides_writes_at_home_alone(world: World) -> None:
    """To reach an institution as its visiting doctor gives no hand in its roster."""
    world.grant(world.doctor, world.other["home"], Role.MANAGER)
    doctor = world.client(world.doctor)
    assert doctor.get(f"/institutions/{world.home.id}/residents").status_code == 200
    assert doctor.post(f"/institutions/{world.home.id}/residents", NEWCOMER).status_code == 404
    leaving = {"on": "2026-05-01", "reason": "回家"}
    assert doctor.post(f"/residents/{world.ada.id}/move-out", leaving).status_code == 404
    assert doctor.post(f"/institutions/{world.other['home'].id}/residents", NEWCOMER).status_code == 201
