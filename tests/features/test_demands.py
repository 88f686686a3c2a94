"""Requests on demand over HTTP: asked, answered, taken back, and who sees what of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.demands.models import Demand
from server.demands.queries import requests_of
from server.ids import new_id
from server.web.schemas import instant_text
from tests.factories.client import Client, field_errors
from tests.factories.world import World

GREEN = "green_channel_emergency"
NOW = datetime(2026, 5, 12, 1, 30, 0, 123_456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def on_demand(*services: str, minutes: int | None = 30) -> dict[str, Any]:
    return {"kind": "on_demand", "services": list(services), "respond_within_minutes": minutes}


@pytest.fixture
def ward(world: World) -> World:
    """The world with one more agreement, on demand: half an hour for emergencies, no limit on talks."""
    clauses = (("green", on_demand(GREEN), 1), ("talk", on_demand("referral_down", minutes=None), 1))
    world.agreement = world.agree(number="签-2", clauses=clauses)
    return world


class Calls:
    """What people do with requests, each at a time of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients: dict[str, Client] = {}

    @contextmanager
    def at(self, after: timedelta) -> Iterator[None]:
        with clock.fixed(NOW + after):
            yield

    def by(self, login: str) -> Client:
        if login not in self.clients:
            self.clients[login] = self.world.client(login)
        return self.clients[login]

    def body(self, **changes: Any) -> dict[str, Any]:
        whole = {
            "id": str(new_id()),
            "institution_id": str(self.world.home.id),
            "medical_id": str(self.world.hospital.id),
            "service": GREEN,
            **changes,
        }
        return {name: str(value) if name.endswith("_id") else value for name, value in whole.items()}

    def ask(self, after: timedelta = timedelta(0), **changes: Any) -> dict[str, Any]:
        with self.at(after):
            answer = self.by(self.world.staff).post("/demands", self.body(**changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.get_json()
        return made

    def answer(self, login: str, demand: dict[str, Any], after: timedelta, stated: Any = None) -> Any:
        body = {} if stated is None else {"answered_at": instant_text(stated)}
        with self.at(after):
            return self.by(login).post(f"/demands/{demand['id']}/answer", body)

    def withdraw(self, login: str, demand: dict[str, Any], after: timedelta = MINUTE) -> Any:
        with self.at(after):
            return self.by(login).post(f"/demands/{demand['id']}/withdraw")

    def shown(self, login: str, query: str = "", after: timedelta = 60 * MINUTE) -> list[dict[str, Any]]:
        with self.at(after):
            found: list[dict[str, Any]] = self.by(login).json(f"/demands{query}")["demands"]
            return found


@pytest.fixture
def calls(ward: World) -> Calls:
    return Calls(ward)


def test_a_call_and_its_answer(calls: Calls) -> None:
    world = calls.world
    made = calls.ask(resident_id=world.ada.id, note="胸痛")
    assert made | {"id": None} == {
        "id": None,
        "institution": {"id": str(world.home.id), "name": "颐养园"},
        "medical": {"id": str(world.hospital.id), "name": "城关卫生服务中心"},
        "service": GREEN,
        "subject": {"id": str(world.ada.id), "name": "王秀英", "bed": "101-1"},
        "note": "胸痛",
        "asked_at": "2026-05-12T01:30:00.123Z",
        "asked_by": "staff 先生",
        "answered_at": None,
        "answered_by": None,
        "stated": False,
        "withdrawn_at": None,
        "limit_minutes": 30,
        "limit_at": "2026-05-12T02:00:00.123Z",
    }
    assert calls.shown(world.doctor, "?open=1") == [made]
    answered = calls.answer(world.doctor, made, 12 * MINUTE)
    assert answered.status_code == 200
    expected = {"answered_at": "2026-05-12T01:42:00.123Z", "answered_by": "doctor 先生"}
    assert answered.get_json() == {**made, **expected}
    assert calls.shown(world.staff) == [answered.get_json()]
    assert calls.shown(world.doctor, "?open=1") == []
    asked, said = (world.trail(tag, made["id"])[0] for tag in ("demand.asked", "demand.answered"))
    assert (asked.organisation_id, asked.other_id) == (world.home.id, world.hospital.id)
    assert (said.organisation_id, said.other_id) == (world.hospital.id, world.home.id)


def test_what_may_be_asked_is_what_is_promised(calls: Calls) -> None:
    world = calls.world
    world.agree(number="签-3", clauses=(("faster", on_demand(GREEN, "referral_up", minutes=20), 1),))
    with calls.at(MINUTE):
        options = calls.by(world.staff).json("/demands/options")["options"]
        assert calls.by(world.manager).json("/demands/options")["options"] == []  # a hospital asks nobody
    parties = {
        "institution": {"id": str(world.home.id), "name": "颐养园"},
        "medical": {"id": str(world.hospital.id), "name": "城关卫生服务中心"},
    }
    assert sorted(options, key=lambda option: option["service"]) == [
        {**parties, "service": GREEN, "limit_minutes": 20},
        {**parties, "service": "referral_down", "limit_minutes": None},
        {**parties, "service": "referral_up", "limit_minutes": 20},
    ]
    assert calls.ask()["limit_minutes"] == 20
    assert calls.ask(service="referral_down")["limit_at"] is None


def test_what_is_not_promised_is_refused_with_what_is_possible(calls: Calls) -> None:
    world = calls.world
    rival = world.organisation(OrganisationKind.MEDICAL, "同县另一医院")
    staff = calls.by(world.staff)
    with calls.at(MINUTE):
        by_service = staff.post("/demands", calls.body(service="round"))
        by_medical = staff.post("/demands", calls.body(medical_id=rival.id))
    assert field_errors(by_service) == {"service": "not_promised"}
    assert by_service.get_json()["error"]["details"] == {"possible": [GREEN, "referral_down"]}
    assert field_errors(by_medical) == {"medical_id": "not_promised"}
    assert by_medical.get_json()["error"]["details"] == {"possible": [str(world.hospital.id)]}
    assert world.rows(select(Demand)) == []


def test_before_its_term_and_after_it_nothing_can_be_asked(calls: Calls) -> None:
    world = calls.world
    ended = world.agree(
        number="签-4",
        starts=date(2026, 1, 1),
        ends=date(2026, 5, 11),
        clauses=(("up", on_demand("referral_up"), 1),),
    )
    world.agree(number="签-5", active=False, clauses=(("up", on_demand("referral_up"), 1),))
    assert ended.last_day == date(2026, 5, 11)
    with calls.at(MINUTE):
        answer = calls.by(world.staff).post("/demands", calls.body(service="referral_up"))
    assert field_errors(answer) == {"service": "not_promised"}


def test_a_resident_who_is_named_lives_there(calls: Calls) -> None:
    world = calls.world
    gone = world.resident(name="周已走", moved_in=date(2026, 1, 5))
    world.move_out(gone, date(2026, 5, 11))
    staff = calls.by(world.staff)
    with calls.at(MINUTE):
        for stranger in (gone.id, world.other["resident"].id, new_id()):
            answer = staff.post("/demands", calls.body(resident_id=stranger))
            assert field_errors(answer) == {"resident_id": "not_a_resident"}


def test_who_may_ask(calls: Calls) -> None:
    world = calls.world
    both = world.person("both", world.home, Role.CARE_STAFF)
    world.grant(both, world.hospital, Role.CLINICIAN)
    expected = {
        world.home_manager: 201,
        world.doctor: 403,
        world.manager: 403,
        world.regulator: 403,
        world.other["staff"]: 404,
        both: 403,  # whoever answers for the hospital does not start its clock
    }
    with calls.at(MINUTE):
        got = {login: calls.by(login).post("/demands", calls.body()).status_code for login in expected}
    assert got == expected


def test_sent_again_after_a_lost_reply_it_is_one_call(calls: Calls) -> None:
    world = calls.world
    body = calls.body(note="请尽快")
    staff = calls.by(world.staff)
    with calls.at(MINUTE):
        first = staff.post("/demands", body)
    with calls.at(3 * MINUTE):
        second = staff.post("/demands", body)
        other = staff.post("/demands", body | {"note": "别的事"})
        elsewhere = calls.by(world.other["staff"]).post("/demands", body)
    assert second.status_code == first.status_code == 201
    assert second.get_json() == first.get_json()
    assert other.status_code == 409
    assert other.get_json()["error"]["details"] == {"reason": "content_differs"}
    assert elsewhere.status_code == 404
    assert len(world.rows(select(Demand))) == 1
    assert len(world.trail("demand.asked", body["id"])) == 1


def test_staff_say_when_the_hospital_rang_back(calls: Calls) -> None:
    world, made = calls.world, calls.ask()
    asked = NOW.replace(microsecond=123_000)
    early = calls.answer(world.staff, made, 40 * MINUTE, asked - timedelta(milliseconds=1))
    late = calls.answer(world.staff, made, 40 * MINUTE, asked + 41 * MINUTE)
    assert field_errors(early) == {"answered_at": "before_asked"}
    assert field_errors(late) == {"answered_at": "in_future"}
    stated = calls.answer(world.staff, made, 40 * MINUTE, asked + 9 * MINUTE)
    assert stated.status_code == 200
    view = stated.get_json()
    assert (view["answered_at"], view["stated"]) == ("2026-05-12T01:39:00.123Z", True)
    assert view["answered_by"] == "staff 先生"
    (entry,) = world.trail("demand.answered", made["id"])
    assert (entry.organisation_id, entry.details) == (world.home.id, {"stated": True})


def test_the_hospital_cannot_state_its_own_time(calls: Calls) -> None:
    world, made = calls.world, calls.ask()
    for login in (world.doctor, world.manager):
        refused = calls.answer(login, made, 40 * MINUTE, NOW + MINUTE)
        assert field_errors(refused) == {"answered_at": "not_yours_to_state"}
    # Not even somebody who also works in the home.
    world.grant(world.doctor, world.home, Role.CARE_STAFF)
    refused = calls.answer(world.doctor, made, 40 * MINUTE, NOW + MINUTE)
    assert field_errors(refused) == {"answered_at": "not_yours_to_state"}
    assert calls.answer(world.manager, made, 40 * MINUTE).status_code == 200


def test_whoever_is_asked_takes_no_call_back(calls: Calls) -> None:
    world = calls.world
    world.grant(world.doctor, world.home, Role.CARE_STAFF)
    made = calls.ask()
    refused = calls.withdraw(world.doctor, made, 60 * MINUTE)
    assert (refused.status_code, refused.get_json()["error"]["details"]) == (403, {"reason": "asks_oneself"})
    assert [each["id"] for each in calls.shown(world.staff, "?open=1")] == [made["id"]]


def test_answered_once_and_only_by_the_two_sides(calls: Calls) -> None:
    world, made = calls.world, calls.ask()
    assert calls.answer(world.other["doctor"], made, MINUTE).status_code == 404
    assert calls.answer(world.regulator, made, MINUTE).status_code == 403
    assert calls.answer(world.doctor, made, 2 * MINUTE).status_code == 200
    for login in (world.doctor, world.manager, world.staff):
        again = calls.answer(login, made, 3 * MINUTE)
        assert again.status_code == 409
        assert again.get_json()["error"]["details"] == {"reason": "answered"}
    (row,) = world.rows(select(Demand))
    assert instant_text(row.answered_at) == "2026-05-12T01:32:00.123Z"


def test_taken_back_by_the_side_that_asked_while_nobody_answered(calls: Calls) -> None:
    world = calls.world
    made, answered = calls.ask(), calls.ask(MINUTE)
    assert calls.answer(world.doctor, answered, 2 * MINUTE).status_code == 200
    assert calls.withdraw(world.doctor, made).status_code == 403
    assert calls.withdraw(world.manager, made).status_code == 403
    assert calls.withdraw(world.other["staff"], made).status_code == 404
    late = calls.withdraw(world.staff, answered, 3 * MINUTE)
    assert (late.status_code, late.get_json()["error"]["details"]) == (409, {"reason": "answered"})
    withdrawn = calls.withdraw(world.staff, made, 3 * MINUTE)
    assert withdrawn.get_json()["withdrawn_at"] == "2026-05-12T01:33:00.123Z"
    assert calls.withdraw(world.staff, made, 4 * MINUTE).status_code == 409
    assert calls.answer(world.doctor, made, 4 * MINUTE).get_json()["error"]["details"] == {
        "reason": "withdrawn"
    }
    assert len(world.trail("demand.withdrawn", made["id"])) == 1
    assert calls.shown(world.doctor, "?open=1") == []
    with world.app.app_context(), world.work() as session:
        rows = requests_of(session, [world.agreement])[world.agreement.id]
    assert [str(row.id) for row in rows] == [answered["id"]]


def test_the_manager_of_the_home_settles_calls_too_whoever_only_oversees_does_not(calls: Calls) -> None:
    world = calls.world
    first, second = calls.ask(), calls.ask(MINUTE)
    world.grant(world.regulator, world.other["hospital"], Role.CLINICIAN)  # may answer, but elsewhere
    assert calls.answer(world.regulator, first, 2 * MINUTE).status_code == 403
    world.grant(world.regulator, world.other["home"], Role.CARE_STAFF)
    assert calls.withdraw(world.regulator, first, 2 * MINUTE).status_code == 403
    assert calls.withdraw(world.home_manager, first, 2 * MINUTE).status_code == 200
    stated = calls.answer(world.home_manager, second, 5 * MINUTE, NOW + 3 * MINUTE)
    assert stated.get_json()["stated"] is True


def test_open_calls_are_listed_by_how_long_they_wait_all_others_newest_first(calls: Calls) -> None:
    made = [calls.ask(after * MINUTE)["id"] for after in (5, 1, 3)]
    doctor = calls.world.doctor
    assert [each["id"] for each in calls.shown(doctor, "?open=1")] == [made[1], made[2], made[0]]
    assert calls.answer(doctor, {"id": made[2]}, 6 * MINUTE).status_code == 200
    assert [each["id"] for each in calls.shown(doctor)] == [made[0], made[2], made[1]]
    assert [each["id"] for each in calls.shown(doctor, "?open=0")] == [made[2]]
    assert calls.shown(doctor, f"?medical_id={calls.world.other['hospital'].id}") == []
    assert len(calls.shown(doctor, f"?institution_id={calls.world.home.id}&service={GREEN}")) == 3
    assert calls.shown(doctor, "?service=round") == []
    with calls.at(MINUTE):
        assert field_errors(calls.by(doctor).get("/demands?open=yes")) == {"open": "unknown_choice"}


def test_regulators_read_masked_names_and_no_notes_others_nothing(calls: Calls) -> None:
    world = calls.world
    calls.ask(resident_id=world.ada.id, note="王秀英家属来电")
    (seen,) = calls.shown(world.regulator)
    assert seen["subject"] == {"id": str(world.ada.id), "name": "王*", "bed": ""}
    assert seen["note"] is None
    for login in ("doctor", "staff", "manager", "regulator"):
        assert calls.shown(world.other[login]) == []


def test_the_clock_of_the_list_is_the_servers(calls: Calls) -> None:
    with calls.at(7 * MINUTE):
        page = calls.by(calls.world.staff).json("/demands")
    assert page == {"now": "2026-05-12T01:37:00.123Z", "total": 0, "demands": []}


def test_requests_belong_to_the_agreement_in_whose_term_they_were_made(calls: Calls) -> None:
    world = calls.world
    second = world.agree(
        number="签-6",
        starts=date(2026, 5, 13),
        ends=date(2026, 12, 31),
        clauses=(("green", on_demand(GREEN), 1),),
    )
    made = [
        calls.ask(after) for after in (timedelta(0), timedelta(hours=14, minutes=29), timedelta(hours=15))
    ]
    calls.answer(world.doctor, made[0], 5 * MINUTE)
    wanted = [world.agreement, second, world.other["agreement"]]
    with world.app.app_context(), world.work() as session:
        found = requests_of(session, wanted)
        assert requests_of(session, []) == {}
    by_agreement = {key: [str(row.id) for row in rows] for key, rows in found.items()}
    assert by_agreement == {
        world.agreement.id: [each["id"] for each in made],
        second.id: [made[2]["id"]],  # 00:30 of the 13th where the care is given
        world.other["agreement"].id: [],
    }
    first = found[world.agreement.id][0]
    assert (first.service, first.asked_at) == (GREEN, NOW.replace(microsecond=123_000))
    assert first.answered_at == NOW.replace(microsecond=123_000) + 5 * MINUTE


def test_the_rate_of_an_on_demand_commitment_is_what_was_answered_in_time(calls: Calls) -> None:
    world = calls.world
    made = [calls.ask(each * MINUTE) for each in range(3)]
    for demand, after in zip(made, (10, 31, 33), strict=True):  # the second at its limit, the third past it
        assert calls.answer(world.doctor, demand, after * MINUTE).status_code == 200
    withdrawn = calls.ask(3 * MINUTE)
    assert calls.withdraw(world.staff, withdrawn, 4 * MINUTE).status_code == 200
    calls.ask(3 * MINUTE, service="referral_down")
    day = timedelta(days=1)
    with calls.at(day):
        agreement = calls.by(world.manager).json(f"/agreements/{world.agreement.id}")
    by_key = {each["key"]: each for each in agreement["commitments"]}
    assert by_key["green"]["confirmed_rate"] == "0.6666"
    assert by_key["green"]["demand"] == {"requests": 3, "open_requests": 0, "due": 3, "met": 2}
    assert by_key["talk"]["confirmed_rate"] is None  # without a limit it is volume only
    assert by_key["talk"]["demand"] == {"requests": 1, "open_requests": 1, "due": 0, "met": 0}

    calls.ask(day, resident_id=world.ada.id)  # of today: neither in time nor late before the day is over
    with calls.at(day + MINUTE):
        again = calls.by(world.manager).json(f"/agreements/{world.agreement.id}")
    assert {each["key"]: each["confirmed_rate"] for each in again["commitments"]}["green"] == "0.6666"
