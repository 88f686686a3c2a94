"""Duties to see somebody again after an urgent reading: made, closed, taken back, and who reads them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from server import clock
from server.auth.roles import Role
from server.followups.models import FollowUp
from server.followups.service import recount_next
from server.ids import new_id
from server.residents.models import Resident
from tests.factories.phone import outcomes
from tests.factories.world import NOW, World

URGENT = {"sbp": 186, "dbp": 96}
CALM = {"sbp": 138, "dbp": 82}
ON = date(2026, 5, 12)
DAY = timedelta(days=1)


class Clinic:
    """The doctor of the world on her rounds; each ends with a sync in which all is stored."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.phone = world.phone(world.doctor)

    def measure(
        self,
        resident: Resident,
        form: dict[str, Any],
        *,
        after: int = 0,
        service: str = "blood_pressure",
        **said: Any,
    ) -> UUID:
        self.phone.clock = NOW + after * DAY
        self.phone.check_in(self.world.home, self.world.poster)
        line = self.phone.record(service, resident, form, **said)
        self.sync(after=after)
        return line

    def sync(self, *, after: int = 0) -> None:
        results = self.phone.sync(now=NOW + after * DAY + timedelta(hours=2))
        assert set(outcomes(results)) == {"stored"}, results

    def done(self, line: UUID, reason: str = "in_hospital", text: str | None = None) -> UUID:
        said = {"follow_up_id": str(line), "reason": reason, "text": text}
        payload = {"institution_id": str(self.world.home.id), **said}
        return self.phone.say("follow_up_done", payload, round_id=str(line), elapsed_ms=None)

    def duties(self) -> dict[UUID, tuple[str, UUID | None]]:
        rows = self.world.rows(select(FollowUp).order_by(FollowUp.on, FollowUp.id))
        return {row.id: (row.state, row.closed_by_id) for row in rows}


BED = {"condition": "stable", "handling": ["same"], "decision": "stay"}
DIABETES = {
    "symptoms": ["none"],
    "timing": "fasting",
    "adherence": "regular",
    "classification": "uncontrolled",
    "next_date": "2026-05-26",
}


@pytest.fixture
def clinic(world: World) -> Clinic:
    return Clinic(world)


def test_an_urgent_reading_makes_a_duty_that_a_later_day_closes(clinic: Clinic) -> None:
    line = clinic.measure(clinic.world.ada, URGENT)
    (row,) = clinic.world.rows(select(FollowUp))
    assert (row.id, row.state, row.due_on) == (line, "open", ON + 14 * DAY)
    assert row.urgent == ["sbp_urgent"]
    clinic.measure(clinic.world.ada, CALM)  # again on the same day
    clinic.measure(clinic.world.ben, CALM, after=3)
    assert clinic.duties() == {line: ("open", None)}
    later = clinic.measure(clinic.world.ada, CALM, after=9)
    assert clinic.duties() == {line: ("done", later)}


def test_one_at_a_time_and_the_next_where_it_was_urgent_again(clinic: Clinic) -> None:
    first = clinic.measure(clinic.world.ada, URGENT)
    clinic.measure(clinic.world.ada, URGENT)
    second = clinic.measure(clinic.world.ada, URGENT, after=5)
    assert clinic.duties() == {first: ("done", second), second: ("open", None)}


def test_declining_closes_nothing_and_neither_does_somebody_without_a_certificate(clinic: Clinic) -> None:
    world = clinic.world
    line = clinic.measure(world.ada, URGENT)
    clinic.measure(world.ada, {}, after=2, outcome="declined")
    intern = world.person("intern", world.hospital, Role.CLINICIAN, certified=None)
    clinic.phone = world.phone(intern)
    clinic.measure(world.ada, CALM, after=3)
    assert clinic.duties() == {line: ("open", None)}


def test_whichever_service_measures_it_again_closes_it_and_no_other(clinic: Clinic) -> None:
    """Urgent in a family-bed round: seen to by a pressure beside a glucose, and open again without it."""
    ada = clinic.world.ada
    line = clinic.measure(ada, {**BED, **URGENT}, service="family_bed_round")
    clinic.measure(ada, BED, after=2, service="family_bed_round")
    clinic.measure(ada, {"mmol": "6.1", "timing": "fasting"}, after=3, service="capillary_glucose")
    assert clinic.duties() == {line: ("open", None)}
    beside = {**DIABETES, "mmol": "6.1"}
    seen = clinic.measure(ada, {**beside, **CALM}, after=5, service="diabetes_management")
    assert clinic.duties() == {line: ("done", seen)}
    clinic.phone.amend(seen, 1, beside)
    clinic.sync(after=5)
    assert clinic.duties() == {line: ("open", None)}
    plain = clinic.measure(ada, CALM, after=6)
    assert clinic.duties() == {line: ("done", plain)}
    clinic.phone.void(plain, 1)
    clinic.sync(after=6)
    assert clinic.duties() == {line: ("open", None)}


def test_what_is_urgent_in_two_quantities_is_two_duties(clinic: Clinic) -> None:
    world = clinic.world
    urgent = {**DIABETES, "mmol": "17.2", **URGENT}
    line = clinic.measure(world.ada, urgent, service="diabetes_management")
    pressure = UUID(int=line.int ^ 1)
    assert clinic.duties() == {line: ("open", None), pressure: ("open", None)}
    seen = clinic.measure(
        world.ada, {"mmol": "6.1", "timing": "fasting"}, after=1, service="capillary_glucose"
    )
    assert clinic.duties() == {line: ("done", seen), pressure: ("open", None)}
    clinic.done(pressure)
    clinic.sync(after=1)
    assert {state for state, _ in clinic.duties().values()} == {"done"}
    clinic.phone.check_in(world.home, world.poster)
    again = clinic.phone.record("diabetes_management", world.ben, urgent)
    clinic.done(UUID(int=again.int ^ 1))  # before the server knows of it
    clinic.sync(after=1)
    (shown,) = world.client(world.manager).json("/follow-ups?state=open")["follow_ups"]
    assert (shown["id"], shown["record_id"], shown["matter"]) == (str(again), str(again), "glucose")
    assert shown["urgent"] == ["glucose_high"]


def test_counted_anew_they_are_what_they_were(clinic: Clinic) -> None:
    world = clinic.world
    line = clinic.measure(world.ada, {**BED, **URGENT}, service="family_bed_round")
    seen = clinic.measure(world.ada, CALM, after=6)
    with world.work() as session:  # as before a plain pressure closed it
        session.execute(update(FollowUp).values(state="open", closed_by_id=None, closed_on=None))
    for _ in range(2):
        with world.work() as session:
            assert recount_next(session, UUID(int=0)) == world.ada.id
            assert recount_next(session, world.ada.id) is None
        assert clinic.duties() == {line: ("done", seen)}


def test_a_withdrawn_reading_leaves_no_duty(clinic: Clinic) -> None:
    line = clinic.measure(clinic.world.ada, URGENT)
    clinic.phone.void(line, 1)
    clinic.sync()
    assert clinic.duties() == {line: ("void", None)}


def test_a_reading_corrected_to_a_calm_one_leaves_none_and_the_other_way_makes_one(clinic: Clinic) -> None:
    line = clinic.measure(clinic.world.ada, URGENT)
    clinic.phone.amend(line, 1, CALM)
    clinic.sync()
    assert clinic.duties() == {line: ("void", None)}
    clinic.phone.amend(line, 2, URGENT)
    clinic.sync()
    assert clinic.duties() == {line: ("open", None)}


def test_what_was_made_first_arrives_last(clinic: Clinic) -> None:
    world = clinic.world
    old = world.phone(world.doctor, at=NOW - 2 * DAY)
    old.check_in(world.home, world.poster)
    earlier = old.record("blood_pressure", world.ada, URGENT)
    later = clinic.measure(world.ada, URGENT)
    assert clinic.duties() == {later: ("open", None)}
    assert set(outcomes(old.sync(now=NOW + timedelta(hours=3)))) == {"stored"}
    assert clinic.duties() == {earlier: ("done", later), later: ("open", None)}


def test_closed_with_a_reason_even_in_the_batch_that_makes_it(clinic: Clinic) -> None:
    world, phone = clinic.world, clinic.phone
    phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, URGENT)
    clinic.done(line)
    clinic.sync()
    assert clinic.duties() == {line: ("done", None)}
    shown = world.client(world.manager).json("/follow-ups?state=done")["follow_ups"][0]
    assert shown["word"]["reason"] == "in_hospital"
    assert shown["word"]["by"] == "doctor 先生"
    assert [entry.details["reason"] for entry in world.trail("follow_up.done", line)] == ["in_hospital"]


def test_a_word_stays_said_when_an_earlier_reading_of_the_day_arrives(clinic: Clinic) -> None:
    world = clinic.world
    old = world.phone(world.person("late", world.hospital, Role.CLINICIAN), at=NOW - timedelta(minutes=30))
    old.check_in(world.home, world.poster)
    earlier = old.record("blood_pressure", world.ada, URGENT)
    line = clinic.measure(world.ada, URGENT)
    clinic.done(line)
    clinic.sync()
    assert set(outcomes(old.sync(now=NOW + timedelta(hours=3)))) == {"stored"}
    assert clinic.duties() == {earlier: ("done", None), line: ("void", None)}
    (shown,) = world.client(world.manager).json("/follow-ups?state=done")["follow_ups"]
    assert (shown["id"], shown["word"]["reason"]) == (str(earlier), "in_hospital")


@pytest.mark.parametrize(
    ("reason", "text", "code"),
    [("because", None, "invalid"), ("other", None, "invalid"), ("other", "转院", "stored")],
)
def test_a_reason_is_one_of_the_list(clinic: Clinic, reason: str, text: str | None, code: str) -> None:
    line = clinic.measure(clinic.world.ada, URGENT)
    clinic.done(line, reason, text)
    assert outcomes(clinic.phone.sync(now=NOW + timedelta(hours=2))) == [code]


def test_what_cannot_be_closed_says_why(clinic: Clinic) -> None:
    world = clinic.world
    line = clinic.measure(world.ada, URGENT)
    clinic.done(line)
    clinic.done(line, "declined")
    clinic.done(new_id())
    now = NOW + timedelta(hours=2)
    assert outcomes(clinic.phone.sync(now=now)) == ["stored", "already_closed", "unknown_follow_up"]
    staff = Clinic(world)
    staff.phone = world.phone(world.staff)
    staff.done(line)
    assert outcomes(staff.phone.sync(now=now)) == ["not_yours"]
    stranger = Clinic(world)
    stranger.phone = world.phone(world.other["doctor"])
    stranger.done(line)
    assert outcomes(stranger.phone.sync(now=now)) == ["unknown_follow_up"]


def test_phones_hold_what_is_open_and_forget_what_is_not(clinic: Clinic) -> None:
    world = clinic.world
    line = clinic.measure(world.ada, URGENT)
    staff = world.phone(world.staff)
    page = staff.pull(now=NOW + 2 * DAY)
    assert [row["id"] for row in page["followups"]] == [str(line)]
    assert page["followups"][0]["due_on"] == "2026-05-26"
    clinic.measure(world.ada, CALM, after=9)
    after = staff.pull(page["cursor"], now=NOW + 10 * DAY)
    assert (after["followups"], after["removals"]["followups"]) == ([], [str(line)])


def test_a_duty_ends_with_the_stay_and_begins_anew_with_the_next(clinic: Clinic) -> None:
    """Nobody can measure who moved out: the duty leaves the phones and the overdue list, and says why."""
    world = clinic.world
    line = clinic.measure(world.ada, URGENT)
    page = world.phone(world.staff).pull(now=NOW + DAY)
    with clock.fixed(NOW + 3 * DAY):
        world.move_out(world.ada, ON + 2 * DAY)
    assert clinic.duties() == {line: ("done", None)}
    after = world.phone(world.staff).pull(page["cursor"], now=NOW + 4 * DAY)
    assert after["removals"]["followups"] == [str(line)]
    with clock.fixed(NOW + 20 * DAY):
        shown = world.client(world.manager).json("/follow-ups?state=done")
    (row,) = shown["follow_ups"]
    assert (row["closed_on"], row["word"], shown["overdue"]) == ("2026-05-14", None, 0)
    with clock.fixed(NOW + 5 * DAY):
        back = world.client(world.staff).post(
            f"/residents/{world.ada.id}/move-in", {"on": "2026-05-17", "bed": None}
        )
    assert back.status_code == 200, back.text
    assert clinic.duties() == {line: ("open", None)}


@pytest.mark.parametrize(("left", "state"), [(13, "done"), (14, "open")])
def test_what_was_due_while_the_resident_lived_there_was_missed(
    clinic: Clinic, left: int, state: str
) -> None:
    line = clinic.measure(clinic.world.ada, URGENT)
    with clock.fixed(NOW + 20 * DAY):
        clinic.world.move_out(clinic.world.ada, ON + left * DAY)
    assert clinic.duties() == {line: (state, None)}


def test_managers_read_what_is_overdue_and_who_owes_it(clinic: Clinic) -> None:
    world = clinic.world
    line = clinic.measure(world.ada, URGENT)
    with clock.fixed(NOW + 14 * DAY):
        on_the_day = world.client(world.manager).json("/follow-ups?state=overdue")
    with clock.fixed(NOW + 15 * DAY):
        found = {login: world.client(login).json("/follow-ups?state=overdue") for login in _readers(world)}
    with clock.fixed(NOW + 15 * DAY):
        counted = world.client(world.manager).json("/follow-ups?counts_only=1")
    assert (counted["overdue"], counted["follow_ups"]) == (1, [])
    assert (on_the_day["open"], on_the_day["overdue"], on_the_day["total"]) == (1, 0, 0)
    assert {login: each["overdue"] for login, each in found.items()} == {
        **dict.fromkeys((world.manager, world.home_manager, world.regulator), 1),
        **dict.fromkeys((world.other["manager"], world.other["regulator"]), 0),
    }
    (row,) = found[world.manager]["follow_ups"]
    assert (row["id"], row["subject_name"], row["bed"]) == (str(line), "王秀英", "101-1")
    assert (row["medical"]["name"], row["performer"]["name"]) == ("城关卫生服务中心", "doctor 先生")
    masked = found[world.regulator]["follow_ups"][0]
    assert (masked["subject_name"], masked["bed"]) == ("王*", "")


def _readers(world: World) -> tuple[str, ...]:
    own = world.manager, world.home_manager, world.regulator
    return *own, world.other["manager"], world.other["regulator"]


def test_sent_again_it_stays_one(clinic: Clinic) -> None:
    world = clinic.world
    line = clinic.measure(world.ada, URGENT)
    clinic.done(line)
    entries = list(clinic.phone.waiting)
    now = NOW + timedelta(hours=2)
    assert outcomes(clinic.phone.sync(now=now)) == ["stored"]
    again = clinic.phone.send(entries, now=now).get_json()["results"]
    assert outcomes(again) == ["duplicate"]
