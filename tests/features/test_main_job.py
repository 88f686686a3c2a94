"""The main job over HTTP: a round is checked in, logged, confirmed but for one line, and moves the rate."""

from datetime import timedelta
from typing import Any

from server import clock
from tests.factories.world import World


def _commitment(world: World, key: str) -> dict[str, Any]:
    with clock.fixed(world.now + timedelta(days=20)):
        page = world.client(world.manager).json(f"/agreements/{world.agreement.id}")
    return next(one for one in page["commitments"] if one["key"] == key)


def test_a_confirmed_round_moves_the_rate_and_a_disputed_line_does_not(world: World) -> None:
    before = _commitment(world, "rounds")
    _, ids = world.visit(readings=[world.ada, world.ben])
    reported = _commitment(world, "rounds")
    assert reported["due_reported"] == before["due_reported"] + 1
    assert reported["due_confirmed"] == before["due_confirmed"]

    staff = world.phone(world.staff, at=world.now + timedelta(hours=3))
    staff.confirm(ids["round"], {ids["round"]: 2, ids["王秀英"]: 1})
    staff.dispute(ids["round"], {ids["李建国"]: 1})
    assert [result["outcome"] for result in staff.sync()] == ["stored", "stored"]

    assert _commitment(world, "rounds")["due_confirmed"] == before["due_confirmed"] + 1
    pressure = _commitment(world, "bp")
    assert (pressure["open"]["confirmed"], pressure["open"]["reported"]) == (1, 1)


def test_the_rate_opens_down_to_the_records(world: World) -> None:
    _, ids = world.visit(readings=[world.ada])
    manager = world.client(world.manager)
    with clock.fixed(world.now + timedelta(hours=2)):
        commitment = world.commitment_id("bp")
        windows = manager.json(f"/commitments/{commitment}/windows")["windows"]
        assert windows[0]["start"] == "2026-04-01"
        assert (windows[0]["promised"], windows[0]["reported"], windows[0]["subjects"]) == (4, 1, 2)
        window = manager.json(f"/commitments/{commitment}/windows/2026-04-01")
        mine = next(one for one in window["obligations"] if one["subject"]["name"] == "王秀英")
        assert (mine["promised"], mine["reported"], mine["confirmed"]) == (2, 1, 0)
        page = manager.json(f"/obligations/{mine['id']}")
        (record,) = page["records"]
        assert record["line"]["id"] == str(ids["王秀英"])
        assert record["verdict"] == "counted"
        assert record["reported_only"] is True
        line = manager.json(f"/lines/{ids['王秀英']}")
    assert line["round"]["grade"] == "C"
    assert line["versions"][0]["form"] == {"sbp": 138, "dbp": 82}
