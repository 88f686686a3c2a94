"""Whatever bytes arrive, the answer names what is wrong, and nothing is half written."""

import gzip
import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from server import clock
from server.rounds.models import Round, RoundNote
from server.sync.models import LedgerEntry
from server.web.schemas import instant_text
from tests.factories.phone import Phone, fix, outcomes
from tests.factories.world import World
from tests.features.sync.county import counts

MEGABYTE = 1024 * 1024


def _body(phone: Phone, entries: list[Any]) -> bytes:
    document = {
        "protocol": 1,
        "device_id": str(phone.device_id),
        "sent_at": instant_text(phone.clock),
        "entries": entries,
    }
    return json.dumps(document).encode()


def _post(phone: Phone, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    with clock.fixed(phone.clock):
        response = phone.client.post_bytes("/sync", body, **{"Content-Type": "application/json", **headers})
    return response.status_code, response.get_json()


def _gzipped(phone: Phone, body: bytes) -> tuple[int, dict[str, Any]]:
    return _post(phone, body, **{"Content-Encoding": "gzip"})


def _phone_with_a_check_in(world: World) -> Phone:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    return phone


def _in_a_round(world: World) -> Phone:
    phone = _phone_with_a_check_in(world)
    assert outcomes(phone.sync()) == ["stored"]
    return phone


def _refused_fields(phone: Phone) -> list[list[tuple[str, str]]]:
    """What is wrong with each of the entries waiting; all of them must be refused as invalid."""
    results = phone.send(phone.waiting).get_json()["results"]
    phone.waiting = []
    assert outcomes(results) == ["invalid"] * len(results), results
    return [[(field["path"], field["code"]) for field in result["fields"]] for result in results]


def test_bytes_that_are_no_request_are_refused_as_a_whole(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    whole = _body(phone, phone.waiting)
    before = counts(world)
    bodies = {
        b"": "not_json",
        whole[:-1]: "not_json",
        whole[: len(whole) // 2]: "not_json",
        b"<html>sign in to the hotel's network</html>": "not_json",
        b"\xff\xfe\x00": "not_json",
        b'{"protocol": ' + b"9" * 5000 + b"}": "not_json",
        b"[]": "not_an_object",
        b"null": "not_an_object",
        b'"text"': "not_an_object",
        b"[" * 100_000: "too_deep",
    }
    for body, code in bodies.items():
        status, answer = _post(phone, body)
        assert status == 422, body[:40]
        assert answer["error"]["fields"] == [{"path": "body", "code": code}], body[:40]
    assert counts(world) == before
    assert _post(phone, whole)[0] == 200


def test_a_request_cut_off_anywhere_is_refused_as_a_whole(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    whole = _body(phone, phone.waiting)
    before = counts(world)
    for length in range(0, len(whole), 41):
        status, answer = _post(phone, whole[:length])
        assert (status, answer["error"]["fields"]) == (422, [{"path": "body", "code": "not_json"}]), length
    assert counts(world) == before


def test_what_an_entry_lacks_is_named(world: World) -> None:
    phone = _in_a_round(world)
    before = counts(world)
    lacking = ("id", "kind", "round_id", "at", "elapsed_ms", "payload")
    for number, name in enumerate(lacking):
        phone.say("note", {"text": str(number)})
        del phone.waiting[-1][name]
    assert _refused_fields(phone) == [
        [(f"entries[{number}].{name}", "required")] for number, name in enumerate(lacking)
    ]
    assert counts(world) == {**before, "ledger_entries": before["ledger_entries"] + len(lacking)}


def test_five_mebibytes_of_nesting_are_refused_as_a_whole(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    before = counts(world)
    head, tail = _body(phone, phone.waiting).split(b'"reason": null')
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        for size, refused in ((5 * MEGABYTE, 413), (MEGABYTE, 422)):
            depth = size // len(opening + closing)
            nested = head + b'"reason": ' + opening * depth + b"1" + closing * depth + tail
            assert _post(phone, nested)[0] == refused
            assert _gzipped(phone, gzip.compress(nested))[0] == refused
    assert counts(world) == before


def test_no_depth_of_nesting_is_an_error_of_the_server(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    statuses = set()
    for depth in range(40, 1100, 53):
        nested = _body(phone, phone.waiting).replace(
            b'"reason": null', b'"reason": ' + b"[" * depth + b"]" * depth
        )
        status, answer = _post(phone, nested)
        statuses.add(status)
        assert status == 422 or outcomes(answer["results"]) == ["invalid"]
    assert statuses == {200, 422}
    assert world.rows(select(Round)) == []


def test_a_request_of_more_than_two_mebibytes_is_to_be_halved(world: World) -> None:
    phone = _in_a_round(world)
    phone.say("note", {"text": "x" * (2 * MEGABYTE)})
    before = counts(world)
    status, answer = _post(phone, _body(phone, phone.waiting))
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert _post(phone, b" " * (5 * MEGABYTE))[0] == 413
    assert _gzipped(phone, gzip.compress(b" " * (400 * MEGABYTE // 8)))[0] == 413
    assert counts(world) == before


def test_five_hundred_entries_are_taken_and_not_one_more(world: World) -> None:
    phone = world.phone(world.doctor, at=world.now - timedelta(days=1))
    phone.check_in(world.home, world.poster)
    for number in range(500):
        phone.say("note", {"text": str(number)})
    assert phone.send(phone.waiting, now=world.now).status_code == 413
    assert outcomes(phone.send(phone.waiting[:500], now=world.now).get_json()["results"]) == ["stored"] * 500
    assert len(world.rows(select(RoundNote))) == 499


def test_gzip_is_unpacked_and_a_cut_or_false_one_is_refused(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    packed = gzip.compress(_body(phone, phone.waiting))
    before = counts(world)
    for body, code in ((packed[:-20], "cut_off"), (packed[:5], "cut_off"), (b"plain", "not_gzip")):
        status, answer = _gzipped(phone, body)
        assert (status, answer["error"]["fields"]) == (422, [{"path": "body", "code": code}])
    assert _post(phone, packed, **{"Content-Encoding": "br"})[0] == 422
    assert counts(world) == before
    status, answer = _gzipped(phone, packed)
    assert (status, outcomes(answer["results"])) == (200, ["stored"])


def test_wrong_types_are_named_by_their_path(world: World) -> None:
    phone = _in_a_round(world)
    before = counts(world)
    phone.say("note", {"text": "a"})
    phone.waiting[0]["id"] = "one"
    phone.say("note", {"text": "b"}, at="yesterday")
    phone.say("note", {"text": "c"}, elapsed_ms="12")
    phone.say("note", {"text": "d"}, elapsed_ms=-1)
    phone.say("note", {"text": "e"}, elapsed_ms=10**30)
    phone.say("note", {"text": "f"})
    phone.waiting[5]["payload"] = []
    phone.say("note", {"text": "g"}, at="9999-12-31T23:59:59Z", round_id=7)
    phone.say("wave", {"text": "h"})
    assert _refused_fields(phone) == [
        [("entries[0].id", "not_an_id")],
        [("entries[1].at", "not_an_instant")],
        [("entries[2].elapsed_ms", "not_a_whole_number")],
        [("entries[3].elapsed_ms", "out_of_range")],
        [("entries[4].elapsed_ms", "out_of_range")],
        [("entries[5].payload", "not_an_object")],
        [("entries[6].round_id", "not_an_id")],
        [("entries[7].kind", "unknown_choice")],
    ]
    kept = len(phone.waiting) + 8
    assert counts(world) == {**before, "ledger_entries": before["ledger_entries"] + kept}


def test_fields_of_payloads_are_named_by_their_path(world: World) -> None:
    phone = _in_a_round(world)
    phone.say("note", {})
    phone.say("note", {"text": ""})
    phone.say("note", {"text": "x" * 2001})
    phone.say("note", {"text": "x", "colour": "red"})
    phone.record("blood_pressure", world.ada, {"sbp": "138", "dbp": 82})
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82, "mood": "good"})
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82}, form_version="1")
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82}, form_version=2**31)
    phone.confirm(phone.round_id, {})
    phone.say("confirm", {"lines": [{"line_id": str(phone.round_id), "version": "1"}]})
    assert _refused_fields(phone) == [
        [("payload.text", "required")],
        [("payload.text", "required")],
        [("payload.text", "too_long")],
        [("payload.colour", "unknown_field")],
        [("payload.form.sbp", "wrong_type")],
        [("payload.form.mood", "unknown_field")],
        [("payload.form_version", "not_a_whole_number")],
        [("payload.form_version", "out_of_range")],
        [("payload.lines", "wrong_number")],
        [("payload.lines[0].version", "not_a_whole_number")],
    ]


def test_numbers_as_text_are_no_position(world: World) -> None:
    phone = world.phone(world.doctor)
    good = fix(world.home)
    for wrong in ({"latitude": "30.25"}, {"longitude": True}, {"accuracy_m": -1}, {"latitude": 91}):
        phone.check_in(world.home, world.poster, position={**good, **wrong})
    assert _refused_fields(phone) == [
        [("payload.position.latitude", "not_a_number")],
        [("payload.position.longitude", "not_a_number")],
        [("payload.position.accuracy_m", "out_of_range")],
        [("payload.position.latitude", "out_of_range")],
    ]
    assert all("30.25" not in row.content for row in world.rows(select(LedgerEntry)))


def test_not_a_number_is_no_number(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, position={**fix(world.home), "latitude": float("nan")})
    phone.check_in(world.home, world.poster, position={**fix(world.home), "latitude": float("inf")})
    status, answer = _post(phone, _body(phone, phone.waiting))
    assert (status, outcomes(answer["results"])) == (200, ["invalid", "invalid"])


def test_characters_no_database_stores_are_refused_and_all_others_kept(world: World) -> None:
    phone = _in_a_round(world)
    kept = ["好😀", "𠮷野家", "a literal \\u0000 and \\ud800", "\u200f\u202e mixed"]
    for text in ("a\0b", "half \ud83d of a pair", "\ude00 the other", *kept):
        phone.say("note", {"text": text})
    phone.record("blood_pressure", world.ada, {"note\0": 1}, outcome="declined")
    results = phone.sync()
    assert outcomes(results) == [*["invalid"] * 3, *["stored"] * 4, "invalid"]
    assert [result["fields"][0]["path"] for result in results[:3]] == ["payload.text"] * 3
    assert sorted(note.text for note in world.rows(select(RoundNote))) == sorted(kept)


def test_a_device_name_that_cannot_be_stored_loses_no_entry(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    response = phone.send(phone.waiting, device_name="a\0b\ud800" + "长" * 200)
    assert outcomes(response.get_json()["results"]) == ["stored"]
    (round_,) = world.rows(select(Round))
    assert round_.device_name == "ab" + "长" * 78


def test_times_ahead_of_the_phones_own_clock_and_too_old_ones_are_refused(world: World) -> None:
    phone = _in_a_round(world)
    now = phone.clock
    times = {
        timedelta(minutes=4): "stored",
        timedelta(minutes=6): "in_future",
        -timedelta(days=94): "stored",
        -timedelta(days=96): "too_old",
    }
    for ago in times:
        phone.say("note", {"text": "x"}, at=instant_text(now + ago))
    results = phone.sync(now=now)
    assert outcomes(results) == list(times.values())
    assert [result["fields"] for result in results] == [
        [] if code == "stored" else [{"path": "at", "code": code}] for code in times.values()
    ]
    assert len(world.rows(select(RoundNote))) == 2


def test_no_time_is_an_error_of_the_server(world: World) -> None:
    phone = world.phone(world.doctor)
    for at in ("0001-01-01T00:00:00Z", "0001-01-03T00:00:00Z", "9999-12-31T23:59:59Z"):
        phone.check_in(world.home, world.poster)
        phone.waiting[-1]["at"] = at
    assert outcomes(phone.send(phone.waiting).get_json()["results"]) == ["too_old", "too_old", "in_future"]
    behind = phone.send(phone.waiting, now=world.now, sent_at="2026-05-11T00:00:00Z")
    assert outcomes(behind.get_json()["results"]) == ["too_old", "too_old", "invalid"]
    assert behind.get_json()["results"][2]["fields"] == [{"path": "entries[2].at", "code": "out_of_range"}]


def test_a_clock_that_is_decades_off_is_corrected(world: World) -> None:
    phone = _phone_with_a_check_in(world)
    phone.waiting[0]["at"] = "1970-01-01T00:10:00Z"
    response = phone.send(phone.waiting, now=world.now, sent_at="1970-01-01T00:40:00Z")
    assert outcomes(response.get_json()["results"]) == ["stored"]
    (round_,) = world.rows(select(Round))
    assert round_.checked_in_at == world.now - timedelta(minutes=30)
