"""Why 83 %? Behind each window: every record with its reason, and the days that make the promise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.fulfilment.models import Obligation
from tests.factories.phone import Phone
from tests.factories.world import WEEKLY_ROUND, World

GUIDANCE = {"topics": ["diet"], "text": "少盐"}
READING = {"sbp": 138, "dbp": 82}


def _morning(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 1, 30, tzinfo=UTC)


def _page(world: World, commitment: UUID, subject: UUID, start: date, login: str = "manager") -> Any:
    (row,) = world.rows(
        select(Obligation).where(
            Obligation.commitment_id == commitment,
            Obligation.subject_id == subject,
            Obligation.start == start,
        )
    )
    with clock.fixed(_morning(6, 1)):
        return world.client(login).json(f"/obligations/{row.id}")


def _why(listed: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    return [(each["line"]["on"][5:], each["verdict"], each["reasons"]) for each in listed]


def _confirm(world: World, ids: dict[str, UUID], *, at: datetime) -> None:
    """The care home confirms the visit and all its lines."""
    staff = world.phone(world.staff, at=at + timedelta(hours=2))
    staff.confirm(ids["round"], {line: 2 if name == "round" else 1 for name, line in ids.items()})
    assert {result["outcome"] for result in staff.sync()} == {"stored"}


def test_too_soon_and_another_hospitals_reading(world: World) -> None:
    """Two pressures a quarter, two weeks apart; and one by a hospital that is not party to the agreement."""
    for day in (3, 10):
        _, ids = world.visit(at=_morning(4, day), readings=[world.ada])
        _confirm(world, ids, at=_morning(4, day))
    _read_by_rival(world, _morning(4, 20))
    page = _page(world, world.commitment_id("bp"), world.ada.id, date(2026, 4, 1))
    assert _why(page["records"]) == [
        ("04-20", "not_counted", ["other_institution"]),
        ("04-10", "not_counted", ["too_soon"]),
        ("04-03", "counted", []),
    ]
    rivals, soon, first = page["records"]
    assert (soon["too_close_to"], soon["far_enough_on"]) == ("2026-04-03", "2026-04-17")
    assert (first["too_close_to"], first["far_enough_on"], first["where"]) == (None, None, None)
    assert (rivals["round"], rivals["line"]["form"]) == (None, {}), "of a foreign round only the fact"
    assert page["outside"] == []


def _read_by_rival(world: World, at: datetime) -> None:
    rival = world.organisation(OrganisationKind.MEDICAL, "同县另一医院")
    world.agree(rival, world.home, number="另-1", clauses=[])
    phone = world.phone(world.person("rival", rival, Role.CLINICIAN), at=at)
    _visit_with(world, phone, ("blood_pressure", READING))


def _visit_with(world: World, phone: Phone, *services: tuple[str, dict[str, Any]]) -> None:
    phone.check_in(world.home, world.poster)
    for service, form in services:
        phone.record(service, world.ada, form)
    phone.check_out(world.home)
    assert {result["outcome"] for result in phone.sync()} == {"stored"}


def test_a_bundle_names_the_missing_services(world: World) -> None:
    clause = {
        "services": ["blood_pressure", "tcm_health_guidance"],
        "match": "all",
        "scope": "resident",
        "per": "quarter",
    }
    mine = world.agree(number="签-3", clauses=[("both", clause, 1)])
    _visit_with(world, world.phone(world.doctor, at=_morning(4, 8)), ("blood_pressure", READING))
    both = (("blood_pressure", READING), ("tcm_health_guidance", GUIDANCE))
    _visit_with(world, world.phone(world.doctor, at=_morning(4, 9)), *both)
    page = _page(world, world.commitment_id("both", mine), world.ada.id, date(2026, 4, 1))
    told = [(each["verdict"], each["reasons"], each["missing"]) for each in page["records"]]
    assert told == [
        ("counted", ["unconfirmed"], []),
        ("counted", ["unconfirmed"], []),
        ("not_counted", ["bundle_incomplete", "unconfirmed"], ["tcm_health_guidance"]),
    ]


def test_what_lies_outside_the_term_is_told_beside_the_windows(world: World) -> None:
    for month, day in ((4, 28), (5, 6), (5, 19)):
        world.visit(at=_morning(month, day))
    clause = {**WEEKLY_ROUND, "makeup_days": 3}
    mine = world.agree(
        number="签-3",
        starts=date(2026, 5, 4),
        ends=date(2026, 5, 10),
        clauses=[("short", clause, 1)],
    )
    page = _page(world, world.commitment_id("short", mine), world.home.id, date(2026, 5, 4))
    assert _why(page["records"]) == [("05-06", "counted", ["unconfirmed"])]
    assert _why(page["outside"]) == [
        ("05-19", "not_counted", ["after_grace"]),
        ("04-28", "not_counted", ["not_in_force"]),
    ]


def test_a_surplus_points_to_the_fact_and_a_moved_visit_to_its_window(world: World) -> None:
    clause = {**WEEKLY_ROUND, "makeup_days": 3}
    mine = world.agree(number="签-3", clauses=[("grace", clause, 1)])
    for day in (12, 13, 14):
        _, ids = world.visit(at=_morning(5, day))
        _confirm(world, ids, at=_morning(5, day))
    page = _page(world, world.commitment_id("grace", mine), world.home.id, date(2026, 5, 11))
    assert _why(page["records"])[1] == ("05-13", "not_counted", ["counted_elsewhere"])
    assert page["records"][1]["where"] == {"start": "2026-05-04", "end": "2026-05-10"}


def test_the_days_of_the_period_make_the_promise(world: World) -> None:
    """Moved in on 16 May: 46 of 91 days at 2 a quarter are 1.01, rounded 1."""
    newcomer = world.resident(name="新来的", moved_in=date(2026, 5, 16))
    page = _page(world, world.commitment_id("bp"), newcomer.id, date(2026, 4, 1))
    promise = page["promise"]
    causes = ("not_in_force", "suspended", "not_living_here", "not_eligible", "nothing_promised")
    assert [promise[cause] for cause in causes] == [0, 0, 45, 0, 0]
    assert (promise["promising"], promise["length"], promise["sum"]) == (46, 91, 92)
    assert (promise["partial"], promise["promised"], page["obligation"]["promised"]) == ("prorate", 1, 1)
    assert promise["counts"] == [{"count": 2, "days": 46}]
    assert (promise["first"], promise["last"]) == ("2026-04-01", "2026-06-30")


def test_a_reading_nobody_was_owed_says_which_fact(world: World) -> None:
    """Sixty until July: from then on one is promised for that quarter, before it none."""
    young = world.resident(name="年轻的", born=date(1961, 7, 1), moved_in=date(2026, 1, 1))
    world.visit(at=_morning(5, 6), readings=[young])
    page = _page(world, world.commitment_id("bp"), young.id, date(2026, 4, 1))
    assert _why(page["records"]) == [("05-06", "surplus", ["surplus", "not_eligible", "unconfirmed"])]
    assert page["records"][0]["ineligible"] == "age"
    assert (page["promise"]["too_young"], page["promise"]["promised"]) == (91, 0)


def test_regulators_read_the_reasons_and_no_names(world: World) -> None:
    world.visit(at=_morning(4, 3), readings=[world.ada])
    page = _page(world, world.commitment_id("bp"), world.ada.id, date(2026, 4, 1), world.regulator)
    assert _why(page["records"]) == [("04-03", "counted", ["unconfirmed"])]
    assert page["records"][0]["line"]["subject_name"] == "王*"
    assert page["promise"]["promised"] == 2
