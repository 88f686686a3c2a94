"""One received entry: as it was sent, what became of it, and what took its place."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server import clock
from server.jobs.forgetting import forget
from server.rounds.models import Round
from tests.factories.phone import outcomes
from tests.factories.world import World
from tests.features.ledger.desk import Desk
from tests.features.sync.county import working

DAY = timedelta(days=1)


def _misspelt(world: World) -> tuple[str, dict[str, object]]:
    """A refused check-in at the door of the home: its row in the ledger, and the payload that mends it."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    assert outcomes(phone.sync()) == ["invalid"]
    (row,) = Desk(world).refused()
    return row["id"], {**row["content"]["payload"], "method": "poster"}


def test_an_entry_shows_what_it_was_mended_from_and_into(world: World) -> None:
    desk = Desk(world)
    ledger_id, payload = _misspelt(world)
    alone = desk.received(ledger_id)
    assert (alone["entry"]["code"], alone["others"]) == ("invalid", [])
    desk.repair(ledger_id, payload, now=world.now + DAY)
    shown = desk.received(ledger_id)
    (mended,) = shown["others"]
    assert shown["entry"]["outcome"] == "repaired"
    assert shown["entry"]["content"]["payload"]["method"] == "postre"
    assert shown["entry"]["repaired"]["by"] == "manager 先生"
    assert (mended["outcome"], mended["repair_of"]) == ("stored", ledger_id)
    assert mended["content"]["payload"]["method"] == "poster"
    back = desk.received(mended["id"])
    assert [each["id"] for each in back["others"]] == [ledger_id]


def test_an_entry_comes_with_the_form_whose_fields_it_names(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.record("capillary_glucose", world.ada, {"mmol": "99.0", "timing": "fasting"})
    phone.amend(line, 1, {"sbp": 1380, "dbp": 82})
    phone.void(line, 7)
    assert outcomes(phone.sync()) == ["stored", "stored", "invalid", "invalid", "stale_version"]
    desk = Desk(world)
    forms = {row["kind"]: desk.received(row["id"])["form"] for row in desk.entries()}
    codes = {kind: form and form["code"] for kind, form in forms.items() if kind != "record"}
    assert codes == {"check_in": None, "amend": "vital_bp", "void": "vital_bp"}
    (refused,) = [row for row in desk.refused() if row["kind"] == "record"]
    assert desk.received(refused["id"])["form"]["code"] == "vital_glucose"


def test_what_is_no_number_in_json_blinds_no_page(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method=[float("nan"), float("-inf")])
    assert outcomes(phone.sync()) == ["invalid"]
    (row,) = Desk(world).refused()
    assert row["content"]["payload"]["method"] == ["NaN", "-Infinity"]


def test_others_find_nothing_there(world: World) -> None:
    ledger_id, _ = _misspelt(world)
    for login in (world.other["manager"], world.home_manager):
        assert Desk(world, login).client.get(f"/ledger/{ledger_id}").status_code == 404
    assert world.client(world.doctor).get(f"/ledger/{ledger_id}").status_code == 403


@pytest.mark.parametrize(("later", "grade", "distance"), [(89 * DAY, "C", 44), (91 * DAY, "D", None)])
def test_a_mended_check_in_is_graded_by_its_own_place_while_that_is_kept(
    world: World, later: timedelta, grade: str, distance: int | None
) -> None:
    """For 90 days the nightly job leaves the coordinates; after that nobody can say where it was."""
    ledger_id, payload = _misspelt(world)
    now = world.now + later
    with clock.fixed(now), working(world) as session:
        forget(session, now)
    answer = Desk(world).repair(ledger_id, payload, now=now)
    assert answer.status_code == 200, answer.text
    (visit,) = world.rows(select(Round).where(Round.clinician_id.is_not(None)))
    assert (visit.grade, visit.distance_m) == (grade, distance)
