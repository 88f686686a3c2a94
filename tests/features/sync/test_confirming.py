"""Staff of the care institution say of each line that it was so, or that it was not."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.auth.roles import Role
from server.confirmation.models import ConfirmationAct
from server.rounds.models import ServiceRecord
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World
from tests.features.sync.county import counts, served_home


def _staff(world: World, login: str | None = None) -> Phone:
    return world.phone(login or world.staff, at=world.now + timedelta(hours=2))


def _states(world: World) -> dict[UUID, str]:
    return {row.id: row.state for row in world.rows(select(ServiceRecord))}


def _results(phone: Phone) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = phone.send(phone.waiting).get_json()["results"]
    phone.waiting = []
    return results


def test_all_lines_of_a_round_are_confirmed_at_once(world: World) -> None:
    _, ids = world.visit(readings=[world.ada, world.ben])
    staff = _staff(world)
    staff.confirm(ids["round"], {ids["round"]: 2, ids["王秀英"]: 1, ids["李建国"]: 1})
    (result,) = staff.sync()
    assert result["outcome"] == "stored"
    assert {line["state"] for line in result["record"]["lines"]} == {"confirmed"}
    assert set(_states(world).values()) == {"confirmed"}
    shown = world.phone(world.doctor, at=staff.clock).pull()["lines"]
    assert {line["confirmation"]["by"] for line in shown} == {"staff 先生"}
    assert all(line["dispute"] is None for line in shown)


def test_part_of_a_round_is_confirmed_and_the_rest_waits_or_is_disputed(world: World) -> None:
    _, ids = world.visit(readings=[world.ada, world.ben])
    staff = _staff(world)
    staff.confirm(ids["round"], {ids["王秀英"]: 1})
    staff.dispute(ids["round"], {ids["李建国"]: 1}, "other", "人在医院")
    assert outcomes(staff.sync()) == ["stored", "stored"]
    assert _states(world) == {
        ids["round"]: "pending",
        ids["王秀英"]: "confirmed",
        ids["李建国"]: "disputed",
    }
    shown = {line["id"]: line for line in world.phone(world.doctor, at=staff.clock).pull()["lines"]}
    dispute = shown[str(ids["李建国"])]["dispute"]
    assert (dispute["by"], dispute["reason"], dispute["text"]) == ("staff 先生", "other", "人在医院")


def test_a_dispute_needs_a_reason_and_other_needs_words(world: World) -> None:
    _, ids = world.visit()
    staff = _staff(world)
    staff.dispute(ids["round"], {ids["round"]: 2}, "wrong_mood")
    staff.dispute(ids["round"], {ids["round"]: 2}, "other")
    staff.dispute(ids["round"], {ids["round"]: 2}, "not_present")
    results = _results(staff)
    assert outcomes(results) == ["invalid", "invalid", "stored"]
    assert [result["fields"] for result in results[:2]] == [
        [{"path": "payload.reason", "code": "unknown_choice"}],
        [{"path": "payload.text", "code": "required"}],
    ]


def test_one_problem_confirms_nothing_and_every_problem_is_named(world: World) -> None:
    phone, ids = world.visit(readings=[world.ada, world.ben])
    phone.void(ids["李建国"], 1)
    phone.sync()
    _, others = world.visit(at=world.now + timedelta(hours=1))
    staff = _staff(world)
    staff.confirm(ids["round"], {ids["round"]: 1, ids["王秀英"]: 1, ids["李建国"]: 2, others["round"]: 2})
    before = counts(world)
    (result,) = _results(staff)
    assert result["code"] == "stale_version"
    assert result["fields"] == [
        {"path": "payload.lines[0]", "code": "stale_version"},
        {"path": "payload.lines[2]", "code": "void"},
        {"path": "payload.lines[3]", "code": "unknown_line"},
    ]
    assert counts(world) == {**before, "ledger_entries": before["ledger_entries"] + 1}
    assert _states(world)[ids["王秀英"]] == "pending"


def test_a_word_on_a_version_that_was_corrected_since_is_stale(world: World) -> None:
    phone, ids = world.visit(readings=[world.ada])
    phone.amend(ids["王秀英"], 1, {"sbp": 140, "dbp": 82})
    phone.sync()
    staff = _staff(world)
    staff.confirm(ids["round"], {ids["王秀英"]: 1})
    staff.dispute(ids["round"], {ids["王秀英"]: 1})
    staff.confirm(ids["round"], {ids["王秀英"]: 2})
    assert outcomes(_results(staff)) == ["stale_version", "stale_version", "stored"]


def test_a_line_named_twice_is_confirmed_once(world: World) -> None:
    _, ids = world.visit()
    staff = _staff(world)
    seen = {"line_id": str(ids["round"]), "version": 2}
    staff.say("confirm", {"lines": [seen, seen]}, round_id=str(ids["round"]), elapsed_ms=None)
    (result,) = _results(staff)
    assert [line["id"] for line in result["record"]["lines"]] == [str(ids["round"])]
    assert len(world.rows(select(ConfirmationAct))) == 1


def test_a_second_word_reaches_the_other_phones(world: World) -> None:
    _, ids = world.visit()
    second = world.person("second-staff", world.home, Role.CARE_STAFF)
    doctor = world.phone(world.doctor, at=world.now + timedelta(hours=3))
    cursor = None
    for login in (world.staff, second):
        staff = _staff(world, login)
        staff.confirm(ids["round"], {ids["round"]: 2})
        assert outcomes(_results(staff)) == ["stored"]
        page = doctor.pull(cursor)
        cursor = page["cursor"]
        assert [line["confirmation"]["by"] for line in page["lines"]] == [f"{login} 先生"]


def test_nobody_confirms_a_round_they_took_part_in(world: World) -> None:
    world.grant(world.doctor, world.home, Role.CARE_STAFF)
    _, ids = world.visit()
    both = _staff(world, world.doctor)
    both.confirm(ids["round"], {ids["round"]: 2})
    both.dispute(ids["round"], {ids["round"]: 2})
    assert outcomes(_results(both)) == ["own_round", "own_round"]
    assert _states(world)[ids["round"]] == "pending"


def test_staff_elsewhere_know_nothing_of_the_round_and_clinicians_confirm_none(world: World) -> None:
    _, ids = world.visit()
    second = served_home(world, "二院")
    nearby = world.person("nearby", second, Role.CARE_STAFF)
    colleague = world.person("nurse", world.hospital, Role.CLINICIAN)
    expected = {
        nearby: "unknown_round",
        world.other["staff"]: "unknown_round",
        colleague: "out_of_scope",
        world.doctor: "out_of_scope",
    }
    for login, code in expected.items():
        phone = _staff(world, login)
        phone.confirm(ids["round"], {ids["round"]: 2})
        phone.dispute(ids["round"], {ids["round"]: 2})
        assert outcomes(_results(phone)) == [code, code], login
    assert world.rows(select(ConfirmationAct)) == []


def test_a_check_out_after_the_confirmation_asks_for_it_again(world: World) -> None:
    """The visit's length is news: what was confirmed without it is pending once more."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.sync()
    staff = _staff(world)
    staff.confirm(phone.round_id, {phone.round_id: 1})
    assert outcomes(_results(staff)) == ["stored"]
    phone.check_out(world.home)
    phone.sync(now=staff.clock)
    assert _states(world)[phone.round_id] == "pending"
    staff.confirm(phone.round_id, {phone.round_id: 2})
    assert outcomes(_results(staff)) == ["stored"]
