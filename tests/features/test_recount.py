"""Obligations and the sums above them stay true through every kind of change, at once or a moment later."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from server import clock
from server.agreements.models import Agreement
from server.agreements.service import move_agreement
from server.db import db
from server.fulfilment import adapter, service
from server.fulfilment.events import FulfilmentChanged
from server.fulfilment.models import FIGURES, CommitmentWindow, Obligation, StaleStream
from server.residents.models import Resident
from server.residents.service import begin_condition, end_condition, move_back
from tests.factories.figures import check, drained, sums_kept
from tests.factories.phone import Phone
from tests.factories.statements import statements
from tests.factories.world import World

DIABETES: dict[str, Any] = {
    "services": ["capillary_glucose"],
    "scope": "resident",
    "per": "month",
    "eligible": {"any_of": ["type2_diabetes"]},
}
READING = {"sbp": 138, "dbp": 82}


def _resident(resident: Resident) -> Any:
    return (
        select(Resident)
        .where(Resident.id == resident.id)
        .options(selectinload(Resident.stays), selectinload(Resident.conditions))
    )


def _history(world: World) -> Iterator[tuple[str, Callable[[], object]]]:
    """A quarter's life of a home: what happens, by name."""
    visits: list[tuple[Phone, dict[str, Any]]] = []
    today = world.now.date()

    def change(act: Callable[[Any, Resident], object], resident: Resident) -> Callable[[], object]:
        def do() -> None:
            with world.work() as session:
                act(session, session.scalars(_resident(resident)).one())

        return do

    def said(word: str) -> Callable[[], object]:
        def do() -> None:
            phone, lines = visits[-1]
            staff = world.phone(world.staff, at=phone.clock + timedelta(hours=2))
            seen = {lines["round"]: 2, lines[world.ada.name]: 1}
            (staff.confirm if word == "confirm" else staff.dispute)(phone.round_id, seen)
            assert [each["outcome"] for each in staff.sync()] == ["stored"]

        return do

    def corrected() -> None:
        phone, lines = visits[-1]
        phone.amend(lines[world.ada.name], 1, {}, outcome="declined", form_version=None)
        assert [each["outcome"] for each in phone.sync(now=phone.clock + timedelta(hours=3))] == ["stored"]

    def withdrawn() -> None:
        phone, lines = visits[-1]
        phone.void(lines[world.ben.name], 1)
        assert [each["outcome"] for each in phone.sync(now=phone.clock + timedelta(hours=3))] == ["stored"]

    def visit() -> None:
        visits.append(world.visit(at=world.now, readings=[world.ada, world.ben]))

    yield "a visit", visit
    yield "confirmed", said("confirm")
    yield "disputed after all", said("dispute")
    yield "corrected", corrected
    yield "withdrawn", withdrawn
    yield "somebody moves in", lambda: world.resident(name="新来", bed="9-1", moved_in=today)
    yield "somebody moves out", lambda: world.move_out(world.ben, today - timedelta(days=20))
    yield "and back", change(lambda s, who: move_back(s, None, who, today, None, world.now), world.ben)
    begun = today - timedelta(days=60)
    yield (
        "falls ill",
        change(lambda s, who: begin_condition(s, None, who, "type2_diabetes", begun, world.now), world.ada),
    )
    yield (
        "gets well",
        change(lambda s, who: end_condition(s, None, who, "type2_diabetes", today, world.now), world.ada),
    )
    yield "another visit", visit
    yield "termination", lambda: _terminate(world, world.agreement, today + timedelta(days=10))


def _terminate(world: World, agreement: Agreement, on: date) -> None:
    with world.work() as session:
        move_agreement(session, None, session.get_one(Agreement, agreement.id), "terminate", on, world.now)


def test_sums_are_the_sums_after_every_kind_of_change(world: World) -> None:
    with clock.fixed(world.now):
        world.agree(number="糖-1", clauses=[("glucose", DIABETES, 1)])
        check(world)
        seen = [sums_kept(world)]
        for what, happens in _history(world):
            happens()
            check(world)
            seen.append(sums_kept(world))
            assert seen[-1] != seen[-2], f"{what} changed nothing"


def test_a_window_that_nobody_has_any_more_has_no_sum(world: World) -> None:
    with clock.fixed(world.now):
        _terminate(world, world.agreement, date(2026, 5, 20))
    last = max(row.start for row in world.rows(_of(world, CommitmentWindow)))
    assert last <= date(2026, 5, 19)
    assert max(row.start for row in world.rows(_of(world, Obligation))) > last, "their rows stay, with zeros"


def _of(world: World, model: Any) -> Any:
    return select(model).where(model.agreement_id == world.agreement.id)


def test_recounting_again_changes_nothing(world: World) -> None:
    with clock.fixed(world.now):
        world.visit(readings=[world.ada])
        before = {row.id: row.revision for row in world.rows(select(Obligation))}
        with world.work() as session:
            promises = adapter.promises(session, world.agreement.id)
            assert service.recount(session, set(service.streams_of(session, promises)), world.now) == 0
    assert {row.id: row.revision for row in world.rows(select(Obligation))} == before


def test_each_stream_is_counted_once_however_many_events_touch_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[Any] = []
    recount = service.recount

    def noted(session: Any, streams: Any, now: datetime, known: Any) -> int:
        counted.extend(streams)
        return recount(session, streams, now, known)

    monkeypatch.setattr(service, "recount", noted)
    with clock.fixed(world.now), world.work() as session:
        who = session.scalars(_resident(world.ada)).one()
        begin_condition(session, None, who, "hypertension", world.now.date(), world.now)
        end_condition(session, None, who, "hypertension", world.now.date(), world.now)
        move_agreement(
            session,
            None,
            session.get_one(Agreement, world.agreement.id),
            "terminate",
            date(2026, 9, 1),
            world.now,
        )
    assert len(counted) == len(set(counted)) == 3  # the round, and two residents' pressure


def test_who_listens_hears_of_an_agreement_only_when_a_window_changed(world: World) -> None:
    heard: list[Any] = []
    world.app.handlers.on(FulfilmentChanged, lambda _session, events, _now: heard.extend(events))
    try:
        with clock.fixed(world.now):
            phone, lines = world.visit(readings=[world.ada])
            assert heard == [FulfilmentChanged(world.agreement.id)]
            heard.clear()
            phone.amend(lines[world.ada.name], 1, {"sbp": 140, "dbp": 80})  # as pending as before
            phone.sync(now=phone.clock + timedelta(hours=2))
            assert heard == []
    finally:
        world.app.handlers._by_kind[FulfilmentChanged].pop()


def _crowd(world: World) -> None:
    for number in range(10):
        world.resident(
            name=f"甲{number}", bed=f"5{number}-1", conditions=[("type2_diabetes", date(2020, 1, 1))]
        )


CROWDED = [(f"glucose{number}", DIABETES, 1) for number in range(9)]


def test_many_streams_wait_and_are_counted_as_if_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 100)
    with clock.fixed(world.now):
        _crowd(world)
        made = world.agree(number="众-1", clauses=CROWDED)  # 12 residents, 9 clauses
        assert world.rows(_of_agreement(Obligation, made)) == []
        with world.app.app_context():
            assert service.stale_counts(db.session(), [made.id, world.agreement.id]) == {made.id: 108}
        assert drained(world) == 108
        check(world)
        monkeypatch.setattr(service, "AT_ONCE", 1000)
        twin = world.agree(number="众-2", clauses=CROWDED)
        assert world.rows(select(StaleStream)) == []
        check(world)
    assert _figures(world, twin) == _figures(world, made) != []


def _of_agreement(model: Any, agreement: Agreement) -> Any:
    return select(model).where(model.agreement_id == agreement.id)


def _figures(world: World, agreement: Agreement) -> list[tuple[Any, ...]]:
    keys = {each.id: each.key for each in agreement.commitments}
    return sorted(
        (
            keys[row.commitment_id],
            str(row.subject_id),
            row.start,
            row.end,
            row.deadline,
            *(getattr(row, name) for name in FIGURES),
        )
        for row in world.rows(_of_agreement(Obligation, agreement))
    )


def test_marking_twice_leaves_one_mark(world: World) -> None:
    with world.work() as session:
        promises = adapter.promises(session, world.agreement.id)
        streams = set(service.streams_of(session, promises))
        service.mark(session, streams, world.now)
        service.mark(session, streams, world.now + timedelta(hours=1))
    assert {row.marked_at for row in world.rows(select(StaleStream))} == {world.now}
    assert drained(world) == len(streams) == 3


@pytest.mark.parametrize("more", ["residents", "records", "past terms"])
def test_a_recount_of_more_rows_is_not_more_queries(world: World, more: str) -> None:
    with clock.fixed(world.now):
        world.visit(readings=[world.ada])
        few = _queries(world)
        if more == "residents":
            for number in range(5):
                world.resident(name=f"乙{number}", bed=f"6{number}-1")
        elif more == "records":
            world.visit(at=world.now - timedelta(days=20), readings=[world.ada, world.ben])
        else:
            for year in (2022, 2023):
                world.agree(number=f"旧-{year}", starts=date(year, 1, 1), ends=date(year, 12, 31))
        assert _queries(world) == few


def _queries(world: World) -> int:
    """Statements of a recount of all that the agreement has, wrong beforehand so that it writes too."""
    with world.work() as session:
        for row in session.scalars(_of(world, Obligation)):
            row.reported = 99
        session.flush()
        promises = adapter.promises(session, world.agreement.id)
        streams = set(service.streams_of(session, promises))
        with statements(world.app) as asked:
            service.recount(session, streams, world.now)
    return len(asked)


def test_a_record_leaves_earlier_and_later_terms_in_peace(world: World) -> None:
    """Writing must not become dearer with the years; what a record can still make good is counted."""
    graceful = ("rounds", {"services": ["round"], "per": "week", "makeup_days": 200}, 1)
    plain = ("rounds", {"services": ["round"], "per": "week"}, 1)
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    old = world.agree(number="旧-1", starts=first, ends=last, clauses=(plain,))
    late = world.agree(number="旧-2", starts=first, ends=last, clauses=(graceful,))
    coming = date(2027, 1, 1), date(2027, 12, 31)
    new = world.agree(number="新-1", starts=coming[0], ends=coming[1], clauses=(plain,))
    with world.work() as session:
        session.connection().execute(update(Obligation).values(promised=7))
    with clock.fixed(world.now):
        world.visit()
    weekly = [Obligation.commitment_id == world.commitment_id("rounds", each) for each in (old, late, new)]
    tampered, mended, ahead = (
        {row.promised for row in world.rows(select(Obligation).where(of_one))} for of_one in weekly
    )
    assert tampered == ahead == {7}
    assert 7 not in mended
