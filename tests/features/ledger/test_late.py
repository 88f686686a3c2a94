"""What is said late needs a reason, what is too old a manager's word, and what was sent late shows it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.rounds.models import Round
from server.web.schemas import instant_text
from tests.factories.client import field_errors
from tests.factories.phone import outcomes
from tests.factories.world import World
from tests.features.ledger.desk import Desk, error

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_what_is_said_more_than_seven_days_after_the_visit_needs_a_reason(world: World) -> None:
    phone = world.phone(world.doctor)
    round_id = phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    assert outcomes(phone.sync()) == ["stored", "stored"]
    phone.clock = phone.began + 7 * DAY - timedelta(minutes=1)
    phone.amend(line, 1, {"sbp": 139, "dbp": 82})  # at seven days sharp: still in time
    assert outcomes(phone.sync()) == ["stored"]
    phone.record("blood_pressure", world.ben, {"sbp": 130, "dbp": 80})
    phone.amend(line, 2, {"sbp": 140, "dbp": 82})
    phone.void(line, 2)
    results = phone.sync()
    assert outcomes(results) == ["late_entry"] * 3
    assert results[0]["fields"] == [{"path": "payload.late_reason", "code": "required"}]
    assert results[0]["message"]
    late = phone.record(
        "blood_pressure", world.ben, {"sbp": 130, "dbp": 80}, late_reason="other", late_text="化验后补"
    )
    phone.amend(line, 2, {"sbp": 140, "dbp": 82}, late_reason="phone_problem", late_text=None)
    phone.waiting = phone.waiting[-2:]
    assert outcomes(phone.sync()) == ["stored", "stored"]
    lines = {each["id"]: each for each in phone.client.json(f"/rounds/{round_id}")["lines"]}
    assert lines[str(round_id)]["late_reason"] is None
    assert lines[str(late)]["late_reason"] == "other"
    versions = phone.client.json(f"/lines/{line}")["versions"]
    assert [each["late_reason"] for each in versions] == [None, None, "phone_problem"]
    assert phone.client.json(f"/lines/{late}")["versions"][0]["late_text"] == "化验后补"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"late_reason": "nonsense"}, "payload.late_reason"),
        ({"late_reason": "other"}, "payload.late_text"),
        ({"late_reason": 7}, "payload.late_reason"),
    ],
)
def test_a_reason_is_one_of_the_list(world: World, said: dict[str, Any], path: str) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82}, **said)
    results = phone.sync()
    assert [field["path"] for field in results[1]["fields"]] == [path]


def test_what_arrives_more_than_a_day_after_it_was_said_shows_it_and_keeps_its_grade(world: World) -> None:
    for hours, expected in ((24, False), (25, True)):
        phone = world.phone(world.doctor)
        round_id = phone.check_in(world.home, world.poster)
        line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
        phone.sync(now=phone.began + hours * HOUR)
        page = phone.client.json(f"/rounds/{round_id}")
        assert (page["round"]["no_signal"], page["round"]["grade"]) == (expected, "C")
        assert {each["id"]: each["no_signal"] for each in page["lines"]}[str(round_id)] == expected
        assert phone.client.json(f"/lines/{line}")["versions"][0]["no_signal"] == expected


def _unlock(world: World, login: str, round_id: Any, *, days: int = 3, **said: Any) -> TestResponse:
    with clock.fixed(world.now + 100 * DAY):
        until = instant_text(world.now + (100 + days) * DAY)
        return world.client(login).post(
            f"/rounds/{round_id}/unlock", {"until": until, "reason": "手机修好", **said}
        )


def test_a_manager_lets_a_round_in_that_is_too_old(world: World) -> None:
    phone = world.phone(world.doctor)
    round_id = phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    sent = list(phone.waiting)
    later = world.now + 100 * DAY
    assert outcomes(phone.sync(now=later)) == ["too_old", "too_old"]
    assert _unlock(world, world.other["manager"], round_id).status_code == 404
    assert _unlock(world, world.home_manager, round_id).status_code == 404  # it knows nothing of it yet
    for days in (0, 31):
        assert list(field_errors(_unlock(world, world.manager, round_id, days=days))) == ["until"]
    assert _unlock(world, world.manager, round_id).status_code == 200
    assert world.trail("round.unlocked", round_id)
    # It holds for that round and until then.
    other = world.phone(world.doctor)
    other.check_in(world.home, world.poster)
    assert outcomes(other.sync(now=later)) == ["too_old"]
    assert _unlock(world, world.manager, other.round_id, days=30).status_code == 200
    assert outcomes(phone.send(sent, now=later + 4 * DAY).get_json()["results"]) == ["too_old", "too_old"]
    desk = Desk(world)
    (check_in,) = [
        row for row in desk.refused() if row["kind"] == "check_in" and row["round_id"] == str(round_id)
    ]
    assert error(desk.repair(check_in["id"], now=later + 4 * DAY)) == "too_old"
    assert desk.repair(check_in["id"], now=later).status_code == 200
    assert outcomes(phone.send(sent, now=later + HOUR).get_json()["results"]) == ["duplicate", "stored"]
    assert _unlock(world, world.home_manager, round_id).status_code == 200  # now it does
    *_, last = world.trail("round.unlocked", round_id)
    assert (last.organisation_id, last.other_id) == (world.home.id, world.hospital.id)
    (visit,) = world.rows(select(Round).where(Round.id == round_id))
    assert visit.on.isoformat() == "2026-05-12"
