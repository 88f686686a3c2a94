"""The envelope, what becomes of entries, and the ledger that keeps every one of them."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from server.auth.roles import Role
from server.db import Base
from server.ids import new_id
from server.rounds.models import Position, Round, RoundNote, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World
from tests.features.sync.county import counts, end_membership, served_home


def _checked_in(world: World) -> Phone:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    assert outcomes(phone.sync()) == ["stored"]
    return phone


def _ledger(world: World) -> list[LedgerEntry]:
    return world.rows(select(LedgerEntry).order_by(LedgerEntry.received_at, LedgerEntry.id))


def test_the_reply_has_the_envelope_and_answers_in_the_order_sent(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.say("note", {"text": "门口在修路"})
    sent = [entry["id"] for entry in phone.waiting]
    reply = phone.send(phone.waiting).get_json()
    assert (reply["protocol"], reply["server_time"]) == (1, "2026-05-12T01:33:00.000Z")
    assert [result["id"] for result in reply["results"]] == sent
    assert outcomes(reply["results"]) == ["stored"] * 3
    assert all(result["code"] is None and result["fields"] == [] for result in reply["results"])
    visit, reading, _ = (result["record"] for result in reply["results"])
    assert visit["round_id"] == str(phone.round_id)
    assert (visit["grade"], visit["grade_reasons"]) == ("C", ["poster_inside_fence"])
    assert (reading["id"], reading["version"], reading["state"]) == (sent[1], 1, "pending")


def test_the_ledger_keeps_the_content_verbatim_and_the_coordinates_apart(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    check_in, reading = phone.waiting
    phone.sync()
    kept = {str(row.entry_id): row for row in _ledger(world)}
    assert json.loads(kept[reading["id"]].content) == reading
    payload = {**check_in["payload"], "position": "kept apart"}
    assert json.loads(kept[check_in["id"]].content) == {**check_in, "payload": payload}
    (place,) = world.rows(select(Position))
    position = check_in["payload"]["position"]
    assert (place.latitude, place.longitude) == (position["latitude"], position["longitude"])
    assert str(place.entry_id) == check_in["id"]


def test_every_entry_is_kept_whatever_becomes_of_it(world: World) -> None:
    phone = _checked_in(world)
    good = phone.say("note", {"text": "一"})
    refused = phone.record("blood_pressure", world.ada, {"sbp": 400, "dbp": 82})
    malformed = phone.say("note", {"text": 7})
    phone.waiting.append({"something": "else"})
    results = phone.send(phone.waiting).get_json()["results"]
    assert outcomes(results) == ["stored", "invalid", "invalid", "invalid"]
    assert [result["id"] for result in results] == [str(good), str(refused), str(malformed), None]
    kept = [(row.entry_id, row.outcome, row.code) for row in _ledger(world)[1:]]
    assert sorted(kept, key=str) == sorted(
        [
            (good, "stored", None),
            (refused, "refused", "invalid"),
            (malformed, "refused", "invalid"),
            (None, "refused", "invalid"),
        ],
        key=str,
    )


def test_the_same_batch_again_is_a_duplicate_with_the_same_record(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 190, "dbp": 82})
    phone.say("note", {"text": "一"})
    batch = list(phone.waiting)
    first = phone.send(batch).get_json()["results"]
    before = counts(world)
    again = phone.send(batch, now=phone.clock + timedelta(hours=5)).get_json()["results"]
    assert outcomes(again) == ["duplicate"] * 3
    assert [result["record"] for result in again] == [result["record"] for result in first]
    assert counts(world) == before


def test_what_is_only_sent_again_is_no_news_to_other_phones(world: World) -> None:
    phone = _checked_in(world)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    batch = list(phone.waiting)
    phone.sync()
    cursor = world.phone(world.staff).pull()["cursor"]
    assert outcomes(phone.send(batch).get_json()["results"]) == ["duplicate"]
    assert world.phone(world.staff).pull(cursor)["cursor"] == cursor


def test_other_content_under_the_same_id_is_kept_and_refused(world: World) -> None:
    phone = _checked_in(world)
    id_ = phone.say("note", {"text": "一"})
    phone.sync()
    phone.say("note", {"text": "二"}, id=str(id_))
    (result,) = phone.sync()
    assert outcomes([result]) == ["content_differs"]
    kept = [row for row in _ledger(world) if row.entry_id == id_]
    assert [(row.outcome, json.loads(row.content)["payload"]["text"]) for row in kept] == [
        ("stored", "一"),
        ("refused", "二"),
    ]
    assert [note.text for note in world.rows(select(RoundNote))] == ["一"]


def test_other_content_in_the_same_batch_is_refused_too(world: World) -> None:
    phone = _checked_in(world)
    id_ = phone.say("note", {"text": "一"})
    phone.say("note", {"text": "二"}, id=str(id_))
    phone.waiting.append(phone.waiting[0])
    assert outcomes(phone.sync()) == ["stored", "content_differs", "duplicate"]


def test_an_id_that_somebody_else_has_stored_is_not_taken_over(world: World) -> None:
    phone = _checked_in(world)
    id_ = phone.say("note", {"text": "一"})
    phone.sync()
    theirs = world.phone(world.other["doctor"])
    theirs.check_in(world.other["home"], world.other["poster"])
    theirs.say("note", {"text": "一"}, id=str(id_))
    assert outcomes(theirs.sync()) == ["stored", "content_differs"]


def test_a_round_id_of_another_county_is_refused_and_never_busy(world: World) -> None:
    phone = _checked_in(world)
    theirs = world.phone(world.other["doctor"])
    theirs.check_in(world.other["home"], world.other["poster"])
    theirs.waiting[0]["round_id"] = str(phone.round_id)
    theirs.say("note", {"text": "一"}, round_id=str(phone.round_id))
    assert outcomes(theirs.sync()) == ["already_checked_in", "unknown_round"]


def test_a_record_under_the_id_of_a_line_that_exists_is_refused(world: World) -> None:
    phone = _checked_in(world)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.waiting[0]["id"] = str(phone.round_id)
    assert outcomes(phone.sync()) == ["content_differs"]
    assert len(world.rows(select(ServiceRecord))) == 1


def test_a_second_check_in_of_a_round_is_refused(world: World) -> None:
    phone = _checked_in(world)
    first = phone.round_id
    phone.check_in(world.home, world.poster)
    phone.waiting[0]["round_id"] = str(first)
    assert outcomes(phone.sync()) == ["already_checked_in"]


def test_one_bad_entry_does_not_take_its_neighbours_along(world: World) -> None:
    phone = world.phone(world.doctor)
    entries: list[Any] = ["nothing"]
    phone.check_in(world.home, world.poster)
    entries += [phone.waiting.pop(), None]
    phone.say("dance", {})
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.record("blood_pressure", world.other["resident"], {"sbp": 138, "dbp": 82})
    phone.record("no_such_service", None, {})
    phone.check_out(world.home)
    assert outcomes(phone.send([*entries, *phone.waiting]).get_json()["results"]) == [
        "invalid",
        "stored",
        "invalid",
        "invalid",
        "stored",
        "not_a_resident",
        "invalid",
        "stored",
    ]


def test_entries_of_a_round_apply_in_the_order_sent(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.amend(line, 1, {"sbp": 148, "dbp": 82})
    phone.amend(line, 2, {"sbp": 158, "dbp": 82})
    phone.void(line, 3)
    results = phone.sync()
    assert outcomes(results) == ["stored"] * 5
    assert [result["record"]["version"] for result in results[1:]] == [1, 2, 3, 4]
    (row,) = world.rows(select(ServiceRecord).where(ServiceRecord.id == line))
    assert (row.state, row.form["sbp"]) == ("void", 158)


def test_what_came_before_its_check_in_is_stored_after_it(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    check_in = phone.waiting.pop()
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.check_out(world.home)
    assert outcomes(phone.sync()) == ["unknown_round", "unknown_round"]
    assert world.rows(select(Round)) == []
    late = list(phone.waiting)
    phone.waiting = [check_in, *late]
    assert outcomes(phone.sync()) == ["stored"] * 3
    assert [row.outcome for row in _ledger(world)] == ["stored"] * 3


def test_a_word_stored_before_the_right_was_lost_is_a_duplicate_still(world: World) -> None:
    phone = world.phone(world.doctor)
    home = served_home(world, "二院")
    phone.check_in(home, world.issue_poster(home))
    phone.sync()
    login = world.person("helping", home, Role.CARE_STAFF)
    world.grant(login, world.home, Role.CARE_STAFF)
    staff = world.phone(login)
    staff.confirm(phone.round_id, {phone.round_id: 1})
    batch = list(staff.waiting)
    assert outcomes(staff.sync()) == ["stored"]
    end_membership(world, login, home.id, world.now)
    (result,) = staff.send(batch).get_json()["results"]
    assert outcomes([result]) == ["duplicate"]
    assert result["record"] == {"lines": []}


_WRONG_ENVELOPES: dict[tuple[str, str], dict[str, Any]] = {
    ("protocol", "unknown_choice"): {"protocol": 2},
    ("protocol", "not_a_whole_number"): {"protocol": "1"},
    ("device_id", "not_an_id"): {"device_id": "phone"},
    ("sent_at", "no_zone"): {"sent_at": "2026-05-12T01:30:00"},
    ("sent_at", "not_an_instant"): {"sent_at": "0001-01-01T00:00:00+08:00"},
    ("sent_at", "required"): {"sent_at": None},
    ("device_name", "not_text"): {"device_name": 7},
    ("more", "unknown_field"): {"more": 1},
}


def test_a_wrong_envelope_is_refused_by_its_field(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    before = counts(world)
    for (path, code), envelope in _WRONG_ENVELOPES.items():
        response = phone.send(phone.waiting, **envelope)
        error = response.get_json()["error"]
        assert (response.status_code, error["code"]) == (422, "invalid"), envelope
        assert (error["fields"][0]["path"], error["fields"][0]["code"]) == (path, code)
    assert counts(world) == before


def test_nobody_sends_without_being_signed_in_and_managers_have_no_phone(world: World) -> None:
    nobody = Phone(world.client(), new_id(), world.now)
    nobody.check_in(world.home, world.poster)
    assert nobody.send(nobody.waiting).status_code == 401
    for login in (world.manager, world.regulator):
        phone = Phone(world.client(login), new_id(), world.now)
        assert phone.send([]).status_code == 403
        assert phone.client.get("/sync").status_code == 403


def test_every_table_is_counted(world: World) -> None:
    """The tests above compare counts: they must see what a request writes."""
    before = counts(world)
    _checked_in(world)
    changed = {name for name, count in counts(world).items() if count != before[name]}
    assert {"rounds", "positions", "service_records", "record_versions", "ledger_entries"} <= changed
    assert set(Base.metadata.tables) - set(before) == {"devices"}
