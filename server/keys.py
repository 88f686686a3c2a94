"""The server's own keys: ECDSA P-256 for posters, and a pair for identity numbers.

They live in a directory of their own, apart from the session secret, the database and its backups. Each key
has an id, so that a new one can take over while what the old one signed or sealed is still readable.
"""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

KEY_ID_BYTES = 4


class KeysError(Exception):
    """The key directory is missing or unreadable; the text says how to make it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    id: bytes
    private: ec.EllipticCurvePrivateKey

    def sign(self, message: bytes) -> bytes:
        """r||s, 64 bytes: the form that WebCrypto verifies."""
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verifies(self, message: bytes, signature: bytes) -> bool:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        der = encode_dss_signature(r, s)
        try:
            self.private.public_key().verify(der, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def public_jwk(self) -> dict[str, Any]:
        point = self.private.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": _base64url(point.x), "y": _base64url(point.y)}


@dataclass(frozen=True, slots=True)
class Keyring:
    """`signing[0]` signs; all verify. Identity numbers are sealed with the first key and opened with any."""

    signing: tuple[SigningKey, ...]
    identity: MultiFernet
    lookup_secret: bytes

    def signing_key(self, key_id: bytes) -> SigningKey | None:
        return next((key for key in self.signing if key.id == key_id), None)

    def seal(self, identity_number: str) -> str:
        return self.identity.encrypt(identity_number.encode()).decode()

    def unseal(self, sealed: str) -> str:
        return self.identity.decrypt(sealed.encode()).decode()

    def lookup_hash(self, identity_number: str) -> str:
        """A keyed hash: finds a person by number without keeping the number readable."""
        return hmac.new(self.lookup_secret, identity_number.upper().encode(), hashlib.sha256).hexdigest()


def create(directory: Path) -> None:
    """A new key directory, readable by its owner only. An existing key file is never replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write_new(directory / "signing-1.pem", private)
    identity = {"seal": [Fernet.generate_key().decode()], "lookup": os.urandom(32).hex()}
    _write_new(directory / "identity.json", json.dumps(identity).encode())


def load(directory: Path) -> Keyring:
    """The keyring of a directory; the newest signing key (highest number) signs."""
    pems = sorted(directory.glob("signing-*.pem"), key=_number, reverse=True)
    identity_file = directory / "identity.json"
    if not pems or not identity_file.exists():
        raise KeysError(f"no keys in {directory}: run `xunyue keys create` once and keep them safe")
    identity = json.loads(identity_file.read_text())
    return Keyring(
        signing=tuple(_load_signing_key(pem) for pem in pems),
        identity=MultiFernet([Fernet(key) for key in identity["seal"]]),
        lookup_secret=bytes.fromhex(identity["lookup"]),
    )


def _load_signing_key(pem: Path) -> SigningKey:
    private = serialization.load_pem_private_key(pem.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise KeysError(f"{pem} is not an EC key")
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return SigningKey(hashlib.sha256(point).digest()[:KEY_ID_BYTES], private)


def _base64url(coordinate: int) -> str:
    return base64.urlsafe_b64encode(coordinate.to_bytes(32, "big")).rstrip(b"=").decode()


def _number(pem: Path) -> int:
    return int(pem.stem.removeprefix("signing-"))


def _write_new(path: Path, content: bytes) -> None:
    """Exclusive and owner-only from the first byte; a key that exists stays."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(content)
