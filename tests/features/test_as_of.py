"""Figures of a past day over HTTP: the records up to it, read with what is known today."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.demands.models import Demand
from server.web.application import Application
from tests.factories.client import field_errors
from tests.factories.world import PRESSURE_TWICE, WEEKLY_ROUND, World

MARCH = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # a Monday
APRIL = datetime(2026, 4, 20, 1, 30, tzinfo=UTC)
GRACE = {**WEEKLY_ROUND, "makeup_days": 3}
CLAUSES = (("rounds", WEEKLY_ROUND, 1), ("bp", PRESSURE_TWICE, 2), ("grace", GRACE, 1))


@pytest.fixture
def early(database: Application) -> World:
    """The county on 2 March, with one more promise: a round a week, three days of grace."""
    world = World(database, MARCH)
    with clock.fixed(MARCH):
        world.agreement = world.agree(number="签-3", clauses=CLAUSES)
    return world


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 1, 30, tzinfo=UTC)


def _visit(world: World, month: int, day: int, *, confirmed: bool = True, **kwargs: Any) -> dict[str, UUID]:
    at = _at(month, day)
    _, ids = world.visit(at=at, **kwargs)
    if confirmed:
        staff = world.phone(world.staff, at=at + timedelta(hours=2))
        staff.confirm(ids["round"], {line: 2 if name == "round" else 1 for name, line in ids.items()})
        assert {result["outcome"] for result in staff.sync()} == {"stored"}
    return ids


def _json(world: World, path: str, at: datetime = APRIL, login: str = "manager") -> Any:
    with clock.fixed(at + timedelta(hours=4)):
        return world.client(login).json(path)


def _windows(world: World, key: str, as_of: str | None = None) -> dict[str, Any]:
    query = f"?as_of={as_of}" if as_of else ""
    page = _json(world, f"/commitments/{world.commitment_id(key)}/windows{query}")
    return {each["start"][5:]: each for each in page["windows"]}


def test_the_page_of_31_march_read_later_is_the_page_read_on_31_march(early: World) -> None:
    """What came after moves a window, takes a pending unit out and adds its own: nothing of it shows."""
    paths = [f"/agreements/{early.agreement.id}"]
    for key in ("rounds", "bp", "grace"):
        windows = f"/commitments/{early.commitment_id(key)}/windows"
        paths += [windows, f"{windows}/{'2026-01-01' if key == 'bp' else '2026-03-23'}"]
    _visit(early, 3, 10, readings=[early.ada])
    _visit(early, 3, 28, confirmed=False, readings=[early.ada, early.ben])
    _visit(early, 3, 31)
    then = [_json(early, path, _at(3, 31)) for path in paths]
    _visit(early, 4, 3, readings=[early.ada])
    _visit(early, 4, 4, readings=[early.ben])
    assert [_json(early, f"{path}?as_of=2026-03-31") for path in paths] == then
    now = [_json(early, path) for path in paths]
    assert all(one["as_of"] == "2026-04-20" for one in now)
    assert all(
        one["commitments" if n == 0 else "commitment"] != then[n]["commitments" if n == 0 else "commitment"]
        for n, one in enumerate(now)
    )


def test_rates_of_31_march_by_hand(early: World) -> None:
    """By 31 March twelve weeks and four days of the term are over and 13 calendar weeks are due: two of them
    had a round. By 20 April 16 are due and three had one."""
    for month, day in ((2, 24), (3, 10), (4, 9)):
        _visit(early, month, day)

    def rounds(query: str) -> tuple[int, int, str]:
        page = _json(early, f"/agreements/{early.agreement.id}{query}")
        found = next(each for each in page["commitments"] if each["key"] == "rounds")
        return found["due_promised"], found["due_confirmed"], found["confirmed_rate"]

    assert rounds("?as_of=2026-03-31") == (13, 2, "0.1538")
    assert rounds("") == (16, 3, "0.1875")
    assert rounds("?as_of=2026-04-20") == rounds("")


def test_a_later_visit_moves_an_earlier_one_only_from_its_own_day_on(early: World) -> None:
    """Nothing in the last full week of March, a visit on Tuesday, one on Friday after the grace: on Friday
    Tuesday's pays the debt. Until then the debt was missed, whatever is stored today."""
    _visit(early, 3, 31)
    _visit(early, 4, 3)
    today = _windows(early, "grace")
    assert (today["03-23"]["confirmed_late"], today["03-23"]["statuses"]["met"]) == (1, 1)
    before = _windows(early, "grace", "2026-04-02")
    assert (before["03-23"]["confirmed"], before["03-23"]["statuses"]["missed"]) == (0, 1)
    assert (before["03-30"]["confirmed"], before["03-30"]["statuses"]["met"]) == (1, 1)
    assert _windows(early, "grace", "2026-04-03")["03-23"] == today["03-23"]
    assert _windows(early, "grace", "2026-04-01")["03-23"]["statuses"]["open"] == 1


def test_the_records_of_a_past_day_say_what_they_did_then(early: World) -> None:
    _visit(early, 3, 31)
    _visit(early, 4, 3)
    window = f"/commitments/{early.commitment_id('grace')}/windows/2026-03-30"
    (obligation,) = _json(early, window)["obligations"]

    def told(query: str) -> list[tuple[str, str, list[str]]]:
        page = _json(early, f"/obligations/{obligation['id']}{query}")
        return [(each["line"]["on"], each["verdict"], each["reasons"]) for each in page["records"]]

    assert told("") == [
        ("2026-04-03", "counted", []),
        ("2026-03-31", "not_counted", ["counted_elsewhere"]),
    ]
    assert ("2026-03-31", "counted", []) in told("?as_of=2026-04-02")
    then = _json(early, f"/obligations/{obligation['id']}?as_of=2026-04-02")["obligation"]
    assert (then["id"], then["confirmed"], then["status"]) == (obligation["id"], 1, "met")
    path = f"/obligations/{obligation['id']}?as_of=2026-03-29"
    with clock.fixed(APRIL):
        assert early.client(early.manager).get(path).status_code == 404


def test_a_later_counted_day_takes_nothing_from_before_it(early: World) -> None:
    """Two weeks apart: a confirmed reading of 2 April stands in the way of a pending one of 25 March, and of
    a refusal that day; on 31 March it was not there."""
    _visit(early, 3, 25, confirmed=False, readings=[early.ada])
    phone = early.phone(early.doctor, at=_at(3, 26))
    refused = phone.check_in(early.home, early.poster)
    line = phone.record("blood_pressure", early.ben, {}, outcome="declined")
    phone.check_out(early.home)
    phone.sync()
    staff = early.phone(early.staff, at=_at(3, 26) + timedelta(hours=2))
    staff.confirm(refused, {line: 1})
    staff.sync()
    _visit(early, 4, 2, readings=[early.ada, early.ben])
    then, now = _windows(early, "bp", "2026-03-31")["01-01"], _windows(early, "bp")["01-01"]
    figures = ("promised", "reported", "confirmed_excused", "reported_excused")
    assert [then[name] for name in figures] == [4, 1, 1, 1]
    assert [now[name] for name in figures] == [4, 0, 0, 0]


def test_the_roster_of_the_day_is_todays_knowledge_of_it(early: World) -> None:
    """Terms and stays are dated: a move known only now counts from its own day, before and after."""
    with clock.fixed(APRIL):
        early.move_out(early.ben, date(2026, 2, 14))
    assert _windows(early, "bp", "2026-03-31")["01-01"]["promised"] == 3  # 2, and 2 * 45 / 90 rounded


def test_a_day_to_come_is_refused_and_before_the_start_there_is_nothing(early: World) -> None:
    bp = early.commitment_id("bp")
    with clock.fixed(APRIL):
        manager = early.client(early.manager)
        (obligation, *_) = manager.json(f"/commitments/{bp}/windows/2026-01-01")["obligations"]
        paths = [
            f"/agreements/{early.agreement.id}",
            f"/commitments/{bp}/windows",
            f"/commitments/{bp}/windows/2026-01-01",
            f"/obligations/{obligation['id']}",
        ]
        for path in paths:
            assert field_errors(manager.get(f"{path}?as_of=2026-04-21")) == {"as_of": "in_the_future"}
            assert field_errors(manager.get(f"{path}?as_of=yesterday")) == {"as_of": "not_a_day"}
        earliest = [manager.get(f"{path}?as_of=1890-01-01").status_code for path in paths]
        page, windows, *gone = (manager.get(f"{path}?as_of=2025-12-31") for path in paths)
    assert earliest == [200, 200, 404, 404]
    first = page.get_json()["commitments"][0]
    assert (first["due_promised"], first["confirmed_rate"], first["pace"]) == (0, None, None)
    assert first["promised_by_year"][0]["promised"] > 0
    assert windows.get_json()["windows"] == []
    assert [answer.status_code for answer in gone] == [404, 404]


def test_what_was_never_in_force_is_not_counted_on_any_day(early: World) -> None:
    with clock.fixed(MARCH):
        draft = early.agree(number="签-5", clauses=CLAUSES, active=False)
    for query in ("", "?as_of=2026-04-01"):
        page = _json(early, f"/agreements/{draft.id}{query}")
        assert [each["due_promised"] for each in page["commitments"]] == [0, 0, 0]
        assert [each["pace"] for each in page["commitments"]] == [None, None, None]


def test_today_may_be_named_and_is_read_from_what_is_kept(early: World) -> None:
    _visit(early, 4, 14, readings=[early.ada])
    path = f"/agreements/{early.agreement.id}"
    assert _json(early, f"{path}?as_of=2026-04-20") == _json(early, path)


def test_the_engine_of_today_says_what_is_kept(early: World) -> None:
    """As of yesterday, with nothing recorded today: only the day differs from what is stored."""
    _visit(early, 3, 10, readings=[early.ada])
    _visit(early, 3, 28, confirmed=False, readings=[early.ada, early.ben])
    _visit(early, 4, 9, readings=[early.ben])
    later = datetime(2026, 4, 22, 1, 30, tzinfo=UTC)  # Wednesday and Tuesday: the same windows are open
    figures = "promised confirmed confirmed_late reported reported_excused subjects owed owing last_chance"
    for key in ("rounds", "bp", "grace"):
        path = f"/commitments/{early.commitment_id(key)}/windows"
        kept, counted = _json(early, path, later), _json(early, f"{path}?as_of=2026-04-21", later)
        assert [[each[name] for name in figures.split()] for each in kept["windows"]] == [
            [each[name] for name in figures.split()] for each in counted["windows"]
        ]


def _ask(world: World, minute: int, answered: int | None, *, day: int = 30) -> None:
    at = datetime(2026, 3, day, 2, 0, tzinfo=UTC) + timedelta(minutes=minute)
    (staff,) = world.rows(select(Account.id).where(Account.login == world.staff))
    with world.work() as session:
        session.add(
            Demand(
                institution_id=world.home.id,
                medical_id=world.hospital.id,
                service="green_channel_emergency",
                subject_id=world.ada.id,
                note="胸痛",
                asked_at=at,
                asked_by_id=staff,
                answered_at=None if answered is None else at + timedelta(minutes=answered),
                answered_by_id=None if answered is None else staff,
            )
        )


def test_requests_on_demand(early: World) -> None:
    """Half an hour: one met, one late, one never answered; one asked in the last minutes of 31 March."""
    clause = {"kind": "on_demand", "services": ["green_channel_emergency"], "respond_within_minutes": 30}
    clauses = (("green", {**clause, "weight": 2}, 1), ("rounds", WEEKLY_ROUND, 1))
    with clock.fixed(MARCH):
        early.agreement = early.agree(number="签-4", clauses=clauses)
        for minute, answered in ((0, 30), (60, 31), (120, None)):
            _ask(early, minute, answered)
        _ask(early, 13 * 60 + 50, 20, day=31)  # 23:50, answered ten minutes past midnight
    path = f"/commitments/{early.commitment_id('green')}/windows"
    demand = {"requests": 4, "open_requests": 0, "due": 4, "met": 2}
    page = _json(early, path)
    assert (page["commitment"]["demand"], page["windows"]) == (demand, [])
    assert page["commitment"]["confirmed_rate"] == "0.5000"
    told = [(each["state"], each["limit_at"][11:16], each["answered_at"]) for each in page["requests"]]
    assert [state for state, _, _ in told] == ["met", "unanswered", "late", "met"]
    assert told[0][1:] == ("16:20", "2026-03-31T16:10:00.000Z")
    assert (page["requests"][2]["minutes"], page["requests"][2]["note"]) == (31, "胸痛")
    then = _json(early, f"{path}?as_of=2026-04-01")
    assert then["commitment"]["demand"] == {"requests": 4, "open_requests": 1, "due": 3, "met": 1}
    last = then["requests"][0]
    assert (last["state"], last["answered_at"], last["answered_by"], last["minutes"]) == (
        "open",
        None,
        None,
        10,
    )
    agreement = _json(early, f"/agreements/{early.agreement.id}")
    assert (agreement["confirmed_rate"], agreement["rated"]) == ("0.3333", 2)  # (2 * 1/2 + 1 * 0) / 3
    listed = _json(early, "/agreements")["agreements"]
    assert next(each for each in listed if each["number"] == "签-4")["confirmed_rate"] == "0.3333"
    masked = _json(early, path, login=early.regulator)["requests"][0]
    assert (masked["subject"]["name"], masked["note"]) == ("王*", "")
