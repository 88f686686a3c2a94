"""A duty of before quantities becomes one for each of them, and phones forget an id that stands for none."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from server.app import build
from server.followups.models import FollowUp
from tests.conftest import settings_for
from tests.factories.world import NOW, World
from tests.features.test_follow_ups import BED, CALM, DIABETES, URGENT, Clinic
from tests.migrations.test_memberships_begin import _leave
from tests.migrations.test_migrations import _db, operator

__all__ = ["operator"]
BEFORE = "4b7e92d0c1aa"


def _held(world: World) -> dict[UUID, tuple[str, str, list[str]]]:
    rows = world.rows(select(FollowUp))
    return {row.id: (row.matter, row.state, row.urgent) for row in rows}


@pytest.mark.usefixtures("operator")
def test_up_from_one_for_each_record(fresh_database_url: str, tmp_path: Path) -> None:
    _db("upgrade")
    world = World(build(settings_for(fresh_database_url, tmp_path)))
    cai = world.resident(name="蔡阿婆", bed="103-1")
    clinic = Clinic(world)
    bed = clinic.measure(world.ada, {**BED, **URGENT}, service="family_bed_round")
    both = clinic.measure(world.ben, {**DIABETES, "mmol": "17.2", **URGENT}, service="diabetes_management")
    one = clinic.measure(cai, {**DIABETES, "mmol": "6.1", **CALM, "sbp": 184}, service="diabetes_management")
    clinic.done(both)
    clinic.done(UUID(int=both.int ^ 1))
    clinic.sync()
    page = clinic.phone.pull(now=NOW + timedelta(hours=3))
    before = _held(world)
    _leave(world)
    _db("downgrade", BEFORE)
    _db("upgrade")
    worded = select(FollowUp.id).where(FollowUp.word_of == FollowUp.id)
    assert set(world.rows(worded)) == {both, UUID(int=both.int ^ 1)}
    assert _held(world) == {**before, one: ("glucose", "void", ["sbp_urgent"])}
    assert before == {
        bed: ("pressure", "open", ["sbp_urgent"]),
        both: ("glucose", "done", ["glucose_high"]),
        UUID(int=both.int ^ 1): ("pressure", "done", ["sbp_urgent"]),
        UUID(int=one.int ^ 1): ("pressure", "open", ["sbp_urgent"]),
    }
    news = clinic.phone.pull(page["cursor"], now=NOW + timedelta(hours=4))
    assert str(one) in news["removals"]["followups"]
    assert {row["id"]: row["matter"] for row in news["followups"]} == {
        str(bed): "pressure",
        str(UUID(int=one.int ^ 1)): "pressure",
    }
    seen = clinic.measure(world.ada, CALM, after=2)
    assert clinic.duties()[bed] == ("done", seen)
    _leave(world)
