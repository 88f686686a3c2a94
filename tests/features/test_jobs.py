"""The worker's runs: once a slot, made up for, found again after a kill, and alarms for whoever watches."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Commitment
from server.app import JOBS
from server.db import db
from server.fulfilment.events import Stream
from server.fulfilment.models import Drift, Obligation, StaleStream
from server.fulfilment.service import mark
from server.jobs.chains import seal_entries
from server.jobs.models import JobRun
from server.jobs.service import Job, run_pending, work_until
from server.jobs.sweeps import drain_streams, nightly, refresh_rollups
from server.rollups.models import AgreementPeriod
from server.web.application import Application
from tests.factories.world import NOW, PRESSURE_TWICE, World

# 02:29 and 02:30 in Hangzhou.
BEFORE, NIGHT = (datetime(2026, 5, 11, 18, minute, tzinfo=UTC) for minute in (29, 30))
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Work:
    """Something to be done, that notes when it was; it fails as often as told."""

    def __init__(self, *, failures: int = 0, batches: tuple[int, ...] = ()) -> None:
        self.at: list[datetime] = []
        self.failures = failures
        self.batches = list(batches)

    def __call__(self, _session: Session, now: datetime) -> dict[str, Any]:
        self.at.append(now)
        if self.failures:
            self.failures -= 1
            raise ValueError("no luck\nDETAIL: a name")
        return {"done": self.batches.pop(0)} if self.batches else {"checked": 7}

    def nightly(self) -> Job:
        return Job("nightly", self, at=time(2, 30))


def _run(app: Application, job: Job, at: datetime) -> list[str]:
    with clock.fixed(at):
        return run_pending(app, [job], at)


def _runs(app: Application) -> dict[str, JobRun]:
    with app.app_context():
        nightly = select(JobRun).where(JobRun.job == "nightly").order_by(JobRun.slot)
        return {run.slot: run for run in db.session.scalars(nightly)}


def test_a_night_is_run_once_and_a_missed_one_made_up_for(database: Application) -> None:
    work = Work()
    for at in (BEFORE, BEFORE + SECOND, NIGHT, NIGHT + HOUR, NIGHT + 3 * DAY, NIGHT + 3 * DAY + HOUR):
        assert _run(database, work.nightly(), at) == []
    assert work.at == [BEFORE, NIGHT, NIGHT + 3 * DAY]
    runs = _runs(database)
    assert list(runs) == ["2026-05-11", "2026-05-12", "2026-05-15"]
    last = runs["2026-05-15"]
    assert (last.started_at, last.finished_at) == (NIGHT + 3 * DAY, NIGHT + 3 * DAY)
    assert (last.result, last.error) == ({"checked": 7}, None)


def test_a_failed_night_is_noted_and_begun_again_an_hour_later(
    database: Application, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work(failures=1)
    assert _run(database, work.nightly(), NIGHT) == ["nightly"]
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["job nightly failed"]
    (failed,) = _runs(database).values()
    assert (failed.error, failed.result, failed.finished_at) == ("ValueError: no luck", {}, NIGHT)
    assert _run(database, work.nightly(), NIGHT + HOUR - SECOND) == []
    assert work.at == [NIGHT]
    assert _run(database, work.nightly(), NIGHT + HOUR) == []
    (good,) = _runs(database).values()
    assert (good.error, good.result, good.started_at) == (None, {"checked": 7}, NIGHT + HOUR)


def test_a_killed_run_is_found(database: Application) -> None:
    with database.app_context():
        db.session.add(JobRun(job="nightly", slot="2026-05-12", started_at=NIGHT, result={}))
        database.finish()
    work = Work()
    _run(database, work.nightly(), NIGHT + HOUR - SECOND)
    assert work.at == []
    _run(database, work.nightly(), NIGHT + HOUR)
    (run,) = _runs(database).values()
    assert (run.started_at, run.finished_at) == (NIGHT + HOUR, NIGHT + HOUR)


def test_who_was_taken_for_dead_does_not_note_an_end_over_the_other(database: Application) -> None:
    def overtaken(_session: Session, now: datetime) -> dict[str, Any]:
        other = Work()
        _run(database, other.nightly(), now + 2 * HOUR)
        assert other.at == [now + 2 * HOUR]
        return {"checked": 1}

    _run(database, Job("nightly", overtaken, at=time(2, 30)), NIGHT)
    (run,) = _runs(database).values()
    assert (run.started_at, run.result) == (NIGHT + 2 * HOUR, {"checked": 7})


def test_an_interval_job_runs_until_nothing_is_left(database: Application) -> None:
    work = Work(batches=(500, 12, 0))
    assert _run(database, Job("drain", work, every=SECOND), NIGHT) == []
    assert len(work.at) == 3
    assert _runs(database) == {}


def test_a_failing_job_keeps_nothing_and_stops_no_other(database: Application) -> None:
    def half_done(session: Session, now: datetime) -> dict[str, Any]:
        session.add(JobRun(job="x", slot="x", started_at=now, result={}))
        session.flush()  # to have something to roll back
        raise ValueError

    good = Work()
    jobs = [Job("bad", half_done, every=SECOND), Job("good", good, every=SECOND)]
    with clock.fixed(NIGHT):
        assert run_pending(database, jobs, NIGHT) == ["bad"]
    assert (good.at, _runs(database)) == ([NIGHT], {})


def test_the_loop_goes_on_after_a_failure_with_longer_pauses(
    database: Application, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = Work(failures=100), Work(batches=(1,) * 4)
    jobs = [Job("bad", bad, every=SECOND), Job("good", good, every=SECOND)]
    with clock.fixed(NIGHT):
        work_until(database, jobs, lambda: len(good.at) >= 4)
    assert len(good.at) == 4, "there was more to do: at once"
    assert len(bad.at) == 1, "its pause is not over"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_of_many_workers_one_runs_the_night(real_app: Application) -> None:
    work, together = Work(), Barrier(6)

    def worker(_number: int) -> list[str]:
        together.wait()
        return _run(real_app, work.nightly(), NIGHT)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(worker, range(6))) == [[]] * 6
    assert (work.at, list(_runs(real_app))) == ([NIGHT], ["2026-05-12"])


def _health(world: World, at: datetime) -> tuple[int, dict[str, Any]]:
    with clock.fixed(at):
        answer = world.client().get("/health/jobs")
    return answer.status_code, answer.get_json()


def _mark(world: World, at: datetime) -> None:
    with world.work() as session:
        session.add(
            StaleStream(
                commitment_id=world.commitment_id("rounds"),
                subject_id=world.home.id,
                agreement_id=world.agreement.id,
                institution_id=world.home.id,
                marked_at=at,
            )
        )


def test_health_tells_of_late_marks_and_missed_nights(world: World) -> None:
    status, figures = _health(world, NOW + 61 * SECOND)
    assert (status, figures["drain_lag_seconds"], figures["stale_agreements"]) == (503, 61, 2), (
        "no worker yet"
    )
    assert figures["seal_lag_seconds"] == 61
    _run(world.app, Job("rollups", refresh_rollups, every=SECOND), NOW)
    status, figures = _health(world, NOW)
    assert (status, figures["nightly_slot"], figures["drain_lag_seconds"]) == (200, None, 0)
    _run(world.app, Work().nightly(), NOW)
    _mark(world, NOW)
    status, figures = _health(world, NOW + timedelta(seconds=60))
    assert (status, figures["drain_lag_seconds"], figures["stale_streams"]) == (200, 60, 1)
    assert figures["nightly_slot"] == "2026-05-12"
    status, figures = _health(world, NOW + timedelta(seconds=61))
    assert (status, figures["drain_lag_seconds"]) == (503, 61)
    with world.work() as session:
        session.delete(session.scalars(select(StaleStream)).one())
    assert _health(world, NOW + 60 * SECOND)[0] == 200
    assert _health(world, NOW + 61 * SECOND)[0] == 503, "the trail is not sealed"
    _run(world.app, Job("seal", seal_entries, every=SECOND), NOW)
    assert _health(world, NOW + 26 * HOUR)[0] == 200
    assert _health(world, NOW + 26 * HOUR + SECOND)[0] == 503


def _night(world: World, at: datetime) -> JobRun:
    """The worker's own jobs, as they are run at that moment; returns the last nightly run."""
    with clock.fixed(at):
        assert run_pending(world.app, JOBS, at) == []
    return list(_runs(world.app).values())[-1]


def test_the_night_finds_what_drifted_and_has_it_mended(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with clock.fixed(NOW):
        world.visit(readings=[world.ada])
    assert _night(world, NOW + HOUR).result["drifts"] == 0
    assert caplog.records == []

    touched = Obligation.confirmed_surplus + 5
    reported = Obligation.reported == 1
    with world.work() as session:
        session.execute(update(Obligation).where(reported).values(confirmed_surplus=touched))
    night = _night(world, NOW + DAY)
    drifts = world.rows(select(Drift))
    assert night.result["drifts"] == len(drifts) > 0
    assert {level for _, level, _ in caplog.record_tuples} == {logging.ERROR}
    assert str(world.agreement.id) in caplog.text
    of_window = next(drift for drift in drifts if drift.subject_id == world.ada.id)
    assert (of_window.stored["confirmed_surplus"], of_window.computed["confirmed_surplus"]) == (5, 0)
    status, figures = _health(world, NOW + DAY)
    assert (status, figures["drifts_24h"], figures["stale_streams"] > 0) == (503, len(drifts), True)

    caplog.clear()
    assert _night(world, NOW + 2 * DAY).result["drifts"] == 0, "drained before the night looked again"
    assert caplog.records == []
    assert world.rows(select(Obligation).where(Obligation.confirmed_surplus > 0)) == []
    status, figures = _health(world, NOW + 2 * DAY + SECOND)
    assert (status, figures["drifts_24h"], figures["stale_streams"]) == (200, 0, 0)


def test_the_night_finds_roll_ups_that_are_untrue_and_has_them_mended(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with clock.fixed(NOW):
        world.visit(readings=[world.ada])
    _night(world, NOW + HOUR)
    with world.work() as session:
        session.execute(update(AgreementPeriod).values(of=AgreementPeriod.of + 1))
    night = _night(world, NOW + DAY)
    assert night.result["drifts"] == len(world.rows(select(Drift))) > 0
    assert "roll-ups differ" in caplog.text
    assert _night(world, NOW + 2 * DAY).result["drifts"] == 0


def test_the_night_forgets_runs_of_long_ago(world: World) -> None:
    with world.work() as session:
        for days in (401, 399):
            at = NOW - days * DAY
            slot = at.date().isoformat()
            session.add(JobRun(job="nightly", slot=slot, started_at=at, finished_at=at, result={}))
    assert _night(world, NOW).result["forgotten"] == 1
    assert list(_runs(world.app)) == ["2025-04-08", "2026-05-12"]


def _unreadable(world: World) -> None:
    """A clause as no service stores it; the other agreement of the world's institution is as it should be."""
    with world.work() as session:
        clause = {"services": ["round"], "per": "fortnight"}
        mine = Commitment.id == world.commitment_id("rounds")
        session.execute(update(Commitment).where(mine).values(clause=clause))


def _drain(world: World, at: datetime) -> None:
    with clock.fixed(at):
        assert run_pending(world.app, [Job("drain", drain_streams, every=SECOND)], at) == []


def test_an_agreement_that_cannot_be_counted_stops_none_beside_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    other = world.agree(number="并-1", clauses=[("bp", PRESSURE_TWICE, 2)])
    _run(world.app, Job("rollups", refresh_rollups, every=SECOND), NOW)
    kept = world.rows(select(Commitment).where(Commitment.id == world.commitment_id("rounds")))[0].clause
    _unreadable(world)
    with world.work() as session:
        streams = {
            Stream(world.home.id, world.agreement.id, world.commitment_id("rounds"), world.home.id),
            Stream(world.home.id, other.id, other.commitments[0].id, world.ada.id),
        }
        mark(session, streams, NOW)
    _drain(world, NOW)
    assert {row.agreement_id for row in world.rows(select(StaleStream))} == {world.agreement.id}
    assert {level for _, level, _ in caplog.record_tuples} == {logging.ERROR}
    assert str(world.agreement.id) in caplog.text
    status, figures = _health(world, NOW)
    assert (status, figures["failing_agreements"], figures["stale_streams"]) == (503, 1, 1)

    caplog.clear()
    _drain(world, NOW + HOUR - SECOND)
    assert caplog.records == [], "it is not tried again each second"
    with world.work() as session:
        session.execute(
            update(Commitment).where(Commitment.id == world.commitment_id("rounds")).values(clause=kept)
        )
    _drain(world, NOW + HOUR)
    assert world.rows(select(StaleStream)) == []
    assert _health(world, NOW + HOUR)[1]["failing_agreements"] == 0


def test_the_night_goes_on_after_an_agreement_that_cannot_be_counted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    other = world.agree(number="并-2", clauses=[("bp", PRESSURE_TWICE, 2)])
    _unreadable(world)
    with world.work() as session:
        own = Obligation.agreement_id == other.id
        session.execute(update(Obligation).where(own).values(confirmed_surplus=5))
        drifts = nightly(session, NOW)["drifts"]
        session.flush()
    assert drifts > 0
    assert {drift.agreement_id for drift in world.rows(select(Drift))} == {other.id}
    assert f"agreement {world.agreement.id} cannot be counted" in caplog.text
    assert _health(world, NOW)[1]["failing_agreements"] == 1
