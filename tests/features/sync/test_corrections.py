"""What was there stays: on the phones of both sides, and for whoever confirmed it as it was."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from server.rounds.models import RecordVersion
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World


def _shown(world: World, login: str, line: Any) -> dict[str, Any]:
    held = world.phone(login, at=world.now + timedelta(hours=6)).pull()["lines"]
    found: dict[str, Any] = next(each for each in held if each["id"] == str(line))
    return found


def _corrected(world: World) -> tuple[Phone, Any]:
    """A pressure that staff confirmed, and that was corrected after that, twice."""
    phone, ids = world.visit(readings=[world.ada])
    line = ids["王秀英"]
    staff = world.phone(world.staff, at=world.now + timedelta(hours=2))
    staff.confirm(ids["round"], {line: 1})
    assert outcomes(staff.sync()) == ["stored"]
    phone.clock = world.now + timedelta(hours=3)
    phone.amend(line, 1, {"sbp": 148, "dbp": 82})
    phone.amend(line, 2, {"sbp": 150, "dbp": 84}, reason="wrong_resident")
    assert outcomes(phone.sync()) == ["stored", "stored"]
    return phone, line


def test_what_was_there_is_on_the_phones_of_both_sides(world: World) -> None:
    _, line = _corrected(world)
    for login in (world.doctor, world.staff):
        shown = _shown(world, login, line)
        assert (shown["version"], shown["state"], shown["confirmation"]) == (3, "pending", None)
        assert [(each["version"], each["form"]["sbp"], each["reason"]) for each in shown["earlier"]] == [
            (2, 148, "wrong_resident"),
            (1, 138, "wrong_value"),
        ]
        second, first = shown["earlier"]
        assert second["confirmed"] is None
        assert first["confirmed"]["by"] == "staff 先生", "who confirmed it sees that it changed"


def test_a_withdrawn_record_keeps_what_it_said(world: World) -> None:
    phone, line = _corrected(world)
    phone.void(line, 3)
    phone.sync()
    shown = _shown(world, world.staff, line)
    assert (shown["state"], shown["void_reason"], shown["form"]) == (
        *("void", "entered_twice"),
        {"sbp": 150, "dbp": 84},
    )
    assert [each["version"] for each in shown["earlier"]] == [3, 2, 1]


def test_the_check_out_corrects_nothing(world: World) -> None:
    _, ids = world.visit()
    shown = _shown(world, world.staff, ids["round"])
    assert (shown["version"], shown["amended"], shown["earlier"]) == (2, False, [])


def test_of_a_line_that_nobody_changed_it_is_the_only_version(world: World) -> None:
    _, ids = world.visit(readings=[world.ada])
    line = ids["王秀英"]
    assert world.rows(select(RecordVersion).where(RecordVersion.record_id == line)) == []
    assert _shown(world, world.doctor, line)["earlier"] == []
    (only,) = world.client(world.manager).json(f"/lines/{line}")["versions"]
    assert (only["version"], only["form"], only["by"]) == (1, {"sbp": 138, "dbp": 82}, "doctor 先生")


def test_a_regulator_reads_that_it_was_corrected_and_not_what_it_said(world: World) -> None:
    _, line = _corrected(world)
    shown = world.client(world.regulator).json(f"/lines/{line}")["line"]
    assert [(each["reason"], each["form"]) for each in shown["earlier"]] == [
        ("wrong_resident", {}),
        ("wrong_value", {}),
    ]
