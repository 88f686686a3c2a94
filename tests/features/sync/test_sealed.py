"""Entries that come sealed are judged as if they had come plain, and nobody else's are opened."""

import json
import os
from typing import Any

from sqlalchemy import select

from server.sync.models import LedgerEntry
from server.sync.sealing import bound
from tests.factories.phone import Phone, outcomes
from tests.factories.sealer import Sealer, account_of, base64url
from tests.factories.world import World


def _round(world: World) -> Phone:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    return phone


def _ledger(world: World) -> list[LedgerEntry]:
    return world.rows(select(LedgerEntry).order_by(LedgerEntry.received_at, LedgerEntry.id))


def _send(phone: Phone, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = phone.send(entries).get_json()["results"]
    return results


def test_phones_learn_the_newest_key(world: World) -> None:
    reference = world.client(world.doctor).json("/sync")["reference"]
    key = world.app.keyring.sealing[0]
    assert reference["sealing"] == {"id": key.id.hex(), "jwk": key.public_jwk()}
    assert key.id.hex() in reference["version"]


def test_sealed_and_plain_are_the_same_entry(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, account_of(world, world.doctor))
    results = _send(phone, [sealer.seal(entry) for entry in phone.waiting])
    assert outcomes(results) == ["stored", "stored"]
    assert results[0]["record"]["grade_reasons"] == ["poster_inside_fence"]
    assert json.loads(_ledger(world)[1].content) == phone.waiting[1]
    assert outcomes(_send(phone, phone.waiting)) == ["duplicate", "duplicate"]
    assert outcomes(_send(phone, [sealer.seal(entry) for entry in phone.waiting])) == [
        "duplicate",
        "duplicate",
    ]


def test_what_cannot_be_opened_is_kept_and_refused_alone(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, account_of(world, world.doctor))
    check_in, reading = (sealer.seal(entry) for entry in phone.waiting)
    broken = {**reading, "sealed": {**reading["sealed"], "box": "AAAA"}}
    results = _send(phone, [check_in, broken])
    assert outcomes(results) == ["stored", "unreadable_seal"]
    assert (results[1]["id"], results[1]["code"]) == (reading["id"], "unreadable_seal")
    assert results[1]["message"]
    assert json.loads(_ledger(world)[1].content) == broken
    assert outcomes(_send(phone, [reading])) == ["stored"]


def test_the_entry_of_somebody_else_is_not_opened(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, account_of(world, world.staff))
    results = _send(phone, [sealer.seal(entry) for entry in phone.waiting])
    assert [result["code"] for result in results] == ["unreadable_seal", "unreadable_seal"]


def test_what_is_said_outside_must_be_what_is_inside(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, account_of(world, world.doctor))
    (result,) = _send(phone, [sealer.seal(phone.waiting[0], kind="note")])
    assert (result["outcome"], result["code"]) == ("refused", "unreadable_seal")


def test_a_malformed_entry_inside_is_refused_with_the_field_named(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, account_of(world, world.doctor))
    wrong = {**phone.waiting[0], "payload": {**phone.waiting[0]["payload"], "method": 7}}
    (result,) = _send(phone, [sealer.seal(wrong)])
    assert (result["code"], result["fields"][0]["path"]) == ("invalid", "payload.method")


def test_nesting_without_end_inside_a_box_takes_nobody_along(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, account_of(world, world.doctor))
    check_in = sealer.seal(phone.waiting[0])
    deep = sealer.seal(phone.waiting[1])
    iv = os.urandom(12)
    nested = sealer.cipher.encrypt(iv, b"[" * 100_000, bound(deep, account_of(world, world.doctor)))
    deep["sealed"] = {**deep["sealed"], "iv": base64url(iv), "box": base64url(nested)}
    assert outcomes(_send(phone, [check_in, deep])) == ["stored", "unreadable_seal"]
