"""From a dispute to a ruling: the clinician answers, both managers or the regulator, rule; figures follow."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.auth.roles import Role
from server.confirmation.models import Ruling
from server.fulfilment.models import Obligation
from server.rounds.models import ServiceRecord
from tests.factories.figures import drained
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World

LINE = "王秀英"


@pytest.fixture
def disputed(world: World) -> tuple[Phone, UUID, UUID]:
    """The doctor's phone, a round, and its line that the home's staff say was not done."""
    phone, ids = world.visit(readings=[world.ada])
    staff = world.phone(world.staff, at=world.now + timedelta(hours=2))
    staff.dispute(ids["round"], {ids[LINE]: 1}, "not_done", "护理记录里没有")
    assert outcomes(staff.sync()) == ["stored"]
    phone.clock = world.now + timedelta(hours=3)
    return phone, ids["round"], ids[LINE]


@pytest.fixture
def upheld(disputed: tuple[Phone, UUID, UUID]) -> tuple[Phone, UUID, UUID]:
    phone, round_id, line = disputed
    phone.uphold(round_id, line, 1, "other", "护士在场")
    assert outcomes(phone.sync()) == ["stored"]
    return disputed


def _rule(world: World, login: str, line: UUID, verdict: str, **said: Any) -> TestResponse:
    at = said.pop("at", world.now + timedelta(hours=4))
    with clock.fixed(at):
        body = {"version": 1, "verdict": verdict, "text": "已核对记录", **said}
        return world.client(login).post(f"/lines/{line}/rulings", body)


def _reason(answer: TestResponse) -> str:
    assert answer.status_code == 409, answer.text
    return str(answer.get_json()["error"]["details"]["reason"])


def _state(world: World, line: UUID) -> str:
    return str(world.rows(select(ServiceRecord.state).where(ServiceRecord.id == line))[0])


def _figures(world: World) -> tuple[int, int]:
    """Confirmed and reported, of the resident's pressures in this quarter."""
    drained(world)
    (row,) = world.rows(
        select(Obligation).where(
            Obligation.commitment_id == world.commitment_id("bp"),
            Obligation.subject_id == world.ada.id,
            Obligation.start <= world.now.date(),
            Obligation.end >= world.now.date(),
        )
    )
    return row.confirmed, row.reported


def _cases(world: World, login: str, query: str = "", at: timedelta = timedelta(hours=4)) -> list[Any]:
    with clock.fixed(world.now + at):
        found: list[Any] = world.client(login).json(f"/disputes{query}")["cases"]
    return found


def test_an_upheld_line_stays_disputed_and_both_sides_read_why(
    world: World, upheld: tuple[Phone, UUID, UUID]
) -> None:
    _, _, line = upheld
    assert _state(world, line) == "disputed"
    assert _figures(world) == (0, 0)
    for login in (world.doctor, world.staff):
        held = world.phone(login, at=world.now + timedelta(hours=4)).pull()["lines"]
        shown = next(each for each in held if each["id"] == str(line))
        assert (shown["dispute"]["reason"], shown["dispute"]["text"]) == ("not_done", "护理记录里没有")
        assert (shown["answer"]["reason"], shown["answer"]["text"]) == ("other", "护士在场")
        assert shown["rulings"] == []
    acts = world.client(world.manager).json(f"/lines/{line}")["history"]
    assert [(act["act"], act["reason"]) for act in acts] == [("dispute", "not_done"), ("uphold", "other")]
    assert [entry.tag for entry in world.trail("record.upheld", line)] == ["record.upheld"]


def test_what_may_not_be_upheld(world: World, disputed: tuple[Phone, UUID, UUID]) -> None:
    phone, round_id, line = disputed
    colleague = world.person("colleague", world.hospital, Role.CLINICIAN)
    other = world.phone(colleague, at=phone.clock)
    other.uphold(round_id, line, 1)
    assert outcomes(other.sync()) == ["not_yours"]
    phone.uphold(round_id, round_id, 2)
    phone.uphold(round_id, line, 2)
    phone.uphold(round_id, line, 1, "because")
    phone.uphold(round_id, line, 1, "other")
    assert outcomes(phone.sync()) == ["not_disputed", "stale_version", "invalid", "invalid"]


def test_both_managers_agree_that_it_was_done(world: World, upheld: tuple[Phone, UUID, UUID]) -> None:
    _, _, line = upheld
    first = _rule(world, world.manager, line, "confirmed")
    assert first.status_code == 200, first.text
    assert (first.get_json()["awaits"], _state(world, line)) == ("managers", "disputed")
    second = _rule(world, world.home_manager, line, "confirmed").get_json()
    assert (second["awaits"], second["line"]["state"]) == (None, "confirmed")
    assert [each["party"] for each in second["line"]["rulings"]] == ["medical", "care"]
    assert _figures(world) == (1, 1)
    assert _reason(_rule(world, world.manager, line, "void")) == "not_disputed"
    (settled,) = _cases(world, world.regulator, "?open=0")
    assert settled["line"]["subject_name"] != LINE, "a regulator reads no names"
    assert settled["line"]["rulings"][-1]["text"] == "已核对记录"
    assert _cases(world, world.manager) == []


def test_both_managers_agree_that_it_was_not(world: World, upheld: tuple[Phone, UUID, UUID]) -> None:
    phone, _, line = upheld
    _rule(world, world.home_manager, line, "void")
    _rule(world, world.manager, line, "void")
    assert _state(world, line) == "void"
    assert _figures(world) == (0, 0)
    held = world.phone(world.doctor, at=world.now + timedelta(hours=5)).pull()["lines"]
    shown = next(each for each in held if each["id"] == str(line))
    assert (shown["state"], shown["void_reason"]) == ("void", "ruled")
    phone.amend(line, 1, {"sbp": 150, "dbp": 90})
    assert outcomes(phone.sync()) == ["void"]


def test_where_they_differ_the_regulator_rules(world: World, upheld: tuple[Phone, UUID, UUID]) -> None:
    _, round_id, line = upheld
    assert _reason(_rule(world, world.regulator, line, "confirmed")) == "managers_first"
    _rule(world, world.manager, line, "confirmed")
    _rule(world, world.home_manager, line, "void")
    (case,) = _cases(world, world.regulator)
    assert (case["awaits"], case["may_rule"], case["line"]["form"]) == ("regulator", True, {})
    answer = _rule(world, world.regulator, line, "confirmed")
    assert answer.get_json()["line"]["state"] == "confirmed"
    assert [row.settles for row in world.rows(select(Ruling).order_by(Ruling.at, Ruling.id))] == [
        *(False, False, True)
    ]
    staff = world.phone(world.staff, at=world.now + timedelta(hours=6))
    staff.dispute(round_id, {line: 1})
    assert outcomes(staff.sync()) == ["ruled"]
    assert _state(world, line) == "confirmed"


def test_a_silent_manager_holds_nothing_up(world: World, upheld: tuple[Phone, UUID, UUID]) -> None:
    _, _, line = upheld
    _rule(world, world.manager, line, "confirmed")
    late = world.now + timedelta(days=15)
    answer = _rule(world, world.regulator, line, "void", at=late)
    assert answer.status_code == 200, answer.text
    assert _state(world, line) == "void"


def test_who_may_not_rule(world: World, disputed: tuple[Phone, UUID, UUID]) -> None:
    phone, round_id, line = disputed
    assert _reason(_rule(world, world.manager, line, "void")) == "not_upheld"
    world.grant(world.doctor, world.hospital, Role.MANAGER)
    world.grant(world.staff, world.home, Role.MANAGER)
    phone.uphold(round_id, line, 1)
    phone.sync()
    assert _reason(_rule(world, world.doctor, line, "confirmed")) == "own_dispute"
    assert _reason(_rule(world, world.staff, line, "void")) == "own_dispute"
    assert _reason(_rule(world, world.manager, line, "void", version=2)) == "stale_version"
    assert _rule(world, world.other["manager"], line, "void").status_code == 404
    assert [case["may_rule"] for case in _cases(world, world.doctor)] == [False]
    assert _cases(world, world.other["manager"]) == _cases(world, world.other["regulator"]) == []


def test_a_correction_or_a_new_dispute_begins_again(world: World, upheld: tuple[Phone, UUID, UUID]) -> None:
    phone, round_id, line = upheld
    _rule(world, world.manager, line, "confirmed")
    staff = world.phone(world.staff, at=world.now + timedelta(hours=5))
    staff.dispute(round_id, {line: 1}, "wrong_value")
    assert outcomes(staff.sync()) == ["stored"]
    (case,) = _cases(world, world.manager, at=timedelta(hours=6))
    assert (case["awaits"], case["line"]["answer"], case["line"]["rulings"]) == ("clinician", None, [])
    phone.clock = world.now + timedelta(hours=7)
    phone.amend(line, 1, {"sbp": 150, "dbp": 90})
    assert outcomes(phone.sync()) == ["stored"]
    assert _cases(world, world.manager, at=timedelta(hours=8)) == []
    page = world.client(world.manager).json(f"/lines/{line}")
    assert [each["verdict"] for each in page["rulings"]] == ["confirmed"], "what was said stays"
