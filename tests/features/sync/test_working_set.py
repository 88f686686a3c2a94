"""The working set: everything the first time, then what changed, and what is no longer theirs to know."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.residents.models import Resident, Stay
from server.residents.rules import identity_check_digit
from server.residents.service import NewResident, move_in
from server.sync.cursor import Cursor, Mark, read_cursor
from tests.factories.phone import Phone, outcomes
from tests.factories.world import WEEKLY_ROUND, World
from tests.features.sync.county import end_membership, served_home, terminate, working

ROWS = ("institutions", "residents", "owed", "rounds", "lines")


def _pages(phone: Phone, cursor: str | None, now: datetime) -> Iterator[dict[str, Any]]:
    page = phone.pull(cursor, now=now)
    yield page
    while page["more"]:
        page = phone.pull(page["cursor"], now=now)
        yield page


def _ids(rows: list[dict[str, Any]]) -> set[str]:
    return {row["id"] for row in rows}


def test_the_first_page_holds_all_of_the_institutions_served(world: World) -> None:
    _, ids = world.visit(readings=[world.ada])
    page = world.phone(world.doctor).pull(now=world.now + timedelta(hours=1))
    assert (page["protocol"], page["more"], page["forget"]) == (1, False, [])
    assert page["snapshots"] == [str(world.home.id)] == [one["id"] for one in page["institutions"]]
    assert _ids(page["residents"]) == {str(world.ada.id), str(world.ben.id)}
    assert _ids(page["lines"]) == {str(id_) for id_ in ids.values()}
    assert not any(page["removals"].values())
    (home,) = page["institutions"]
    assert home["location"] == {"latitude": 30.25, "longitude": 120.15, "datum": "WGS-84"}
    assert home["poster"] == {"version": 1, "short_code": world.poster.short_code}
    assert home["agreements"][0]["medical"]["name"] == "城关卫生服务中心"
    assert home["last_round_on"] == "2026-05-12"


def test_the_reference_holds_what_a_phone_needs_to_work_alone(world: World) -> None:
    reference = world.phone(world.doctor).pull()["reference"]
    assert len(reference["services"]) == 59
    assert _ids(reference["keys"]) == {key.id.hex() for key in world.app.keyring.signing}
    acts = {"manual_check_in", "amend", "void", "dispute", "uphold", "drop", "late_entry"}
    assert set(reference["reasons"]) == acts
    forms = {form["code"] for form in reference["forms"]}
    assert {service["form"] for service in reference["services"]} == forms | {None}


def test_nothing_is_sent_when_nothing_changed(world: World) -> None:
    world.visit(readings=[world.ada])
    phone = world.phone(world.doctor)
    later = world.now + timedelta(hours=1)
    first = phone.pull(now=later)
    second = phone.pull(first["cursor"], now=later + timedelta(hours=2))
    assert second["cursor"] == first["cursor"]
    assert second["reference"] is None
    assert not any(second[name] for name in (*ROWS, "snapshots", "forget"))
    assert not any(second["removals"].values())


def test_only_rows_that_changed_are_sent_again(world: World) -> None:
    _, ids = world.visit(readings=[world.ada, world.ben])
    phone = world.phone(world.doctor, at=world.now + timedelta(hours=2))
    cursor = phone.pull()["cursor"]
    staff = world.phone(world.staff, at=world.now + timedelta(hours=2))
    staff.confirm(ids["round"], {ids["王秀英"]: 1})
    assert outcomes(staff.sync()) == ["stored"]
    page = phone.pull(cursor)
    assert page["snapshots"] == []
    assert [line["id"] for line in page["lines"]] == [str(ids["王秀英"])]
    assert page["rounds"] == page["residents"] == []
    assert {row["subject_id"] for row in page["owed"]} == {str(world.ada.id)}


def test_a_reading_becomes_the_residents_last_one(world: World) -> None:
    world.visit(readings=[world.ada])
    page = world.phone(world.doctor, at=world.now + timedelta(hours=2)).pull()
    last = {row["id"]: row["last"] for row in page["residents"]}
    reading = last[str(world.ada.id)]["blood_pressure"]
    assert (reading["on"], reading["form"], reading["earlier"]) == ("2026-05-12", {"sbp": 138, "dbp": 82}, [])
    assert reading["assessment"]["grade"] == "high_normal"
    (line,) = (row for row in page["lines"] if row["service"] == "blood_pressure")
    assert reading["made_at"] == line["made_at"]
    assert last[str(world.ben.id)] == {}


def test_a_reading_taken_by_another_hospital_is_not_shown(world: World) -> None:
    hospital = _second_hospital(world)
    world.visit(readings=[world.ada])
    page = world.phone(hospital, at=world.now + timedelta(hours=2)).pull()
    assert all(row["last"] == {} for row in page["residents"])
    assert page["rounds"] == page["lines"] == page["owed"] == []
    assert page["institutions"][0]["last_round_on"] is None


def _second_hospital(world: World) -> str:
    hospital = world.organisation(OrganisationKind.MEDICAL, "二医院")
    world.agree(hospital, world.home, number="二-1", clauses=())
    return world.person("second-doctor", hospital, Role.CLINICIAN)


def test_what_is_owed_says_what_a_record_must_be_to_count(world: World) -> None:
    """For the phone's own estimate, offline."""
    hospital = world.organisation(OrganisationKind.MEDICAL, "二医院")
    asked = {"count_by": "record", "min_minutes": 60, "min_attendees": 20}
    lecture = {"services": ["health_education_lecture"], "per": "month", **asked}
    world.agree(
        hospital, world.home, number="二-1", clauses=(("talk", lecture, 1), ("round", WEEKLY_ROUND, 1))
    )
    page = world.phone(world.person("second-doctor", hospital, Role.CLINICIAN)).pull()
    said = {row["commitment_key"]: {name: row[name] for name in asked} for row in page["owed"]}
    assert said == {"talk": asked, "round": {"count_by": "day", "min_minutes": 0, "min_attendees": 0}}


def test_what_is_fulfilled_is_owed_no_more(world: World) -> None:
    phone = world.phone(world.doctor)
    first = phone.pull()
    week = next(
        row for row in first["owed"] if row["commitment_key"] == "rounds" and row["start"] == "2026-05-11"
    )
    assert (week["promised"], week["reported"], week["need"], week["subject_id"]) == (1, 0, 1, None)
    world.visit()
    page = phone.pull(first["cursor"], now=world.now + timedelta(hours=2))
    assert page["removals"]["owed"] == [week["id"]]
    assert week["id"] not in _ids(page["owed"])


def test_what_comes_near_by_date_alone_is_sent_without_a_change(world: World) -> None:
    phone = world.phone(world.doctor)
    first = phone.pull()
    horizon = (world.now + timedelta(days=35)).date().isoformat()
    assert max(row["start"] for row in first["owed"]) <= horizon
    week_later = world.now + timedelta(days=7)
    page = phone.pull(first["cursor"], now=week_later)
    assert page["snapshots"] == page["removals"]["owed"] == []
    fresh = _ids(page["owed"])
    assert fresh
    assert fresh.isdisjoint(_ids(first["owed"]))
    held = _ids(phone.pull(now=week_later)["owed"])
    assert held <= fresh | _ids(first["owed"])
    assert phone.pull(page["cursor"], now=week_later)["owed"] == []


def test_windows_a_phone_never_held_are_not_among_its_removals(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    terminate(world, world.agreement, date(2026, 5, 20), world.now)
    held = _ids(phone.pull()["owed"])
    gone = phone.pull(cursor)["removals"]["owed"]
    assert gone
    assert held.isdisjoint(gone)
    assert len(gone) < 20  # a year of weeks and two residents have sixty windows


def test_somebody_who_moved_out_stays_a_week_and_is_then_removed(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    world.move_out(world.ben, (world.now - timedelta(days=3)).date())
    world.move_out(world.ada, (world.now - timedelta(days=8)).date())
    page = phone.pull(cursor)
    assert page["removals"]["residents"] == [str(world.ada.id)]
    (ben,) = page["residents"]
    assert (ben["id"], ben["stay_to"]) == (str(world.ben.id), "2026-05-09")
    snapshot = phone.pull()
    assert _ids(snapshot["residents"]) == {str(world.ben.id)}
    assert snapshot["removals"]["residents"] == []


def test_an_institution_is_forgotten_when_its_agreement_has_settled(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    terminate(world, world.agreement, date(2026, 5, 13), world.now)  # the last day is the twelfth
    settling = phone.pull(cursor, now=world.now + timedelta(days=30))
    assert settling["forget"] == []
    after = phone.pull(settling["cursor"], now=world.now + timedelta(days=31))
    assert after["forget"] == [str(world.home.id)]
    assert not any(after[name] for name in ROWS)
    assert phone.pull(after["cursor"], now=world.now + timedelta(days=31))["forget"] == []


def test_scope_that_is_gained_comes_as_a_snapshot_and_goes_with_its_right(world: World) -> None:
    second = served_home(world, "二院")
    login = world.person("helping", second, Role.CARE_STAFF)
    world.grant(login, world.home, Role.CARE_STAFF)
    phone = world.phone(login)
    cursor = phone.pull()["cursor"]
    end_membership(world, login, world.home.id, world.now)
    page = phone.pull(cursor)
    assert page["forget"] == [str(world.home.id)]
    third = served_home(world, "三院")
    world.grant(login, third, Role.CARE_STAFF)
    page = phone.pull(page["cursor"])
    assert page["snapshots"] == [str(third.id)] == [one["id"] for one in page["institutions"]]


def test_a_role_more_or_less_at_an_institution_that_is_held_brings_all_of_it_anew(world: World) -> None:
    """A doctor who helps at the home as well reads what colleagues did there, and no more when that ends."""
    nurse = world.person("nurse", world.hospital, Role.CLINICIAN)
    _, ids = world.visit(nurse, readings=[world.ada])
    phone = world.phone(world.doctor, at=world.now + timedelta(hours=2))
    first = phone.pull()
    assert first["rounds"] == first["lines"] == []
    world.grant(world.doctor, world.home, Role.CARE_STAFF)
    helping = phone.pull(first["cursor"])
    assert helping["snapshots"] == [str(world.home.id)]
    assert _ids(helping["lines"]) == {str(id_) for id_ in ids.values()}
    end_membership(world, world.doctor, world.home.id, world.now)
    after = phone.pull(helping["cursor"])
    assert after["snapshots"] == [str(world.home.id)]
    assert after["rounds"] == after["lines"] == []


def test_who_works_for_another_hospital_now_holds_no_rounds_of_the_first(world: World) -> None:
    world.visit(readings=[world.ada])
    phone = world.phone(world.doctor, at=world.now + timedelta(hours=2))
    cursor = phone.pull()["cursor"]
    hospital = world.organisation(OrganisationKind.MEDICAL, "二医院")
    world.agree(hospital, world.home, number="二-1", clauses=())
    world.grant(world.doctor, hospital, Role.CLINICIAN)
    end_membership(world, world.doctor, world.hospital.id, world.now)
    page = phone.pull(cursor)
    assert page["snapshots"] == [str(world.home.id)]
    assert page["rounds"] == page["lines"] == page["owed"] == []


def test_a_cursor_of_many_institutions_fits_into_an_address() -> None:
    """Beside the ids of a hundred that were chosen; gunicorn takes 8,190 bytes."""
    mark = Mark(123_456, date(2026, 5, 12), "a1b2c3")
    cursor = Cursor("2026-1.abcdef01.abcdef02", {uuid4(): mark for _ in range(100)})
    chosen = ",".join(str(id_) for id_ in cursor.marks)
    assert len(cursor.text()) + len(chosen) < 8_000
    assert read_cursor(cursor.text()) == cursor


def test_nothing_of_another_county_is_ever_in_it(world: World) -> None:
    world.visit(world.doctor, readings=[world.ada])
    theirs = world.phone(world.other["doctor"])
    theirs.check_in(world.other["home"], world.other["poster"])
    theirs.record("blood_pressure", world.other["resident"], {"sbp": 111, "dbp": 71})
    assert outcomes(theirs.sync()) == ["stored", "stored"]
    for login in (world.doctor, world.staff):
        body = json.dumps(world.phone(login).pull(now=world.now + timedelta(hours=1)), ensure_ascii=False)
        for foreign in (
            world.other["home"].id,
            world.other["hospital"].id,
            world.other["resident"].id,
            world.other["agreement"].id,
            theirs.round_id,
            "外县",
            "赵外人",
        ):
            assert str(foreign) not in body


def test_no_identity_number_and_no_relatives_telephone_is_in_it(world: World) -> None:
    new = NewResident(
        "陈有证",
        "female",
        date(1945, 3, 2),
        "103-1",
        date(2025, 6, 1),
        identity_number=_with_check_digit("99990119450302002"),
        emergency_contact={"name": "陈小明", "phone": "13900001111"},
    )
    with world.work() as session:
        resident = move_in(session, None, world.home.id, new, world.app.keyring, clock.now())
    for login in (world.doctor, world.staff):
        page = world.phone(login).pull()
        assert str(resident.id) in _ids(page["residents"])
        body = json.dumps(page, ensure_ascii=False)
        sealed, hashed = str(resident.identity_sealed), str(resident.identity_hash)
        for secret in ("9999011945", "13900001111", "陈小明", sealed, hashed):
            assert secret not in body
        assert "陈有证" in body  # those who care see whole names


def _with_check_digit(number: str) -> str:
    return number + identity_check_digit(number)


def test_many_institutions_come_page_by_page_and_what_changes_meanwhile_too(world: World) -> None:
    homes = [served_home(world, name, clauses=(("rounds", WEEKLY_ROUND, 1),)) for name in ("大院", "小院")]
    _crowd(world, homes[0].id, 500)
    phone = world.phone(world.doctor)
    first = phone.pull()
    assert (first["more"], first["reference"] is None) == (True, False)
    read = first["snapshots"]
    assert str(homes[0].id) in read
    newcomer = _crowd(world, homes[0].id, 1)
    (rest,) = list(_pages(phone, first["cursor"], world.now))
    assert (rest["more"], rest["reference"]) == (False, None)
    assert sorted([*read, *rest["snapshots"]]) == sorted(str(home.id) for home in [*homes, world.home])
    residents = [row["id"] for page in (first, rest) for row in page["residents"]]
    assert len(set(residents)) == 2 + 500 + 1
    assert residents.count(str(newcomer)) == 2  # on the way, and as what changed meanwhile
    assert str(newcomer) in _ids(rest["residents"])
    again = phone.pull(rest["cursor"])
    assert (again["cursor"], again["snapshots"]) == (rest["cursor"], [])


def _crowd(world: World, home: UUID, number: int) -> UUID:
    """People by the hundred, without the services that would count what each of them is owed."""
    people = [
        Resident(
            institution_id=home,
            name="张三",
            search="",
            sex="male",
            born=date(1940, 1, 1),
            created_at=world.now,
            stays=[Stay(starts=date(2025, 1, 1))],
        )
        for _ in range(number)
    ]
    with working(world) as session:
        session.add_all(people)
    return people[-1].id


def test_a_new_poster_and_a_new_agreement_reach_the_phone(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    world.issue_poster(world.home)
    page = phone.pull(cursor)
    assert page["institutions"][0]["poster"]["version"] == 2
    world.agree(world.hospital, world.home, number="签-2")
    page = phone.pull(page["cursor"])
    assert len(page["institutions"][0]["agreements"]) == 2


def test_a_cursor_that_is_none_is_refused_and_one_ahead_of_the_server_reads_all_again(world: World) -> None:
    phone = world.phone(world.doctor)
    good = phone.pull()["cursor"]
    for wrong in ("nonsense", good[:-8], "W10=", "é", *map(_cursor, _WRONG)):
        assert phone.client.get(f"/sync?cursor={wrong}").status_code == 422, wrong
    for mark in ([10**30, "2026-05-12"], [0, "9999-12-31"]):
        page = phone.pull(_cursor(["", {str(world.home.id): mark}]))
        assert page["snapshots"] == [str(world.home.id)]
        assert page["cursor"] == good


_WRONG: list[Any] = [
    7,
    ["", []],
    ["", {"x": [1, "2026-05-12"]}],
    ["", {"00000000-0000-0000-0000-000000000000": [float("inf"), "2026-05-12"]}],
    ["", {"00000000-0000-0000-0000-000000000000": [1, "tomorrow"]}],
]


def _cursor(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode()


def test_rounds_older_than_ninety_days_are_left_out(world: World) -> None:
    world.visit(at=datetime(2026, 2, 20, 1, 30, tzinfo=UTC))
    phone = world.phone(world.doctor)
    near = datetime(2026, 5, 21, 1, 30, tzinfo=UTC)
    assert len(phone.pull(now=near)["rounds"]) == len(phone.pull(now=near)["lines"]) == 1
    after = phone.pull(now=near + timedelta(days=1))
    assert after["rounds"] == after["lines"] == []


def test_staff_hold_every_round_at_their_home_and_clinicians_their_own(world: World) -> None:
    nurse = world.person("nurse", world.hospital, Role.CLINICIAN)
    _, first = world.visit()
    _, second = world.visit(nurse, at=world.now + timedelta(hours=1))
    later = world.now + timedelta(hours=3)
    held = {
        login: _ids(world.phone(login).pull(now=later)["rounds"])
        for login in (world.doctor, nurse, world.staff)
    }
    assert held == {
        world.doctor: {str(first["round"])},
        nurse: {str(second["round"])},
        world.staff: {str(first["round"]), str(second["round"])},
    }


def test_writing_outside_a_request_reaches_the_phones_too(world: World) -> None:
    """No code path changes such a row without its revision: not the operator's commands either."""
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    with working(world) as session:
        session.merge(world.ada).bed = "205-2"
    page = phone.pull(cursor)
    assert [(row["id"], row["bed"]) for row in page["residents"]] == [(str(world.ada.id), "205-2")]
