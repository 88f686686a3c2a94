"""Opening entries that a phone sealed to this server's public key (docs/phone-security.md has the format).

Pure: bytes in, JSON out. The golden vectors in tests/golden/sealing hold this and the phone's half together.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.errors import Refusal
from server.keys import Keyring, SealingKey

VERSION = 1
INFO = b"xunyue entry v1"
OUTSIDE = ("id", "kind", "round_id")  # said in the clear beside the box, and bound to it


def is_sealed(raw: Any) -> bool:
    return isinstance(raw, dict) and "sealed" in raw


class Opener:
    """Opens the entries of one author. A phone seals many with one ephemeral key: it is agreed on once."""

    def __init__(self, keyring: Keyring, author: UUID) -> None:
        self._keyring = keyring
        self._author = str(author)
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

    def open(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The plain entry, all of it. Refuses `unreadable_seal` whatever is wrong: nothing of it was read."""
        try:
            plain = self._plain(raw, raw["sealed"])
        except (KeyError, TypeError, ValueError, RecursionError, InvalidTag):  # of json, too
            raise Refusal("unreadable_seal") from None
        if not isinstance(plain, dict) or any(plain.get(name) != raw[name] for name in OUTSIDE):
            raise Refusal("unreadable_seal")
        return plain

    def _plain(self, raw: Mapping[str, Any], sealed: Mapping[str, Any]) -> Any:
        if sealed["v"] != VERSION:
            raise ValueError("a seal of another version")
        cipher = self._cipher(sealed["key"], sealed["epk"])
        box = cipher.decrypt(_bytes(sealed["iv"]), _bytes(sealed["box"]), bound(raw, self._author))
        return json.loads(box)

    def _cipher(self, key_id: str, point: str) -> AESGCM:
        known = self._ciphers.get((key_id, point))
        if known is None:
            key = self._keyring.sealing_key(bytes.fromhex(key_id))
            if key is None:
                raise ValueError("sealed to a key that is not here")
            known = self._ciphers[(key_id, point)] = cipher_between(key, _bytes(point))
        return known


def cipher_between(key: SealingKey, point: bytes) -> AESGCM:
    """The cipher that the server and the owner of an ephemeral public point (65 bytes) share."""
    secret = key.shared_secret(point)
    derived = HKDF(hashes.SHA256(), 32, salt=point + key.public_point(), info=INFO).derive(secret)
    return AESGCM(derived)


def bound(raw: Mapping[str, Any], author: str) -> bytes:
    """What the box is bound to: no entry can be passed off as another one, or as another person's."""
    return "|".join([*(str(raw[name]) for name in OUTSIDE), author]).lower().encode()


def _bytes(text: Any) -> bytes:
    """Base64url without padding, and nothing else."""
    if not isinstance(text, str) or not text.isascii() or "=" in text:
        raise ValueError("not base64url")
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)
