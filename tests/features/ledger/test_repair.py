"""Refused entries are mended as their author's act, once, and what waited for them follows."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.auth.roles import Role
from server.rounds.models import Participant, Position, Round, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.client import field_errors
from tests.factories.kiosk import enrolled
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World
from tests.features.ledger.desk import Desk, error
from tests.features.sync.county import end_membership, served_home, working

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def _refused_round(world: World) -> tuple[Phone, list[dict[str, Any]]]:
    """A check-in whose method is misspelt, with what depended on it; all refused."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.amend(line, 1, {"sbp": 139, "dbp": 82})
    phone.check_out(world.home)
    sent = list(phone.waiting)
    assert outcomes(phone.sync()) == ["invalid", "unknown_round", "unknown_round", "unknown_round"]
    return phone, sent


def test_the_ledger_shows_refused_entries_first_with_words_and_without_places(world: World) -> None:
    _, sent = _refused_round(world)
    world.visit(at=world.now + DAY)
    shown = Desk(world).entries()
    assert [row["outcome"] for row in shown] == ["refused"] * 4 + ["stored"] * 2
    check_in = shown[3]
    assert (check_in["entry_id"], check_in["kind"], check_in["code"]) == (
        sent[0]["id"],
        "check_in",
        "invalid",
    )
    assert check_in["fields"] == [{"path": "payload.method", "code": "unknown_choice"}]
    assert check_in["message"]
    assert check_in["mend"]
    assert check_in["institution"]["name"] == world.home.name
    assert check_in["author"]["name"] == "doctor 先生"
    assert check_in["content"]["payload"]["position"] == "kept apart"
    assert str(sent[0]["payload"]["position"]["latitude"]) not in json.dumps(shown)


def test_the_ledger_is_filtered_and_paged(world: World) -> None:
    _refused_round(world)
    home = served_home(world, "别院")
    phone = world.phone(world.doctor, at=world.now + DAY)
    phone.check_in(home, None)
    for number in range(60):
        phone.say("note", {"text": f"第 {number} 条"})
    phone.sync()
    desk = Desk(world)
    everything, before = [], ""
    while True:
        page = desk.client.json(f"/ledger?before={before}" if before else "/ledger")
        everything += [row["id"] for row in page["entries"]]
        before = page["next"]
        if before is None:
            break
    assert len(everything) == len(set(everything)) == 4 + 61
    assert len(desk.entries(institution=home.id)) == 50
    assert len(desk.entries(institution=world.home.id)) == 4  # of a round nobody knows, as its check-in says
    assert len(desk.entries(day="2026-05-12")) == 4
    author = desk.entries()[0]["author"]["id"]
    assert len(desk.entries(author=author, outcome="refused")) == 4
    assert desk.entries(author=home.id) == []
    assert desk.client.get("/ledger?before=x").status_code == 422


def test_a_check_in_is_repaired_at_its_place_and_time_and_the_round_follows(world: World) -> None:
    phone, sent = _refused_round(world)
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    later = world.now + 3 * DAY
    answer = desk.repair(row["id"], payload, now=later)
    assert answer.status_code == 200, answer.text
    judged = answer.get_json()["judged"]
    assert [(each["kind"], each["outcome"]) for each in judged] == [
        ("check_in", "stored"),
        ("record", "stored"),
        ("amend", "stored"),
        ("check_out", "stored"),
    ]
    (visit,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert (visit.grade, visit.distance_m, visit.on.isoformat()) == ("C", 44, "2026-05-12")
    assert visit.minutes == 3
    (line,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == UUID(sent[1]["id"])))
    assert (line.version, line.form["sbp"]) == (2, 139)
    (replayed,) = world.rows(select(LedgerEntry).where(LedgerEntry.entry_id == line.id))
    assert (replayed.outcome, replayed.repaired_at) == ("stored", later)
    assert {visit.received_at, line.received_at} == {phone.clock}  # in time: no lack of signal
    places = world.rows(select(Position).where(Position.round_id == phone.round_id))
    assert {place.received_at for place in places} == {phone.clock}  # 90 days from their arrival
    both = world.rows(select(LedgerEntry).where(LedgerEntry.entry_id == UUID(sent[0]["id"])))
    assert sorted(each.outcome for each in both) == ["repaired", "stored"]
    assert {each.repaired_at for each in both} == {later}
    (trail,) = world.trail("entry.repaired", row["id"])
    assert trail.details == {"kind": "check_in", "corrected": True, "replayed": 3}
    assert (trail.organisation_id, trail.other_id) == (world.hospital.id, world.home.id)
    # The phone did not hear of it: it sends the same again, and is answered as if it had been taken.
    assert outcomes(phone.send(sent, now=later + HOUR).get_json()["results"]) == ["duplicate"] * 4
    (shown,) = desk.entries(outcome="repaired")
    assert shown["repaired"]["by"] == "manager 先生"
    assert desk.refused() == []


def test_what_is_repaired_is_not_repaired_again(world: World) -> None:
    _refused_round(world)
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    assert desk.repair(row["id"], payload, now=world.now + DAY).status_code == 200
    again = desk.repair(row["id"], payload, now=world.now + DAY)
    assert (again.status_code, error(again)) == (409, "not_refused")
    stored = desk.entries(outcome="stored")[0]
    assert error(desk.repair(stored["id"], now=world.now + DAY)) == "not_refused"


def test_a_correction_that_is_wrong_names_the_field_and_changes_nothing(world: World) -> None:
    _refused_round(world)
    desk = Desk(world)
    before = desk.entries()
    (row,) = [each for each in before if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    wrong = [
        ({**payload, "method": "poster", "token": 7}, {"payload.token": "not_text"}),
        ({**payload, "position": {"latitude": 1}}, {"payload.position": "unknown_choice"}),
        ({**payload, "method": "manual"}, {"payload.reason": "unknown_choice"}),
        ({}, None),
    ]
    for given, errors in wrong:
        found = field_errors(desk.repair(row["id"], given, now=world.now + DAY))
        assert errors is None or found == errors
    assert desk.entries() == before


def test_a_form_that_is_wrong_is_repaired_with_its_fields_named(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, {"sbp": 999, "dbp": 82})
    phone.amend(line, 1, {"sbp": 140, "dbp": 82})
    assert outcomes(phone.sync()) == ["stored", "invalid", "unknown_line"]
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "record"]
    assert row["fields"] == [{"path": "payload.form.sbp", "code": "too_high", "limit": 300}]
    payload = {**row["content"]["payload"], "form": {"sbp": 998, "dbp": 82}}
    assert field_errors(desk.repair(row["id"], payload, now=world.now + DAY)) == {
        "payload.form.sbp": "too_high"
    }
    payload["form"]["sbp"] = 139
    answer = desk.repair(row["id"], payload, now=world.now + DAY)
    assert [each["outcome"] for each in answer.get_json()["judged"]] == ["stored", "stored"]
    (stored,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == line))
    assert (stored.form["sbp"], stored.version, stored.made_at) == (
        140,
        2,
        phone.clock - timedelta(minutes=1),
    )


def test_judged_anew_once_the_agreement_is_there_even_of_somebody_who_left(world: World) -> None:
    home = served_home(world, "迟签院", active=False)
    phone = world.phone(world.doctor)
    phone.check_in(home, None)
    assert outcomes(phone.sync()) == ["out_of_scope"]
    desk = Desk(world)
    (row,) = desk.refused()
    assert error(desk.repair(row["id"], now=world.now + DAY)) == "out_of_scope"
    world.agree(world.hospital, home, number="签-补")
    end_membership(world, world.doctor, world.hospital.id, world.now + DAY)
    answer = desk.repair(row["id"], now=world.now + 2 * DAY)
    assert answer.status_code == 200, answer.text
    (visit,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert visit.distance_m is not None
    (trail,) = world.trail("entry.repaired", row["id"])
    assert trail.details == {"kind": "check_in", "corrected": False, "replayed": 0}
    (stored,) = world.rows(select(LedgerEntry).where(LedgerEntry.round_id == phone.round_id))
    assert (stored.outcome, stored.code, stored.repaired_at) == ("stored", None, world.now + 2 * DAY)
    assert stored.repair_of_id is None


def test_a_code_that_came_before_its_kiosk_was_revoked_keeps_its_worth(world: World) -> None:
    kiosk, phone = enrolled(world), world.phone(world.doctor)
    token = kiosk.token(phone.clock + timedelta(minutes=1))
    phone.check_in(world.home, None, method="rotaiting", token=token, reason=None)
    assert outcomes(phone.sync()) == ["invalid"]
    with clock.fixed(world.now + HOUR):
        world.client(world.home_manager).delete(f"/kiosks/{kiosk.id}")
    (row,) = Desk(world).refused()
    payload = {**row["content"]["payload"], "method": "rotating"}
    assert Desk(world).repair(row["id"], payload, now=world.now + DAY).status_code == 200
    (visit,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert (visit.grade, visit.grade_reasons) == ("A", ["rotating_inside_fence"])


def test_confirmations_of_others_that_waited_for_the_check_in_are_theirs(world: World) -> None:
    phone, _ = _refused_round(world)
    staff = world.phone(world.staff, at=world.now + HOUR)
    staff.confirm(phone.round_id, {phone.round_id: 2})
    assert outcomes(staff.sync()) == ["unknown_round"]
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    judged = desk.repair(row["id"], payload, now=world.now + DAY).get_json()["judged"]
    assert judged[-1]["kind"] == "confirm"
    assert judged[-1]["outcome"] == "stored"
    (visit,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == phone.round_id))
    assert visit.state == "confirmed"


def _joined(world: World, first: Phone, login: str = "nurse", **said: Any) -> Phone:
    """A nurse who joined the round of this phone, with a pressure recorded in it."""
    nurse = world.person(login, world.hospital, Role.CLINICIAN)
    second = world.phone(nurse, at=first.clock)
    second.join(world.home, first, **said)
    second.record("blood_pressure", world.ben, {"sbp": 138, "dbp": 82})
    return second


def test_a_colleague_joins_and_records_once_the_check_in_is_there(world: World) -> None:
    phone, _ = _refused_round(world)
    second = _joined(world, phone)
    assert outcomes(second.sync()) == ["unknown_round", "unknown_round"]
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    judged = desk.repair(row["id"], payload, now=world.now + DAY).get_json()["judged"]
    assert [(each["kind"], each["outcome"]) for each in judged[-2:]] == [
        ("join", "stored"),
        ("record", "stored"),
    ]
    (participant,) = world.rows(select(Participant).where(Participant.round_id == phone.round_id))
    assert (participant.grade, participant.received_at) == ("C", second.clock)
    assert desk.refused() == []


def test_what_a_colleague_recorded_waits_for_their_joining(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.sync()
    second = _joined(world, phone, position={"latitude": "north"})
    third = _joined(world, phone, "third", position={"latitude": "north"})
    for each in (second, third):
        assert outcomes(each.sync()) == ["invalid", "not_yours"]
    desk = Desk(world)
    row = next(each for each in reversed(desk.refused()) if each["kind"] == "join")  # the first that came
    payload = {**row["content"]["payload"], "position": None}
    judged = desk.repair(row["id"], payload, now=world.now + DAY).get_json()["judged"]
    assert [(each["kind"], each["outcome"]) for each in judged] == [("join", "stored"), ("record", "stored")]
    assert sorted(each["kind"] for each in desk.refused()) == ["join", "record"], "nobody joins for another"


def test_steps_of_a_referral_that_waited_for_its_round_are_taken_after_it(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    form = {
        "indication": "stroke",
        "condition": "左侧肢体无力",
        "destination": "partner_emergency",
        "transport": "ambulance_120",
        "family_told": False,
    }
    said = {"institution_id": str(world.home.id), "subject_id": str(world.ada.id), "receiver_id": None}
    nothing = dict.fromkeys(("reading_id", "from_id", "demand_id"))
    asked = {"service": "green_channel_emergency", "form": form, "form_version": 1, "unusual": []}
    referral = phone.say("referral_request", {**said, **nothing, **asked})
    step = {"referral_id": str(referral), "text": None}
    phone.say("referral_depart", step, round_id=str(referral), elapsed_ms=None)
    assert outcomes(phone.sync()) == ["invalid", "unknown_round", "unknown_referral"]
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    payload = {**row["content"]["payload"], "method": "poster"}
    judged = desk.repair(row["id"], payload, now=world.now + DAY).get_json()["judged"]
    assert [(each["kind"], each["outcome"]) for each in judged[1:]] == [
        ("referral_request", "stored"),
        ("referral_depart", "stored"),
    ]


def test_other_managers_see_and_mend_nothing_of_it(world: World) -> None:
    _refused_round(world)
    (row, *_) = Desk(world).refused()
    for login in (world.other["manager"], world.home_manager):
        desk = Desk(world, login)
        assert desk.entries() == []
        assert desk.repair(row["id"], now=world.now + DAY).status_code == 404
    home = Desk(world, world.home_manager)
    world.visit(at=world.now + DAY)
    assert home.entries() == []  # of doctors: their own managers'


def test_of_a_shared_doctor_each_hospital_sees_its_own_rounds(world: World) -> None:
    world.grant(world.doctor, world.other["hospital"], Role.CLINICIAN)
    world.visit()
    assert len(Desk(world).entries()) == 2
    assert Desk(world, world.other["manager"]).entries() == []


def test_a_manager_mends_only_where_the_manager_manages(world: World) -> None:
    world.grant(world.doctor, world.other["hospital"], Role.CLINICIAN)
    phone = world.phone(world.doctor)
    phone.check_in(world.other["home"], world.other["poster"], method="postre")
    assert outcomes(phone.sync()) == ["invalid"]
    (row,) = Desk(world).refused()  # a round that nobody knows yet: of both employers' person
    payload = {**row["content"]["payload"], "method": "poster"}
    assert error(Desk(world).repair(row["id"], payload, now=world.now + DAY)) == "out_of_scope"
    assert world.rows(select(Round).where(Round.id == phone.round_id)) == []
    theirs = Desk(world, world.other["manager"])
    assert theirs.repair(row["id"], payload, now=world.now + DAY).status_code == 200


def test_what_its_author_had_stored_already_is_not_the_managers(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="postre")
    (wrong,) = phone.waiting
    assert outcomes(phone.sync()) == ["invalid"]
    right = {**wrong, "payload": {**wrong["payload"], "method": "poster"}}
    assert outcomes(phone.send([right]).get_json()["results"]) == ["stored"]
    desk = Desk(world)
    (row,) = desk.refused()
    payload = {**row["content"]["payload"], "method": "poster"}
    judged = desk.repair(row["id"], payload, now=world.now + DAY).get_json()["judged"]
    assert [each["outcome"] for each in judged] == ["duplicate"]
    shown = desk.received(row["id"])
    assert (shown["entry"]["outcome"], shown["entry"]["repaired"]["by"]) == ("repaired", "manager 先生")
    (own,) = shown["others"]
    assert (own["outcome"], own["repaired"], own["repair_of"]) == ("stored", None, None)


def test_an_entry_that_was_given_up_keeps_its_reason_and_is_judged_when_it_comes(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, {"sbp": 999, "dbp": 82})
    never = phone.record("blood_pressure", world.ben, {"sbp": 128, "dbp": 82})
    kept = phone.waiting.pop()
    for entry, reason, text in ((line, "practice", None), (never, "other", "重复")):
        phone.say("drop", {"entry_id": str(entry), "reason": reason, "text": text})
    assert outcomes(phone.sync()) == ["stored", "invalid", "stored", "stored"]
    (row,) = Desk(world).refused()
    assert (row["dropped"]["reason"], row["dropped"]["text"]) == ("practice", None)
    assert outcomes(phone.send([kept]).get_json()["results"]) == ["stored"]
    (came,) = [row for row in Desk(world).entries() if row["entry_id"] == str(never)]
    assert (came["outcome"], came["dropped"]["text"]) == ("stored", "重复")
    assert world.trail("entry.dropped", line)
    for reason, path in (("nonsense", "payload.reason"), ("other", "payload.text")):
        phone.say("drop", {"entry_id": str(line), "reason": reason, "text": None})
        (result,) = phone.send([phone.waiting[-1]]).get_json()["results"]
        assert result["fields"][0]["path"] == path


def test_a_position_that_was_forgotten_leaves_the_check_in_without_one(world: World) -> None:
    phone, _ = _refused_round(world)
    with working(world) as session:
        for place in session.scalars(select(Position)):
            session.delete(place)
    desk = Desk(world)
    (row,) = [each for each in desk.refused() if each["kind"] == "check_in"]
    answer = desk.repair(row["id"], {**row["content"]["payload"], "method": "poster"}, now=world.now + DAY)
    assert answer.status_code == 200, answer.text
    (visit,) = world.rows(select(Round).where(Round.id == phone.round_id))
    assert (visit.grade, visit.distance_m) == ("D", None)


def test_what_somebody_else_sent_under_the_same_ids_stays_refused(world: World) -> None:
    _, sent = _refused_round(world)
    another = world.phone(world.person("second-doctor", world.hospital, Role.CLINICIAN))
    another.waiting = sent[:2]
    assert outcomes(another.sync()) == ["invalid", "unknown_round"]
    desk = Desk(world)
    rows = {(row["author"]["name"], row["kind"]): row for row in desk.refused()}
    check_in = rows["doctor 先生", "check_in"]
    payload = {**check_in["content"]["payload"], "method": "poster"}
    assert desk.repair(check_in["id"], payload, now=world.now + DAY).status_code == 200
    theirs = [UUID(rows["second-doctor 先生", kind]["id"]) for kind in ("check_in", "record")]
    left = world.rows(select(LedgerEntry).where(LedgerEntry.id.in_(theirs)))
    assert [(row.outcome, row.repaired_by_id) for row in left] == [("refused", None)] * 2
