"""Sealed entries: what either half sealed the server opens, and nothing that was tampered with."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec

from server.errors import Refusal
from server.keys import Keyring, SealingKey
from server.sync.sealing import Opener, is_sealed

VECTORS = sorted((Path(__file__).parents[1] / "golden" / "sealing").glob("*.json"))
OTHER = "0192f0c1-0000-7000-8000-00000000ffff"


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def _opener(vector: dict[str, Any], author: str | None = None) -> Opener:
    private = ec.derive_private_key(_number(vector["server"]["jwk"]["d"]), ec.SECP256R1())
    key = SealingKey(bytes.fromhex(vector["server"]["id"]), private)
    keyring = Keyring((), (key,), (), MultiFernet([Fernet(Fernet.generate_key())]), b"")
    return Opener(keyring, UUID(author or vector["author"]))


def _wire(case: dict[str, Any]) -> dict[str, Any]:
    outside = {name: case["entry"][name] for name in ("id", "kind", "round_id")}
    return {**outside, "sealed": case["sealed"]}


@pytest.fixture(params=VECTORS, ids=lambda path: path.stem)
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return read


def test_there_are_vectors_of_both_halves() -> None:
    assert [path.stem for path in VECTORS] == ["sealed-by-python", "sealed-by-typescript"]


def test_opens_what_was_sealed(vector: dict[str, Any]) -> None:
    opener = _opener(vector)
    assert [opener.open(_wire(case)) for case in vector["cases"]] == [
        case["entry"] for case in vector["cases"]
    ]
    assert all(is_sealed(_wire(case)) and not is_sealed(case["entry"]) for case in vector["cases"])


def test_opens_for_its_author_alone(vector: dict[str, Any]) -> None:
    _assert_unreadable(_opener(vector, OTHER), _wire(vector["cases"][0]))


@pytest.mark.parametrize("name", ["id", "kind", "round_id"])
def test_opens_nothing_under_another_name(vector: dict[str, Any], name: str) -> None:
    instead = "void" if name == "kind" else OTHER
    _assert_unreadable(_opener(vector), {**_wire(vector["cases"][0]), name: instead})


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": None},
        {"key": "00000000"},
        {"key": "not hex"},
        {"key": 7},
        {"epk": "AAAA"},
        {"epk": ""},
        {"epk": None},
        {"epk": ["a"]},
        {"iv": ""},
        {"iv": "AAAA"},
        {"box": ""},
        {"box": "A"},
        {"box": "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"box": "汉字"},
        {"box": "ab+/"},
    ],
    ids=str,
)
def test_refuses_what_was_tampered_with(vector: dict[str, Any], change: dict[str, Any]) -> None:
    case = vector["cases"][0]
    _assert_unreadable(_opener(vector), _wire({**case, "sealed": {**case["sealed"], **change}}))


@pytest.mark.parametrize("sealed", [None, 1, "box", [], {}])
def test_refuses_what_is_no_seal(vector: dict[str, Any], sealed: Any) -> None:
    _assert_unreadable(_opener(vector), _wire({**vector["cases"][0], "sealed": sealed}))


def test_agrees_on_one_key_for_all_that_one_ephemeral_key_sealed(
    vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed: list[bytes] = []
    agree = SealingKey.shared_secret

    def counted(key: SealingKey, point: bytes) -> bytes:
        agreed.append(point)
        return agree(key, point)

    monkeypatch.setattr(SealingKey, "shared_secret", counted)
    opener = _opener(vector)
    for case in vector["cases"]:
        opener.open(_wire(case))
    assert len(agreed) == 1


def _assert_unreadable(opener: Opener, raw: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        opener.open(raw)
    assert refused.value.code == "unreadable_seal"
