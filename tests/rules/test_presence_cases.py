"""Codes and grades against the cases that the phone must pass too."""

import base64
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server import keys
from server.checkin.rules import (
    Fence,
    Fix,
    Grade,
    distance_m,
    grade,
    read_poster_token,
    read_rotating_token,
)
from server.checkin.service import Scan, judge_rotating, what_is_wrong_with
from server.kiosks.queries import KnownKiosk
from server.kiosks.rules import handshake_text

GOLDEN = Path(__file__).parents[1] / "golden" / "presence"
ROUND, ANOTHER = UUID(int=1), UUID(int=2)


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    return document


TOKENS = _document("tokens.json")["cases"]
GRADES = [
    (document, case)
    for name in ("poster.json", "rotating.json")
    for document in [_document(name)]
    for case in document["cases"]
]


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> keys.Keyring:
    """That of a server whose poster key is the cases' own."""
    folder = tmp_path_factory.mktemp("keyring")
    keys.create(folder)
    private = ec.derive_private_key(int.from_bytes(b"\x11" * 32, "big"), ec.SECP256R1())
    (published,) = _document("poster.json")["keys"]
    return replace(keys.load(folder), signing=(keys.SigningKey(bytes.fromhex(published["id"]), private),))


@pytest.mark.parametrize("case", TOKENS, ids=lambda case: case["name"])
def test_what_codes_say(case: dict[str, Any]) -> None:
    poster, rotating = read_poster_token(case["text"]), read_rotating_token(case["text"])
    assert _parts(poster, rotating) == case["parts"]
    token = poster or rotating
    assert (token.text if token else None) == (case["text"] if token else None)
    if token:
        key = keys.public_key_of(case["jwk"])
        assert keys.verifies(key, token.signed_part, token.signature) == case["signed"]


@pytest.mark.parametrize("case", _document("handshakes.json")["cases"], ids=lambda case: case["name"])
def test_what_kiosks_sign_at_a_handshake(case: dict[str, Any]) -> None:
    said = UUID(case["kiosk_id"]), case["sent_at"], case["nonce"], case["jumps"]
    message = handshake_text(*said)
    assert message == case["text"].encode()
    signature = base64.urlsafe_b64decode(case["signature"] + "==")
    assert keys.verifies(keys.public_key_of(case["jwk"]), message, signature) == case["signed"]


def _parts(poster: Any, rotating: Any) -> dict[str, Any] | None:
    if poster:
        said = {"key_id": poster.key_id.hex(), "institution_id": str(poster.institution_id)}
        return {"kind": "poster", **said, "version": poster.version}
    if rotating:
        said = {name: getattr(rotating, name) for name in ("step", "jumped", "clock_age_min")}
        return {"kind": "rotating", "kiosk_id": str(rotating.kiosk_id), **said}
    return None


@pytest.mark.parametrize(("document", "case"), GRADES, ids=[case["name"] for _, case in GRADES])
def test_grades(document: dict[str, Any], case: dict[str, Any], keyring: keys.Keyring) -> None:
    institution = next(each for each in document["institutions"] if each["id"] == case["institution_id"])
    fence, fix = _fence(institution), _fix(case["position"])
    reasons = _code_reasons(document, institution, case, keyring)
    expected = case["expected"]
    given = grade(reasons, fix, fence, rotating=case["method"] == "rotating")
    assert given == Grade(expected["grade"], tuple(expected["reasons"]))
    assert (round(distance_m(fix, fence)) if fix and fence else None) == expected["distance_m"]


def _fence(institution: dict[str, Any]) -> Fence | None:
    point = institution["location"]
    return Fence(point["latitude"], point["longitude"], institution["fence_m"]) if point else None


def _fix(position: dict[str, Any] | None) -> Fix | None:
    return Fix(**position) if position else None


def _code_reasons(
    document: dict[str, Any], institution: dict[str, Any], case: dict[str, Any], keyring: keys.Keyring
) -> list[str]:
    poster = institution["poster"]
    if case["method"] == "manual":
        return ["manual"]
    if case["method"] == "short_code":
        current = poster and case["short_code"] == poster["short_code"]
        return ["short_code"] if current else ["short_code", "poster_revoked"]
    where = UUID(institution["id"])
    if case["method"] == "rotating":
        captured = datetime.fromisoformat(case["captured_at"])
        received = datetime.fromisoformat(case.get("received_at", case["captured_at"]))
        scan = Scan(case["token"], where, ROUND, (captured,), received)
        token = read_rotating_token(case["token"] or "")
        used = {(token.kiosk_id, token.step): ANOTHER} if token and case["used_before"] else {}
        return judge_rotating(scan, _kiosks(document), used)[1]
    return what_is_wrong_with(case["token"], where, poster["version"] if poster else None, keyring)


def _kiosks(document: dict[str, Any]) -> dict[UUID, KnownKiosk]:
    return {
        UUID(each["id"]): KnownKiosk(
            UUID(each["id"]),
            UUID(each["institution_id"]),
            each["jwk"],
            datetime.fromisoformat(each["enrolled_at"]),
            datetime.fromisoformat(each["revoked_at"]) if each["revoked_at"] else None,
            each["revoked_for"],
        )
        for each in document["kiosks"]
    }


def test_the_cases_say_enough() -> None:
    reasons = {reason for _, case in GRADES for reason in case["expected"]["reasons"]}
    letters = [case["expected"]["grade"] for _, case in GRADES]
    assert {letter: letters.count(letter) > 2 for letter in "ABCD"} == dict.fromkeys("ABCD", True)
    assert reasons == {
        *("rotating_inside_fence", "poster_inside_fence", "manual", "short_code"),
        *("poster_forged", "poster_of_another_institution", "poster_revoked"),
        *("code_forged", "code_out_of_step", "code_used_before"),
        *("kiosk_unknown", "kiosk_revoked", "kiosk_revoked_since", "kiosk_of_another_institution"),
        *("kiosk_clock_old", "kiosk_clock_jumped"),
        *("no_location_on_file", "no_fix", "inaccurate_fix", "outside_fence"),
    }
