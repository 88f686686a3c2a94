"""A phone's half of sealed entries."""

import base64
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.keys import Keyring, SealingKey
from server.sync.sealing import INFO, OUTSIDE, bound
from tests.factories.world import World


def base64url(content: bytes) -> str:
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
        sealed = {
            "v": 1,
            "key": key,
            "epk": base64url(self._point),
            "iv": base64url(iv),
            "box": base64url(box),
        }
        return {**named, "sealed": sealed}


def account_of(world: World, login: str) -> str:
    account: str = world.client(login).json("/session")["id"]
    return account
