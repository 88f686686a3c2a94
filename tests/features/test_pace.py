"""Pace over HTTP: what is expected by now, still owed, and by when, each figure by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.fulfilment.models import CommitmentWindow, StaleStream
from server.fulfilment.rules.sums import WindowSums
from tests.factories.world import NOW, PRESSURE_TWICE, WEEKLY_ROUND, World

ONCE = {"services": ["tcm_health_guidance"], "scope": "resident", "kind": "once", "within_days": 30}
FULL = {
    "services": ["health_education_lecture"],
    "per": "quarter",
    "partial": "full",
    "min_days": 10,
    "min_minutes": 30,
    "min_attendees": 5,
    "makeup_days": 3,
    "weight": 1.5,
}


def _morning(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 1, 30, tzinfo=UTC)


def _page(world: World, path: str, at: datetime = NOW, login: str = "manager") -> Any:
    with clock.fixed(at + timedelta(hours=4)):
        return world.client(login).json(path)


def _commitment(page: Any, key: str) -> Any:
    return next(each for each in page["commitments"] if each["key"] == key)


def test_the_agreement_page_says_how_open_windows_stand(world: World) -> None:
    """On 12 May, 41 of the quarter's 91 days are over: of 4 pressures floor(4 * 41 / 91) = 1 is expected."""
    world.visit(at=_morning(5, 4), readings=[world.ada])
    page = _page(world, f"/agreements/{world.agreement.id}")
    assert page["recomputing"] == 0
    assert _commitment(page, "bp")["pace"] == {
        "windows": 1,
        "promised": 4,
        "confirmed": 0,
        "reported": 1,
        "excused": 0,
        "expected": 1,
        "owed": 3,
        "owing": 2,
        "last_chance": "2026-06-16",  # he needs two, 14 days apart
        "risk": None,
    }
    rounds = _commitment(page, "rounds")["pace"]
    assert (rounds["owed"], rounds["last_chance"], rounds["risk"]) == (1, "2026-05-17", "last_chance")


def test_windows_and_obligations_have_the_same_pace(world: World) -> None:
    world.visit(at=_morning(5, 4), readings=[world.ada])
    commitment = world.commitment_id("bp")
    listed = _page(world, f"/commitments/{commitment}/windows")["windows"]
    window = _page(world, f"/commitments/{commitment}/windows/2026-04-01")
    assert listed[0] == window["window"]
    assert [listed[0][name] for name in ("expected", "owed", "owing", "last_chance", "risk")] == [
        1,
        3,
        2,
        "2026-06-16",
        None,
    ]
    assert [listed[1][name] for name in ("due", "expected", "owed", "owing", "last_chance", "risk")] == [
        True,
        None,
        0,
        0,
        None,
        None,
    ]
    (ada, ben) = window["obligations"]
    assert (ben["owed"], ben["expected"], ben["earliest"], ben["last_chance"]) == (
        2,
        0,
        "2026-05-12",
        "2026-06-16",
    )
    assert (ada["owed"], ada["earliest"], ada["last_chance"]) == (1, "2026-05-18", "2026-06-30")
    alone = _page(world, f"/obligations/{ada['id']}")["obligation"]
    assert alone == ada


def test_a_window_lost_to_the_gap_is_said_to_be_lost(world: World) -> None:
    """Two a quarter, two weeks apart: whoever has none by 16 June cannot have two."""
    commitment = world.commitment_id("bp")
    for day, risk in ((8, "behind"), (9, "last_chance"), (16, "last_chance"), (17, "lost")):
        (window, *_) = _page(world, f"/commitments/{commitment}/windows", _morning(6, day))["windows"]
        assert (window["risk"], window["last_chance"]) == (risk, "2026-06-16")


def test_a_visit_too_late_for_the_next_one_loses_the_window_at_once(world: World) -> None:
    """Three in the term, 100 days apart, the first on 1 July: the second on 9 October leaves no room for a
    third. 14 June was the last day for a first one, and the window says so as its only resident does."""
    clause = {**PRESSURE_TWICE, "per": "term", "min_gap_days": 100}
    agreement = world.agree(number="签-3", clauses=[("rare", clause, 3)])
    with clock.fixed(NOW):
        world.move_out(world.ben, date(2026, 1, 20))
    world.visit(at=_morning(7, 1), readings=[world.ada])
    path = f"/commitments/{world.commitment_id('rare', agreement)}/windows"
    (window,) = _page(world, path, _morning(7, 2))["windows"]
    assert (window["owing"], window["last_chance"], window["risk"]) == (1, "2026-06-14", "lost")
    (ada,) = _page(world, f"{path}/2026-01-01", _morning(7, 2))["obligations"]
    assert (ada["last_chance"], ada["risk"]) == ("2026-06-14", "lost")
    assert (ada["owed"], ada["earliest"]) == (2, "2026-10-09")


def test_every_field_of_the_clause_and_what_it_promises_by_year(world: World) -> None:
    agreement = world.agree(
        number="签-3", starts=date(2026, 7, 1), ends=date(2027, 6, 30), clauses=[("talks", FULL, 2)]
    )
    (view,) = _page(world, f"/agreements/{agreement.id}", _morning(8, 1))["commitments"]
    said = {
        "category": "basic_public_health",
        "partial": "full",
        "min_days": 10,
        "min_minutes": 30,
        "min_attendees": 5,
        "count_by": "day",
        "within_days": None,
        "respond_within_minutes": None,
        "makeup_days": 3,
        "weight": "1.5",
        "count": 2,
        "terms": [{"from": "2026-07-01", "count": 2}],
        "promised_by_year": [{"year": 2026, "promised": 4}, {"year": 2027, "promised": 4}],
        "demand": None,
    }
    assert {name: view[name] for name in said} == said


def test_once_lists_every_resident_with_days_of_their_own(world: World) -> None:
    agreement = world.agree(number="签-3", clauses=[("guidance", ONCE, 1)])
    with clock.fixed(NOW):
        world.resident(name="新来的", moved_in=date(2026, 5, 1))
    page = _page(world, f"/commitments/{world.commitment_id('guidance', agreement)}/windows")
    assert [(each["start"], each["end"], each["subjects"]) for each in page["windows"]] == [
        ("2026-05-01", "2026-05-30", 1),
        ("2026-01-01", "2026-01-30", 2),
    ]
    listed = [(each["subject"]["name"], each["start"], each["status"]) for each in page["obligations"]]
    assert listed[0] == ("新来的", "2026-05-01", "open")
    assert sorted(listed[1:]) == [("李建国", "2026-01-01", "missed"), ("王秀英", "2026-01-01", "missed")]
    other = _page(world, f"/commitments/{world.commitment_id('bp')}/windows")
    assert (other["obligations"], other["requests"]) == ([], [])


def test_what_waits_for_a_recount_is_said(world: World) -> None:
    with world.work() as session:
        session.add(
            StaleStream(
                commitment_id=world.commitment_id("bp"),
                subject_id=world.ada.id,
                agreement_id=world.agreement.id,
                institution_id=world.home.id,
                marked_at=NOW,
            )
        )
    assert _page(world, f"/agreements/{world.agreement.id}")["recomputing"] == 1
    assert _page(world, f"/agreements/{world.agreement.id}?as_of=2026-05-01")["recomputing"] == 0


def test_sums_kept_are_the_sums_of_the_rules(world: World) -> None:
    """What the summary keeps and what the engine gives are read as one: they have the same columns."""
    columns = {column.name for column in CommitmentWindow.__table__.columns}
    assert set(WindowSums.__dataclass_fields__) == columns - {"commitment_id", "agreement_id"}
    assert world.rows(select(CommitmentWindow))


def test_the_list_comes_in_pages_and_finds_names(world: World) -> None:
    for number in range(3):
        world.agree(number=f"签-2{number}", clauses=[("rounds", WEEKLY_ROUND, 1)])

    def listed(query: str) -> tuple[int, list[str]]:
        page = _page(world, f"/agreements?{query}")
        return page["total"], sorted(each["number"] for each in page["agreements"])

    assert listed("") == (4, ["签-1", "签-20", "签-21", "签-22"])
    assert listed("limit=2") == (4, ["签-1", "签-20"])
    assert listed("limit=2&offset=2") == (4, ["签-21", "签-22"])
    assert listed("search=2") == (3, ["签-20", "签-21", "签-22"])
    assert listed("search=颐养") == (4, ["签-1", "签-20", "签-21", "签-22"])
    assert listed("search=%25") == (0, [])
    assert listed("search=外") == (0, [])
    for beyond in ("limit=101", f"offset={10**20}"):
        assert world.client(world.manager).get(f"/agreements?{beyond}").status_code == 422, beyond
