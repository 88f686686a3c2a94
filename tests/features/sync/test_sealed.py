"""Entries that come sealed are judged as if they had come plain, and nobody else's are opened."""

import base64
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from server.keys import Keyring, SealingKey
from server.sync.models import LedgerEntry
from server.sync.sealing import INFO, OUTSIDE, bound
from tests.factories.phone import Phone, outcomes
from tests.factories.world import World


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Sealer:
    """A phone's half: one ephemeral key for all entries."""

    def __init__(self, keyring: Keyring, author: str) -> None:
        self._key: SealingKey = keyring.sealing[0]
        self._author = author
        own = ec.generate_private_key(ec.SECP256R1())
        self._point = own.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        server = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self._key.public_point())
        salt = self._point + self._key.public_point()
        secret = own.exchange(ec.ECDH(), server)
        self.cipher = AESGCM(HKDF(hashes.SHA256(), 32, salt=salt, info=INFO).derive(secret))

    def seal(self, entry: dict[str, Any], **outside: Any) -> dict[str, Any]:
        iv = os.urandom(12)
        named = {name: entry[name] for name in OUTSIDE} | outside
        box = self.cipher.encrypt(iv, json.dumps(entry).encode(), bound(named, self._author))
        key = self._key.id.hex()
        sealed = {"v": 1, "key": key, "epk": _text(self._point), "iv": _text(iv), "box": _text(box)}
        return {**named, "sealed": sealed}


def _round(world: World) -> Phone:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    return phone


def _account(world: World, login: str) -> str:
    account: str = world.client(login).json("/session")["id"]
    return account


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
    sealer = Sealer(world.app.keyring, _account(world, world.doctor))
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
    sealer = Sealer(world.app.keyring, _account(world, world.doctor))
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
    sealer = Sealer(world.app.keyring, _account(world, world.staff))
    results = _send(phone, [sealer.seal(entry) for entry in phone.waiting])
    assert [result["code"] for result in results] == ["unreadable_seal", "unreadable_seal"]


def test_what_is_said_outside_must_be_what_is_inside(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, _account(world, world.doctor))
    (result,) = _send(phone, [sealer.seal(phone.waiting[0], kind="note")])
    assert (result["outcome"], result["code"]) == ("refused", "unreadable_seal")


def test_a_malformed_entry_inside_is_refused_with_the_field_named(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, _account(world, world.doctor))
    wrong = {**phone.waiting[0], "payload": {**phone.waiting[0]["payload"], "method": 7}}
    (result,) = _send(phone, [sealer.seal(wrong)])
    assert (result["code"], result["fields"][0]["path"]) == ("invalid", "payload.method")


def test_nesting_without_end_inside_a_box_takes_nobody_along(world: World) -> None:
    phone = _round(world)
    sealer = Sealer(world.app.keyring, _account(world, world.doctor))
    check_in = sealer.seal(phone.waiting[0])
    deep = sealer.seal(phone.waiting[1])
    iv = os.urandom(12)
    nested = sealer.cipher.encrypt(iv, b"[" * 100_000, bound(deep, _account(world, world.doctor)))
    deep["sealed"] = {**deep["sealed"], "iv": _text(iv), "box": _text(nested)}
    assert outcomes(_send(phone, [check_in, deep])) == ["stored", "unreadable_seal"]
