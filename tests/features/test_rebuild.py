"""`xunyue fulfilment rebuild`: finds what is wrong, mends it, and leaves alone what is right."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, insert, select, update

from server import clock
from server.agreements.models import Agreement, Commitment, CommitmentTerm, Suspension
from server.agreements.service import move_agreement
from server.app import build, settle
from server.cli import main
from server.db import db
from server.errors import NotFound
from server.fulfilment import adapter, rebuild, service
from server.fulfilment.models import CommitmentWindow, Obligation, StaleStream
from server.fulfilment.rebuild import Difference
from server.ids import new_id
from server.rollups.models import AgreementPeriod
from tests.conftest import settings_for
from tests.factories.world import World

Tampering = Callable[[World], None]


@pytest.fixture
def visited(world: World) -> World:
    with clock.fixed(world.now):
        world.visit(readings=[world.ada, world.ben])
    return world


def _check(world: World) -> list[Difference]:
    with world.app.app_context():
        session = db.session()
        found = [
            difference
            for progress in rebuild.check(session, None, world.now)
            for difference in progress.differences
        ]
        session.rollback()
    return found


def _rebuild(world: World) -> int:
    """How many windows it mended."""
    with world.app.app_context(), clock.fixed(world.now):
        mended = 0
        for progress in rebuild.rebuild(db.session(), None, world.now):
            world.app.finish()
            mended += progress.different
    return mended


def _tamper(world: World, statement: Any) -> None:
    with world.work() as session:
        session.connection().execute(statement)


def _of_bp(world: World) -> Any:
    return Obligation.commitment_id == world.commitment_id("bp")


def _a_figure(world: World) -> None:
    _tamper(world, update(Obligation).where(_of_bp(world), Obligation.confirmed == 0).values(confirmed=7))


def _a_deadline(world: World) -> None:
    _tamper(world, update(Obligation).where(_of_bp(world)).values(deadline=date(2030, 1, 1)))


def _a_lost_row(world: World) -> None:
    _tamper(world, delete(Obligation).where(_of_bp(world), Obligation.start == date(2026, 4, 1)))


def _a_row_too_many(world: World) -> None:
    row = {
        "id": new_id(),
        "agreement_id": world.agreement.id,
        "commitment_id": world.commitment_id("bp"),
        "institution_id": world.home.id,
        "subject_id": world.ada.id,
        "promised": 1,
        "revision": 1,
        **{name: date(2026, 2, 3) for name in ("start", "end", "deadline")},
    }
    _tamper(world, insert(Obligation).values(row))


def _a_sum(world: World) -> None:
    _tamper(world, update(CommitmentWindow).values(owed=CommitmentWindow.owed + 1))


def _a_lost_sum(world: World) -> None:
    _tamper(world, delete(CommitmentWindow).where(CommitmentWindow.start == date(2026, 4, 1)))


@pytest.mark.parametrize(
    "tamper", [_a_figure, _a_deadline, _a_lost_row, _a_row_too_many, _a_sum, _a_lost_sum]
)
def test_what_was_tampered_with_is_found_and_mended(visited: World, tamper: Tampering) -> None:
    assert _check(visited) == []
    tamper(visited)
    found = _check(visited)
    assert found
    assert all(each.stored != each.computed for each in found)
    assert {each.subject_id is None for each in found} >= {tamper in (_a_sum, _a_lost_sum)}
    assert _check(visited) == found, "checking writes nothing"
    assert _rebuild(visited) > 0
    assert _check(visited) == []
    assert _rebuild(visited) == 0, "rebuilding twice changes nothing"


def test_a_difference_names_what_is_stored_and_what_the_engine_has(visited: World) -> None:
    own = (_of_bp(visited), Obligation.subject_id == visited.ada.id, Obligation.start == date(2026, 4, 1))
    _tamper(visited, update(Obligation).where(*own).values(reported=9))
    found = [each for each in _check(visited) if each.subject_id]
    bp = visited.commitment_id("bp")
    assert found == [
        Difference(
            visited.agreement.id, bp, visited.ada.id, date(2026, 4, 1), {"reported": 9}, {"reported": 1}
        )
    ]


def test_what_is_right_is_not_written_again(visited: World) -> None:
    before = {row.id: row.revision for row in visited.rows(select(Obligation))}
    assert _rebuild(visited) == 0
    assert {row.id: row.revision for row in visited.rows(select(Obligation))} == before


def test_roll_ups_that_are_wrong_are_made_again(visited: World) -> None:
    """Nothing below them differs: only counting all again tells that they do."""
    with clock.fixed(visited.now), visited.app.app_context():
        settle(visited.app)
    kept = {row.period: row.confirmed_rate for row in visited.rows(select(AgreementPeriod))}
    _tamper(visited, update(AgreementPeriod).values(confirmed_rate="1/7"))
    assert _rebuild(visited) == 0
    with clock.fixed(visited.now), visited.app.app_context():
        settle(visited.app)
    assert {row.period: row.confirmed_rate for row in visited.rows(select(AgreementPeriod))} == kept != {}


def test_a_stream_that_waits_is_no_difference_and_a_rebuild_does_not_leave_it_waiting(visited: World) -> None:
    _a_figure(visited)
    wrong = {each.subject_id for each in _check(visited) if each.subject_id}
    with visited.work() as session:
        streams = set(service.streams_of(session, adapter.promises(session, visited.agreement.id)))
        service.mark(session, {each for each in streams if each.subject_id in wrong}, visited.now)
    assert [each for each in _check(visited) if each.subject_id] == []
    assert _rebuild(visited) > 0
    assert visited.rows(select(StaleStream)) == []


def test_only_the_agreements_named_are_looked_at(visited: World) -> None:
    with visited.app.app_context():
        only = [visited.agreement.id]
        assert [each.agreement_id for each in rebuild.check(db.session(), only, visited.now)] == only
        draft = new_id()
        with pytest.raises(NotFound):
            list(rebuild.check(db.session(), [draft], visited.now))


def test_a_terminated_agreement_is_counted_too(visited: World) -> None:
    with clock.fixed(visited.now), visited.work() as session:
        agreement = session.get_one(type(visited.agreement), visited.agreement.id)
        move_agreement(session, None, agreement, "terminate", date(2026, 6, 1), visited.now)
    assert _check(visited) == []
    _a_figure(visited)
    assert _check(visited)


def test_the_night_finds_drift_in_a_sample_and_has_it_counted_again(visited: World) -> None:
    with visited.work() as session:
        assert rebuild.sample(session, visited.now, 50, seed=1) == []
    _a_figure(visited)
    _a_sum(visited)
    with visited.work() as session:
        drifts = rebuild.sample(session, visited.now, 50, seed=1)
        told = [(each.subject_id, each.stored, each.computed) for each in drifts]
        session.add_all(drifts)
        rebuild.mend(session, drifts, visited.now)
    bp_of_ben = [stored for subject, stored, _ in told if subject == visited.ben.id]
    assert {"confirmed": 7} in bp_of_ben
    assert None in {subject for subject, _, _ in told}
    with clock.fixed(visited.now + timedelta(minutes=1)):
        while True:
            with visited.work() as session:
                if not service.drain(session, visited.now):
                    break
    assert _check(visited) == []


def test_the_operator_checks_and_mends(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("XUNYUE_VAR", str(tmp_path))
    assert _run("db", "upgrade").exit_code == 0
    app = build(settings_for(fresh_database_url, tmp_path))
    world = World(app)
    with clock.fixed(world.now):
        world.visit(readings=[world.ada])
    right = _run("fulfilment", "rebuild", "--check")
    assert (right.exit_code, right.stdout) == (0, "2 agreements, 0 windows differ\n")
    _a_figure(world)
    wrong = _run("fulfilment", "rebuild", "--check", "--agreement", str(world.agreement.id))
    assert wrong.exit_code == 1
    line = f"commitment {world.commitment_id('bp')} subject {world.ben.id} window 2026-04-01: "
    assert f"{line}stored confirmed=7; computed confirmed=0\n" in wrong.stdout
    assert "1/1 agreements, 2 records" in wrong.stderr
    assert _run("fulfilment", "rebuild").exit_code == 0
    assert _run("fulfilment", "rebuild", "--check").exit_code == 0
    assert _run("fulfilment", "rebuild", "--agreement", str(new_id())).exit_code == 2
    with app.app_context():
        db.engine.dispose()


def _run(*command: str) -> Result:
    return CliRunner().invoke(main, ["--now", "2026-05-12T03:00:00Z", *command])


def _more_is_promised(world: World) -> None:
    _tamper(world, update(CommitmentTerm).values(count=CommitmentTerm.count + 3))


def _a_closure(world: World) -> None:
    days = {"starts": date(2026, 4, 1), "ends": date(2026, 6, 30), "reason": "-"}
    _tamper(world, insert(Suspension).values(id=new_id(), agreement_id=world.agreement.id, **days))


def _an_early_end(world: World) -> None:
    days = {"terminated_on": date(2026, 4, 2), "last_day": date(2026, 4, 1)}
    _tamper(world, update(Agreement).where(Agreement.id == world.agreement.id).values(**days))


def _another_clause(world: World) -> None:
    clause = {"services": ["blood_pressure"], "scope": "resident", "per": "month"}
    bp = Commitment.id == world.commitment_id("bp")
    _tamper(world, update(Commitment).where(bp).values(clause=clause))


@pytest.mark.parametrize("change", [_more_is_promised, _a_closure, _an_early_end, _another_clause])
def test_what_another_process_changed_of_a_promise_is_seen(visited: World, change: Tampering) -> None:
    """Clauses are kept prepared from one count to the next: no event told this process of the change."""
    assert _check(visited) == []
    change(visited)
    assert _check(visited)
    assert _rebuild(visited) > 0
    assert _check(visited) == []
