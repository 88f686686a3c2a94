"""Referrals through the phones' door: from the request to the end and back, in whatever order it arrives."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server.auth.roles import OrganisationKind, Role
from server.demands.models import Demand
from server.ids import new_id
from server.organisations.models import Organisation
from server.referrals.models import Referral
from server.web.schemas import instant_text
from tests.factories.phone import Phone, outcomes
from tests.factories.world import NOW, World

GREEN = "green_channel_emergency"
FORM = {
    "indication": "stroke",
    "condition": "左侧肢体无力",
    "destination": "partner_emergency",
    "transport": "ambulance_120",
    "family_told": False,
}
DOWN = {
    "diagnosis": "脑梗死恢复期",
    "indication": "rehabilitation",
    "from_name": "人民医院",
    "advice": ["rehabilitation"],
    "family_told": True,
}
MINUTE = timedelta(minutes=1)


class Wards:
    """A home whose doctor sends residents to a second hospital, which has no agreement with the home."""

    def __init__(self, world: World, promised: str = GREEN) -> None:
        self.world = world
        clauses = (("green", {"kind": "on_demand", "services": [promised], "respond_within_minutes": 30}, 1),)
        self.agreement = world.agree(number="签-2", clauses=clauses)
        self.hospital = world.organisation(OrganisationKind.MEDICAL, "人民医院")
        self.receiver = world.person("receiver", self.hospital, Role.CLINICIAN)
        self.head = world.person("receiver-manager", self.hospital, Role.MANAGER)
        self.doctor, self.nurse = world.phone(world.doctor), world.phone(self.receiver)
        self.staff = world.phone(world.staff)

    def payload(self, receiver: Organisation | None = None, **said: Any) -> dict[str, Any]:
        whole = {
            "institution_id": self.world.home.id,
            "subject_id": self.world.ada.id,
            "receiver_id": receiver.id if receiver else None,
            "reading_id": None,
            "from_id": None,
            "demand_id": None,
            **{name: value for name, value in said.items() if name.endswith("_id")},
        }
        ids = {name: str(value) if value else None for name, value in whole.items()}
        rest = {name: value for name, value in said.items() if not name.endswith("_id")}
        return {"service": GREEN, "form": FORM, "form_version": 1, "unusual": [], **ids, **rest}

    def request(self, **said: Any) -> UUID:
        """Asked for in a round of the doctor's, and stored."""
        self.doctor.check_in(self.world.home, self.world.poster)
        made = self.doctor.say("referral_request", self.payload(said.pop("receiver", self.hospital), **said))
        self.sync(self.doctor)
        return made

    def step(self, phone: Phone, kind: str, referral: UUID, **said: Any) -> UUID:
        payload = {"referral_id": str(referral), "text": None, **said}
        return phone.say(kind, payload, round_id=str(referral), elapsed_ms=None)

    def sync(self, phone: Phone, expected: str = "stored", *, after: timedelta = 3 * MINUTE) -> None:
        results = phone.sync(now=max(phone.clock, NOW + after))
        assert set(outcomes(results)) == {expected}, results
        phone.waiting = []

    def state(self, referral: UUID) -> str:
        return str(self.of(referral).state)

    def of(self, referral: UUID) -> Any:
        (row,) = self.world.rows(select(Referral).where(Referral.id == referral))
        return row

    def demands(self) -> list[Demand]:
        return self.world.rows(select(Demand).where(Demand.withdrawn_at.is_(None)))

    def confirm(self, referral: UUID, version: int = 1) -> None:
        round_id = self.doctor.round_id
        self.staff.clock = max(self.staff.clock, self.doctor.clock)
        self.staff.confirm(round_id, {referral: version})
        self.sync(self.staff)


@pytest.fixture
def wards(world: World) -> Wards:
    return Wards(world)


def test_from_the_request_to_the_end_and_back(wards: Wards) -> None:
    referral = wards.request()
    wards.step(wards.nurse, "referral_accept", referral, reason=None)
    wards.sync(wards.nurse)
    wards.step(wards.doctor, "referral_depart", referral)
    wards.step(wards.doctor, "referral_family", referral, name="王小明", relation="son")
    wards.sync(wards.doctor)
    wards.nurse.clock = wards.doctor.clock + 20 * MINUTE
    wards.step(wards.nurse, "referral_arrive", referral)
    wards.step(wards.nurse, "referral_close", referral, outcome="admitted")
    wards.sync(wards.nurse)
    page = wards.world.client(wards.world.staff).json(f"/referrals/{referral}")
    assert page["state"] == "closed"
    assert [step["act"] for step in page["steps"]] == ["accept", "depart", "family", "arrive", "close"]
    assert page["steps"][2]["name"] == "王小明"
    back = wards.nurse.say(
        "referral_request",
        wards.payload(None, service="referral_down", form=DOWN, from_id=referral),
        elapsed_ms=None,
    )
    wards.nurse.waiting[-1]["round_id"] = str(back)
    wards.sync(wards.nurse)
    (row,) = wards.world.rows(select(Referral).where(Referral.id == back))
    assert (row.sender_id, row.receiver_id) == (wards.hospital.id, wards.world.hospital.id)
    assert (row.direction, row.from_id) == ("down", referral)


def test_steps_that_belong_together_arrive_in_any_order(wards: Wards) -> None:
    """Made on two phones without a signal, each in its order; sent one by one in all orders."""
    for order in permutations(range(4)):
        referral = wards.request()
        began = wards.doctor.clock
        said: list[tuple[Phone, dict[str, Any]]] = []
        for minutes, phone, kind, more in (
            (1, wards.nurse, "referral_accept", {"reason": None}),
            (2, wards.staff, "referral_depart", {}),
            (20, wards.nurse, "referral_arrive", {}),
            (60, wards.nurse, "referral_close", {"outcome": "treated_returned"}),
        ):
            phone.clock = began + minutes * MINUTE
            wards.step(phone, kind, referral, **more)
            said.append((phone, phone.waiting.pop()))
        for position in order:
            phone, entry = said[position]
            answer = phone.send([entry], now=began + 90 * MINUTE).get_json()["results"]
            assert outcomes(answer) == ["stored"], (order, entry["kind"], answer)
        assert wards.state(referral) == "closed"
        wards.doctor.clock = began + 90 * MINUTE


def test_what_is_impossible_is_refused_with_its_reason(wards: Wards) -> None:
    referral = wards.request()
    wards.step(wards.nurse, "referral_accept", referral, reason="no_bed")
    wards.sync(wards.nurse)
    assert wards.state(referral) == "declined"
    wards.step(wards.doctor, "referral_depart", referral)
    wards.sync(wards.doctor, "already_declined")
    other = wards.request()
    wards.step(wards.nurse, "referral_accept", other, reason="why")
    wards.sync(wards.nurse, "invalid")
    wards.step(wards.staff, "referral_accept", other, reason=None)
    wards.sync(wards.staff, "not_yours")
    wards.step(wards.nurse, "referral_close", other, outcome="withdrawn")
    wards.sync(wards.nurse, "not_yours")
    wards.step(wards.doctor, "referral_close", other, outcome="withdrawn")
    wards.sync(wards.doctor)
    wards.nurse.clock = wards.doctor.clock + 30 * MINUTE
    wards.step(wards.nurse, "referral_accept", other, reason=None)
    wards.sync(wards.nurse, "already_closed")
    wards.step(wards.nurse, "referral_accept", new_id(), reason=None)
    wards.sync(wards.nurse, "unknown_referral")


def test_said_twice_by_two_people_it_is_one(wards: Wards) -> None:
    referral = wards.request()
    for phone in (wards.doctor, wards.staff):
        phone.clock = wards.doctor.clock
        wards.step(phone, "referral_depart", referral)
        wards.sync(phone)
    assert wards.state(referral) == "departed"
    entry = wards.step(wards.doctor, "referral_arrive", referral)
    (sent,) = wards.doctor.waiting
    wards.sync(wards.doctor)
    (again,) = wards.doctor.send([sent], now=wards.doctor.clock).get_json()["results"]
    assert (again["outcome"], again["record"]) == (
        "duplicate",
        {"referral_id": str(referral), "state": "arrived"},
    )
    assert again["id"] == str(entry)


def test_a_hospital_outside_has_the_sender_speak_for_it(wards: Wards) -> None:
    referral = wards.request(receiver=None)
    wards.step(wards.doctor, "referral_accept", referral, reason=None)
    wards.step(wards.doctor, "referral_depart", referral)
    wards.step(wards.doctor, "referral_close", referral, outcome="admitted")
    wards.sync(wards.doctor)
    assert wards.state(referral) == "closed"


def test_a_record_entered_as_any_other_leads_into_a_referral(wards: Wards) -> None:
    wards.doctor.check_in(wards.world.home, wards.world.poster)
    line = wards.doctor.record(GREEN, wards.world.ada, FORM)
    wards.sync(wards.doctor)
    assert wards.state(line) == "requested"
    wards.doctor.void(line, 1)
    wards.sync(wards.doctor)
    assert wards.state(line) == "void"


def test_a_line_corrected_to_done_is_a_referral_again_or_for_the_first_time(wards: Wards) -> None:
    wards.doctor.check_in(wards.world.home, wards.world.poster)
    late = wards.doctor.record(GREEN, wards.world.ada, {}, outcome="declined")
    wards.sync(wards.doctor)
    wards.doctor.amend(late, 1, FORM)
    wards.step(wards.doctor, "referral_depart", late)
    wards.sync(wards.doctor)
    assert (wards.state(late), wards.of(late).form) == ("departed", FORM)
    for version, (outcome, state) in enumerate([("declined", "void"), ("done", "departed")] * 2, start=2):
        wards.doctor.amend(late, version, FORM if outcome == "done" else {}, outcome=outcome)
        wards.sync(wards.doctor)
        assert wards.state(late) == state
    wards.confirm(late, 6)
    assert [call.id for call in wards.demands()] == [late]
    wards.step(wards.doctor, "referral_accept", late, reason=None)
    wards.sync(wards.doctor)
    assert wards.state(late) == "departed"


def test_from_a_call_without_a_round(wards: Wards) -> None:
    entry = wards.doctor.say("referral_request", wards.payload(wards.hospital), elapsed_ms=None)
    wards.doctor.waiting[-1]["round_id"] = str(entry)
    wards.sync(wards.doctor)
    assert wards.state(entry) == "requested"
    wrong = wards.doctor.say("referral_request", wards.payload(wards.hospital), elapsed_ms=None)
    wards.doctor.waiting[-1]["round_id"] = str(new_id())
    wards.sync(wards.doctor, "unknown_round")
    assert wards.world.rows(select(Referral).where(Referral.id == wrong)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"service": "blood_pressure"}, "invalid"),
        ({"receiver_id": "home"}, "invalid"),
        ({"receiver_id": "other"}, "invalid"),
        ({"subject_id": "other"}, "not_a_resident"),
        ({"form": {}}, "invalid"),
        ({"from_id": "nothing"}, "unknown_referral"),
    ],
)
def test_requests_that_cannot_be(wards: Wards, change: dict[str, Any], code: str) -> None:
    world = wards.world
    ids = {"home": world.home.id, "nothing": new_id()}
    ids["other"] = world.other["resident" if "subject_id" in change else "hospital"].id
    said = {
        name: ids.get(value, value) if isinstance(value, str) else value for name, value in change.items()
    }
    wards.doctor.check_in(world.home, world.poster)
    wards.sync(wards.doctor)
    wards.doctor.say("referral_request", wards.payload(wards.hospital, **said))
    wards.sync(wards.doctor, code)


def test_both_sides_hold_it_and_nobody_else(wards: Wards) -> None:
    before = wards.nurse.pull(now=NOW)
    assert before["referrals"]["rows"] == []
    names = [each["name"] for each in before["referrals"]["receivers"]]
    assert names == ["人民医院", "城关卫生服务中心"]
    referral = wards.request(reading_id=None)
    page = wards.nurse.pull(before["cursor"], now=NOW + 5 * MINUTE)
    (row,) = page["referrals"]["rows"]
    assert (row["id"], row["subject"]["name"], row["limit_minutes"]) == (str(referral), "王秀英", 30)
    assert row["limit_at"] == instant_text(wards.of(referral).asked_at + 30 * MINUTE)
    assert wards.nurse.pull(page["cursor"], now=NOW + 6 * MINUTE)["referrals"] is None
    for login in (wards.world.doctor, wards.world.staff):
        held = wards.world.phone(login).pull(now=NOW + 6 * MINUTE)["referrals"]["rows"]
        assert [each["id"] for each in held] == [str(referral)]
    other = wards.world.phone(wards.world.other["doctor"]).pull(now=NOW + 6 * MINUTE)
    assert other["referrals"]["rows"] == []


def test_the_lists_of_managers(wards: Wards) -> None:
    referral = wards.request()
    shown = {
        (login, query): wards.world.client(login).json(f"/referrals?{query}")["total"]
        for login in (wards.world.manager, wards.head, wards.world.home_manager, wards.world.other["manager"])
        for query in ("open=1", "open=0", "side=sent", "side=received")
    }
    world = wards.world
    assert [shown[world.manager, query] for query in ("open=1", "open=0", "side=sent", "side=received")] == [
        *(1, 0, 1, 0)
    ]
    assert [shown[wards.head, query] for query in ("open=1", "side=sent", "side=received")] == [1, 0, 1]
    assert shown[world.home_manager, "open=1"] == 1
    assert shown[world.other["manager"], "open=1"] == 0
    masked = world.client(world.regulator).json(f"/referrals/{referral}")
    assert (masked["subject"]["name"], masked["form"], masked["subject"]["born"]) == ("王*", {}, None)
    assert world.client(world.other["manager"]).get(f"/referrals/{referral}").status_code == 404
    assert [entry.details["service"] for entry in world.trail("referral.requested", referral)] == [GREEN]


def test_the_reading_that_led_to_it_is_shown_to_the_hospital(wards: Wards) -> None:
    wards.doctor.check_in(wards.world.home, wards.world.poster)
    reading = wards.doctor.record("blood_pressure", wards.world.ada, {"sbp": 186, "dbp": 96})
    request = wards.payload(wards.hospital, reading_id=reading)
    referral = wards.doctor.say("referral_request", request)
    wards.sync(wards.doctor)
    shown = wards.world.client(wards.head).json(f"/referrals/{referral}")["reading"]
    assert (shown["form"]["sbp"], shown["urgent"]) == (186, ["sbp_urgent"])
    assert shown["on"] == date(2026, 5, 12).isoformat()
