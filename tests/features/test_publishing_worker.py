"""Publishing by the worker: seen on its way, of one instant, and the same however often it is killed."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server import clock
from server.app import JOBS, settle
from server.db import db, writing
from server.fulfilment.models import CommitmentWindow, StaleStream
from server.jobs.service import run_pending
from server.publishing import freezing
from server.publishing.freezing import PATIENCE, freeze_step
from server.publishing.models import ChangedAgreement, PublishedAgreement, PublishedPeriod, PublishedWindow
from server.publishing.queries import freeze_requests
from tests.factories.world import NOW, World

DAY = timedelta(days=1)
PUBLISH = [job for job in JOBS if job.name == "publish"]


def _ask(world: World, period: str = "2026-Q1", status: int = 201) -> dict[str, Any]:
    with clock.fixed(NOW):
        answer = world.client(world.regulator).post("/published", {"period": period})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def _read(world: World, published: str, by: str | None = None) -> dict[str, Any]:
    with clock.fixed(NOW):
        found: dict[str, Any] = world.client(by or world.regulator).json(f"/published/{published}")
    return found


def _step(world: World, at: Any = NOW) -> int:
    with world.app.app_context(), writing(db.session(), one_instant=True) as session:
        done = freeze_step(session, at)
        world.app.finish()
    return done


def _settle(world: World, at: Any = NOW) -> None:
    with clock.fixed(at), world.app.app_context():
        settle(world.app)


def _others(world: World) -> None:
    with clock.fixed(NOW):
        for number in range(4):
            world.agree(number=f"多-{number}")
    _settle(world)


def test_it_is_seen_on_its_way_by_those_who_publish(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "AGREEMENTS", 2)
    _others(world)
    asked = _ask(world)
    assert (asked["state"], asked["digest"], asked["progress"]) == ("pending", "", {"frozen": 0, "of": 0})
    seen = []
    while _step(world):
        page = _read(world, asked["id"])
        seen.append((page["state"], page["progress"], page["agreements_total"]))
        if page["state"] == "pending":
            with clock.fixed(NOW):
                assert world.client(world.regulator).get(f"/published/{asked['id']}/rows").status_code == 404
                assert world.client(world.manager).get(f"/published/{asked['id']}").status_code == 404
                assert world.client(world.manager).json("/published") == {"published": []}
    assert seen == [
        *(("pending", {"frozen": frozen, "of": 5}, 0) for frozen in (0, 2, 4, 5)),
        ("published", None, 5),
    ]
    assert _read(world, asked["id"], by=world.manager)["headline"]["agreements"] == 5


def test_what_changes_after_the_cut_is_an_adjustment(world: World) -> None:
    """The figures of the page are those of the cut, whatever happens between it and the end."""
    asked = _ask(world)
    assert _step(world)
    first = select(CommitmentWindow.start).where(CommitmentWindow.end == date(2026, 1, 11))
    with world.work() as session:
        session.execute(update(CommitmentWindow).where(CommitmentWindow.start.in_(first)).values(confirmed=1))
    _settle(world)
    page = _read(world, asked["id"])
    assert page["headline"]["confirmed_rate"] == "0.0000"
    assert [each["frozen"]["confirmed"] for each in page["adjustments"]] == [0]
    assert page["adjustments_total"] == 1


def test_killed_at_any_step_it_ends_the_same(real_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = real_world
    monkeypatch.setattr(freezing, "AGREEMENTS", 2)
    _others(world)
    asked = _ask(world)
    steps = 0
    while not _killed_then_done(world):
        steps += 1
    assert steps >= 4
    page = _read(world, asked["id"])
    assert page["headline"]["agreements"] == 5
    texts = []
    for period in ("2026-Q1", "2026-Q1-again"):
        texts.append(_frozen(world, asked["id"]))
        if period == "2026-Q1":
            _begin_again(world)
    assert texts[0] == texts[1]
    assert _read(world, asked["id"])["digest"] == page["digest"]


def _killed_then_done(world: World) -> bool:
    """A step that dies before its commit, then the same step to its end; whether nothing was left to do."""
    with pytest.raises(KeyboardInterrupt):
        _die_before_commit(world)
    return not _step(world)


def _die_before_commit(world: World) -> None:
    with world.app.app_context(), writing(db.session()) as session:
        freeze_step(session, NOW)
        raise KeyboardInterrupt


def _frozen(world: World, published: str) -> str:
    with clock.fixed(NOW):
        return world.client(world.regulator).get(f"/published/{published}/rows").text


def _begin_again(world: World) -> None:
    with world.work() as session:
        session.execute(update(PublishedPeriod).values(state="pending"))
    while _step(world):
        pass


def test_the_worker_freezes_in_one_instant(real_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed while requests are read, after the windows, is not in the cut."""
    if real_world.app.settings.database_url.startswith("sqlite"):
        return  # nobody else writes meanwhile
    asked = _ask(real_world)

    def meanwhile(session: Session, period: PublishedPeriod, span: Any) -> None:
        with db.engine.begin() as other:
            other.execute(update(CommitmentWindow).values(confirmed=7))
        freeze_requests(session, period, span)
        seen = session.scalar(select(func.max(CommitmentWindow.confirmed)))
        assert seen == 0, "the session still reads the instant of the cut"

    monkeypatch.setattr(freezing, "freeze_requests", meanwhile)
    with clock.fixed(NOW):
        assert run_pending(real_world.app, PUBLISH, NOW) == []
    assert _read(real_world, asked["id"])["state"] == "published"


def test_it_waits_for_a_recount_and_gives_up_in_the_end(world: World) -> None:
    _mark(world, world.other["agreement"], world.other["home"])
    _mark(world, world.agreement, world.home)
    asked = _ask(world)
    assert (_step(world), _read(world, asked["id"])["state"]) == (0, "pending")
    assert _step(world, NOW + PATIENCE + timedelta(seconds=1)) == 0
    found = _read(world, asked["id"])
    assert (found["state"], found["failure"], found["progress"]) == ("failed", "recomputing", None)
    _unmark(world, world.agreement)
    assert _ask(world)["id"] == asked["id"]
    assert _step(world), "marks of another county are no obstacle"
    while _step(world):
        pass
    found = _read(world, asked["id"])
    assert (found["state"], found["failure"]) == ("published", None)
    assert len(world.trail("period.publishing", asked["id"])) == 2
    _ask(world, status=409)


def _mark(world: World, agreement: Any, home: Any) -> None:
    with world.work() as session:
        commitment = world.commitment_id("rounds", agreement)
        of = {"agreement_id": agreement.id, "institution_id": home.id}
        session.add(StaleStream(commitment_id=commitment, subject_id=home.id, marked_at=NOW, **of))


def _unmark(world: World, agreement: Any) -> None:
    with world.work() as session:
        for mark in session.scalars(select(StaleStream).where(StaleStream.agreement_id == agreement.id)):
            session.delete(mark)


def test_what_breaks_is_said_and_can_be_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, after = _ask(world), _ask(world, "2026-02")

    def broken(*_: Any) -> None:
        raise ValueError("a clause that cannot be read")

    with monkeypatch.context() as patched:
        patched.setattr(freezing, "note_agreements", broken)
        assert _step(world) == 1
    found = _read(world, asked["id"])
    assert (found["state"], found["failure"]) == ("failed", "broken")
    assert world.rows(select(PublishedWindow)) == [], "the step left nothing"
    while _step(world):
        pass
    assert _read(world, after["id"])["state"] == "published", "it is in nobody's way"
    _ask(world)
    _settle(world)
    assert _read(world, asked["id"])["state"] == "published"


def test_only_what_differs_is_written_and_no_mark_stays(world: World) -> None:
    asked = _ask(world)
    _settle(world)
    (kept,) = world.rows(select(PublishedAgreement))
    assert (kept.adjustments, kept.due_on, kept.rated) == (0, None, True)
    with world.work() as session:
        window = session.scalars(
            select(CommitmentWindow).where(
                CommitmentWindow.end == date(2026, 1, 11),
                CommitmentWindow.agreement_id == world.agreement.id,
            )
        ).one()
        window.confirmed = 1
        session.add(ChangedAgreement(agreement_id=world.agreement.id, marked_at=NOW))
    assert _read(world, asked["id"])["adjustments_total"] == 0
    _settle(world)
    assert _read(world, asked["id"])["adjustments_total"] == 1
    assert world.rows(select(ChangedAgreement)) == []
