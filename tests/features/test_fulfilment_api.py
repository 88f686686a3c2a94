"""Fulfilment over HTTP: from the list of agreements down to the records behind one window, and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement, Suspension
from server.auth.roles import OrganisationKind, Role
from server.events import emit
from server.fulfilment.models import Obligation
from tests.factories.phone import Phone
from tests.factories.world import NOW, PRESSURE_TWICE, WEEKLY_ROUND, World

ONCE = {"services": ["tcm_health_guidance"], "scope": "resident", "kind": "once", "within_days": 30}
GUIDANCE = {"topics": ["diet"], "text": "少盐"}


def _morning(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 1, 30, tzinfo=UTC)


def _json(world: World, login: str, path: str, at: datetime = NOW) -> Any:
    with clock.fixed(at + timedelta(hours=4)):
        return world.client(login).json(path)


def _records(world: World, commitment: UUID, start: str, at: datetime, login: str = "manager") -> Any:
    """The page of the one obligation of a window: (day, verdict, reported only, reasons), newest first."""
    window = _json(world, login, f"/commitments/{commitment}/windows/{start}", at)
    page = _json(world, login, f"/obligations/{window['obligations'][0]['id']}", at)
    return page, [
        (each["line"]["on"], each["verdict"], each["reported_only"], each["reasons"])
        for each in page["records"]
    ]


def _confirm(world: World, ids: dict[str, UUID], *, dispute: str = "", at: datetime) -> None:
    staff = world.phone(world.staff, at=at + timedelta(hours=2))
    confirmed = {line: 2 if name == "round" else 1 for name, line in ids.items() if name != dispute}
    staff.confirm(ids["round"], confirmed)
    if dispute:
        staff.dispute(ids["round"], {ids[dispute]: 1})
    assert {result["outcome"] for result in staff.sync()} == {"stored"}


def test_why_records_count_or_not(world: World) -> None:
    """Two pressures a quarter, two weeks apart: all the ways in which one may not count."""
    nurse = world.person(
        "nurse", world.hospital, Role.CLINICIAN, certified=(date(2020, 1, 1), date(2026, 4, 1))
    )
    visits: dict[int, tuple[Phone, dict[str, UUID]]] = {}
    for month, day, login in ((4, 3, None), (4, 10, None), (4, 20, nurse), (4, 24, None), (4, 27, None)):
        visits[day] = world.visit(login, at=_morning(month, day), readings=[world.ada])
    for day, disputed in ((3, ""), (10, ""), (20, ""), (24, "王秀英")):
        _confirm(world, visits[day][1], dispute=disputed, at=_morning(4, day))
    phone, ids = visits[27]
    said = {"line_id": str(ids["王秀英"]), "version": 1, "reason": "wrong_resident", "reason_text": None}
    phone.say("void", said)
    assert phone.sync(now=_morning(4, 27) + timedelta(hours=3))[0]["outcome"] == "stored"
    world.visit(at=_morning(5, 11), readings=[world.ada])

    commitment = world.commitment_id("bp")
    mine = next(one for one in _windows(world, commitment) if one.subject_id == world.ada.id)
    page = _json(world, world.manager, f"/obligations/{mine.id}")
    records = [
        (each["line"]["on"][5:], each["verdict"], each["reported_only"], each["reasons"])
        for each in page["records"]
    ]
    assert records == [
        ("05-11", "counted", True, ["unconfirmed"]),
        ("04-27", "not_counted", False, ["void"]),
        ("04-24", "not_counted", False, ["disputed"]),
        ("04-20", "not_counted", False, ["certificate_expired"]),
        ("04-10", "not_counted", False, ["too_soon"]),
        ("04-03", "counted", False, []),
    ]
    assert (page["obligation"]["confirmed"], page["obligation"]["reported"]) == (1, 2)


def _windows(world: World, commitment: UUID) -> list[Obligation]:
    return world.rows(
        select(Obligation).where(Obligation.commitment_id == commitment, Obligation.start == date(2026, 4, 1))
    )


def test_a_visit_may_pay_last_weeks_debt(world: World) -> None:
    clause = {**WEEKLY_ROUND, "makeup_days": 3}
    agreement = world.agree(number="签-3", clauses=[("grace", clause, 1)])
    for day in (12, 13, 14):
        _, ids = world.visit(at=_morning(5, day))
        _confirm(world, ids, at=_morning(5, day))
    commitment, after = world.commitment_id("grace", agreement), _morning(5, 20)
    _, this_week = _records(world, commitment, "2026-05-11", after)
    assert this_week == [
        ("2026-05-14", "surplus", False, ["surplus"]),
        ("2026-05-13", "not_counted", False, ["counted_elsewhere"]),
        ("2026-05-12", "counted", False, []),
    ]
    page, last_week = _records(world, commitment, "2026-05-04", after)
    assert [(on, verdict) for on, verdict, _, _ in last_week] == [("2026-05-13", "late")]
    assert (page["obligation"]["status"], page["obligation"]["confirmed_late"]) == ("met", 1)


def test_anyones_record_counts_once_but_opens_nobodys_round(world: World) -> None:
    """A health record made by another hospital fulfils the promise; its contents stay with that hospital."""
    mine = world.agree(number="签-3", clauses=[("guidance", ONCE, 1)])
    rival = world.organisation(OrganisationKind.MEDICAL, "同县另一医院")
    world.agree(rival, world.home, number="另-1", clauses=[])
    phone = world.phone(world.person("rival", rival, Role.CLINICIAN))
    newcomer = world.resident(name="新来的", moved_in=date(2026, 5, 1))
    phone.check_in(world.home, world.poster)
    line = phone.record("tcm_health_guidance", newcomer, GUIDANCE)
    assert {result["outcome"] for result in phone.sync()} == {"stored"}
    (row,) = world.rows(
        select(Obligation).where(
            Obligation.commitment_id == world.commitment_id("guidance", mine),
            Obligation.subject_id == newcomer.id,
        )
    )
    (shown,) = _json(world, world.manager, f"/obligations/{row.id}")["records"]
    assert (shown["line"]["id"], shown["line"]["form"], shown["round"]) == (str(line), {}, None)
    (whole,) = _json(world, world.home_manager, f"/obligations/{row.id}")["records"]
    assert (whole["line"]["form"], whole["round"]["medical"]["name"]) == (GUIDANCE, "同县另一医院")


def test_the_list_is_worst_first(world: World) -> None:
    later = world.agree(number="签-0", starts=date(2026, 5, 11), clauses=[("rounds", WEEKLY_ROUND, 1)])
    unrated = world.agree(number="签-9", starts=date(2026, 5, 1), clauses=[("bp", PRESSURE_TWICE, 2)])
    _, ids = world.visit()
    _confirm(world, ids, at=NOW)
    page = _json(world, world.regulator, "/agreements", _morning(5, 20))
    assert page["as_of"] == "2026-05-20"
    listed = [(each["id"], each["confirmed_rate"], each["rated"], each["of"]) for each in page["agreements"]]
    assert listed == [
        (str(world.agreement.id), "0.0250", 2, 2),
        (str(later.id), "1.0000", 1, 1),
        (str(unrated.id), None, 0, 1),
    ]
    first = page["agreements"][0]
    assert (first["worst"]["confirmed_rate"], first["worst"]["id"]) == (
        "0.0000",
        str(world.commitment_id("bp")),
    )
    assert page["agreements"][2]["worst"] is None


def test_regulators_see_rates_and_no_names(world: World) -> None:
    _, ids = world.visit(readings=[world.ada])
    commitment = world.commitment_id("bp")
    _, records = _records(world, commitment, "2026-04-01", NOW, world.regulator)
    window = _json(world, world.regulator, f"/commitments/{commitment}/windows/2026-04-01")
    assert {(each["subject"]["name"], each["subject"]["bed"]) for each in window["obligations"]} == {
        ("王*", ""),
        ("李*", ""),
    }
    assert sorted(each["subject"]["number"] for each in window["obligations"]) == [1, 2]
    for each in window["obligations"]:
        page = _json(world, world.regulator, f"/obligations/{each['id']}")
        assert page["obligation"]["subject"] == each["subject"], "the same number on every page"
    line = _json(world, world.regulator, f"/lines/{ids['王秀英']}")
    assert (line["line"]["subject_name"], line["line"]["form"]) == ("王*", {})
    assert [version["form"] for version in line["versions"]] == [{}]
    round_page = _json(world, world.regulator, f"/rounds/{ids['round']}")
    assert "王秀英" not in str([records, window, line, round_page])
    assert "sbp" not in str([records, window, line, round_page])
    whole = _json(world, world.manager, f"/lines/{ids['王秀英']}")
    assert (whole["line"]["subject_name"], whole["line"]["form"]["sbp"]) == ("王秀英", 138)
    fields = {field["name"] for field in whole["form"]["fields"]}
    assert fields >= whole["line"]["form"].keys(), "managers hold no forms: the page brings its own"


def test_who_reads_names_needs_no_numbers(world: World) -> None:
    world.visit(readings=[world.ada])
    window = _json(world, world.manager, f"/commitments/{world.commitment_id('bp')}/windows/2026-04-01")
    assert {each["subject"]["number"] for each in window["obligations"]} == {None}


def test_more_agreements_than_a_page_come_by_number_and_are_found_by_name(world: World) -> None:
    with clock.fixed(NOW):
        home = world.organisation(OrganisationKind.CARE, "百合_院")
        for number in range(5):
            world.agree(number=f"多-{number}")
        world.agree(home=home, number="百-1")

    def page(query: str) -> tuple[int, list[str]]:
        found = _json(world, world.manager, f"/agreements?{query}")
        return found["total"], [each["number"] for each in found["agreements"]]

    total, all_of_them = page("")
    assert total == 7
    by_number = [each for offset in (0, 3, 6) for each in page(f"limit=3&offset={offset}")[1]]
    assert by_number == sorted(all_of_them)
    assert page("search=百合_") == (1, ["百-1"])
    assert page("search=合%25院")[0] == 0, "nothing typed is a pattern"
    assert page("search=多-3") == (1, ["多-3"])


def test_an_administrator_of_a_regulator_sees_no_names_either(world: World) -> None:
    world.visit(readings=[world.ada])
    for role in (Role.SYSTEM_ADMIN, Role.MANAGER):
        world.grant(world.regulator, world.bureau, role)
    window = _json(world, world.regulator, f"/commitments/{world.commitment_id('bp')}/windows/2026-04-01")
    assert {each["subject"]["name"] for each in window["obligations"]} == {"王*", "李*"}


def test_life_in_the_home_moves_the_promise(world: World) -> None:
    """Moving in and out, a closure, the end: promises follow at once, in the same transaction."""
    commitment = world.commitment_id("bp")

    def promised() -> dict[str, int]:
        rows = world.rows(select(Obligation).where(Obligation.commitment_id == commitment))
        return {
            start: sum(row.promised for row in rows if row.start.isoformat() == start)
            for start in ("2026-04-01", "2026-07-01", "2026-10-01")
        }

    with clock.fixed(NOW):
        assert promised() == {"2026-04-01": 4, "2026-07-01": 4, "2026-10-01": 4}
        world.resident(name="张翠花", moved_in=date(2026, 7, 1))
        assert promised() == {"2026-04-01": 4, "2026-07-01": 6, "2026-10-01": 6}
        world.resident(name="年轻人", born=date(1990, 1, 1), moved_in=date(2026, 4, 1))
        assert promised() == {"2026-04-01": 4, "2026-07-01": 6, "2026-10-01": 6}
        world.move_out(world.ada, date(2026, 6, 30))
        assert promised() == {"2026-04-01": 4, "2026-07-01": 4, "2026-10-01": 4}
        _suspend(world, date(2026, 10, 1), date(2026, 12, 31))
        assert promised() == {"2026-04-01": 4, "2026-07-01": 4, "2026-10-01": 0}
        path = f"/agreements/{world.agreement.id}/actions"
        ended = world.client(world.manager).post(path, {"action": "terminate", "on": "2026-07-01"})
        assert ended.status_code == 200
        assert promised() == {"2026-04-01": 4, "2026-07-01": 0, "2026-10-01": 0}


def _suspend(world: World, first: date, last: date) -> None:
    with world.work() as session:
        agreement = session.get_one(Agreement, world.agreement.id)
        session.add(Suspension(agreement_id=agreement.id, starts=first, ends=last, reason="流感"))
        emit(session, AgreementChanged(agreement.id))


def test_what_is_not_there_is_not_found(world: World) -> None:
    with clock.fixed(NOW):
        manager = world.client(world.manager)
        commitment = world.commitment_id("rounds")
        for path, status in (
            (f"/commitments/{commitment}/windows/2026-05-12", 404),
            (f"/commitments/{commitment}/windows/monday", 422),
            (f"/commitments/{world.home.id}/windows", 404),
            (f"/obligations/{world.home.id}", 404),
            ("/obligations/1", 404),
        ):
            assert manager.get(path).status_code == status, path
