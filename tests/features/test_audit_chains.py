"""What managers see of their chain: its end, the last head and check; and the file that others check."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from server import clock
from server.app import JOBS
from server.audit.models import AuditEntry
from server.auth.roles import Role
from server.db import begin_write, db
from server.jobs.service import run_pending
from tests.audit_verifier import first_broken
from tests.factories.trail import seal_once
from tests.factories.world import World

# The afternoon and the night of World's day in Hangzhou.
EVENING = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)
NIGHT = datetime(2026, 5, 12, 17, 5, tzinfo=UTC)
NIGHTS = [job for job in JOBS if job.name in ("seal", "heads", "verify chains")]


def _chain(world: World, login: str, now: datetime) -> dict[str, Any]:
    with clock.fixed(now):
        (chain,) = world.client(login).json("/audit/chains")["chains"]
    found: dict[str, Any] = chain
    return found


def _night(world: World, now: datetime) -> None:
    with clock.fixed(now):
        assert run_pending(world.app, NIGHTS, now) == []


def test_a_chain_is_shown_with_its_head_and_its_check(real_world: World) -> None:
    world = real_world
    hospital = {"id": str(world.hospital.id), "name": world.hospital.name}
    before = _chain(world, world.manager, EVENING)
    assert before == {"organisation": hospital, "seq": 0, "digest": None, "head": None, "check": None}
    _night(world, NIGHT)
    after = _chain(world, world.manager, NIGHT)
    assert after["seq"] > 0
    assert after["head"] == {
        "day": "2026-05-13",
        "seq": after["seq"],
        "digest": after["digest"],
        "mailed_at": None,
    }
    assert after["check"] == {"at": after["check"]["at"], "broken_at": None, "differs": None}
    assert _health(world) == 0


def _health(world: World) -> int:
    found: int = world.client().get("/health/jobs").get_json()["broken_chains"]
    return found


def test_the_nightly_check_says_where_a_chain_was_tampered_with(real_world: World) -> None:
    world = real_world
    seal_once(world.app)
    third = AuditEntry.chain_id == world.hospital.id, AuditEntry.seq == 3
    with world.app.app_context():
        begin_write(db.session())
        db.session.execute(update(AuditEntry).where(*third).values(tag="record.confirmed"))
        db.session.commit()
    _night(world, NIGHT)
    assert _chain(world, world.manager, NIGHT)["check"]["broken_at"] == 3
    assert _chain(world, world.manager, NIGHT)["check"]["differs"] == "digest"
    assert _chain(world, world.home_manager, NIGHT)["check"]["broken_at"] is None
    assert _health(world) == 1
    with clock.fixed(NIGHT):
        assert world.client().get("/health/jobs").status_code == 503


def test_the_file_of_a_chain_checks_out_elsewhere(real_world: World, tmp_path: Path) -> None:
    world = real_world
    manager = world.client(world.manager)
    path = f"/audit/chains/{world.hospital.id}/file"
    assert manager.get(path).status_code == 404, "nothing is sealed yet"
    seal_once(world.app)
    answer = manager.get(path)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    file = tmp_path / "chain.jsonl"
    file.write_bytes(answer.data)
    own = select(AuditEntry).where(AuditEntry.chain_id == world.hospital.id)
    assert first_broken(file) == len(world.rows(own))
    assert manager.get(f"/audit/chains/{world.home.id}/file").status_code == 404


def test_whose_acts_may_be_there(world: World) -> None:
    auditor = world.client(world.person("auditor", world.hospital, Role.AUDIT_ADMIN))
    shown = {each["name"] for each in auditor.json("/audit/people")["people"]}
    assert shown == {f"{login} 先生" for login in (world.doctor, world.manager, "auditor")}


def test_a_clock_that_goes_back_between_two_acts_moves_neither(real_world: World) -> None:
    """The chain is in the order of sealing; what each act says of its time stays as it was said."""
    world, hour = real_world, timedelta(hours=1)
    seal_once(world.app)
    for now in (EVENING, EVENING - hour, EVENING - 2 * hour):
        with clock.fixed(now):
            world.client(world.doctor)
        seal_once(world.app)
    own = AuditEntry.chain_id == world.hospital.id, AuditEntry.tag == "account.sign_in"
    acts = world.rows(select(AuditEntry).where(*own).order_by(AuditEntry.seq.desc()).limit(3))
    assert [act.at for act in acts] == [EVENING - 2 * hour, EVENING - hour, EVENING]
    _night(world, NIGHT)
    assert _chain(world, world.manager, NIGHT)["check"]["broken_at"] is None
    with clock.fixed(NIGHT):
        listed = world.client(world.manager).json("/audit?tag=account.sign_in")["entries"]
    moments = [entry["at"] for entry in listed]
    assert moments == sorted(moments, reverse=True), "pages go by the time said"
