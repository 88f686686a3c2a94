"""The server's own keys: ECDSA P-256 for posters, ECDH P-256 for sealed entries, a pair for identity numbers,
AES-256 for photos.

They live in a directory of their own, apart from the session secret, the database and its backups. Each key
has an id, so that a new one can take over while what the old one signed or sealed is still readable.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID_BYTES = 4
_NONCE_BYTES = 12


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
        return verifies(self.private.public_key(), message, signature)

    def public_jwk(self) -> dict[str, Any]:
        return _jwk(self.private)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """Phones seal their entries to its public half, so that only this server reads them."""

    id: bytes
    private: ec.EllipticCurvePrivateKey

    def public_jwk(self) -> dict[str, Any]:
        return _jwk(self.private)

    def public_point(self) -> bytes:
        """65 bytes, uncompressed."""
        return _point(self.private)

    def shared_secret(self, point: bytes) -> bytes:
        """ECDH with another's public point; ValueError where the bytes are no point of the curve."""
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return self.private.exchange(ec.ECDH(), other)


@dataclass(frozen=True, slots=True)
class PhotoKey:
    """`id` is the beginning of the key's SHA-256, in hexadecimal."""

    id: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """`signing[0]` signs; all verify. Identity numbers are sealed with the first key and opened with any.

    Phones seal to `sealing[0]`; what was sealed to an older one is still opened. So it is with `photos`.
    """

    signing: tuple[SigningKey, ...]
    sealing: tuple[SealingKey, ...]
    photos: tuple[PhotoKey, ...]
    identity: MultiFernet
    lookup_secret: bytes

    def signing_key(self, key_id: bytes) -> SigningKey | None:
        return next((key for key in self.signing if key.id == key_id), None)

    def sealing_key(self, key_id: bytes) -> SealingKey | None:
        return next((key for key in self.sealing if key.id == key_id), None)

    def seal_photo(self, photo_id: UUID, picture: bytes) -> tuple[str, bytes]:
        """The key's id, and nonce with AES-GCM of the picture, bound to its id."""
        key, nonce = self.photos[0], os.urandom(_NONCE_BYTES)
        return key.id, nonce + AESGCM(key.secret).encrypt(nonce, picture, photo_id.bytes)

    def open_photo(self, photo_id: UUID, key_id: str, sealed: bytes) -> bytes:
        """Raises KeysError where the key is not here, InvalidTag where it is not what was sealed."""
        key = next((each for each in self.photos if each.id == key_id), None)
        if key is None:
            raise KeysError(f"the photo key {key_id} is missing")
        nonce = sealed[:_NONCE_BYTES]
        return AESGCM(key.secret).decrypt(nonce, sealed[_NONCE_BYTES:], photo_id.bytes)

    def seal(self, identity_number: str) -> str:
        return self.identity.encrypt(identity_number.encode()).decode()

    def unseal(self, sealed: str) -> str:
        return self.identity.decrypt(sealed.encode()).decode()

    def lookup_hash(self, identity_number: str) -> str:
        """A keyed hash: finds a person by number without keeping the number readable."""
        return hmac.new(self.lookup_secret, identity_number.upper().encode(), hashlib.sha256).hexdigest()


def verifies(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (r||s, 64 bytes, as WebCrypto signs) is this key's over the message."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def public_key_of(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """The P-256 key that `{kty, crv, x, y}` describes. Raises ValueError where it is none."""
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", "P-256"):
        raise ValueError("not a P-256 key")
    x, y = (int.from_bytes(_coordinate_bytes(str(jwk.get(name, ""))), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _coordinate_bytes(text: str) -> bytes:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(raw) != 32:
        raise ValueError("not a coordinate of P-256")
    return raw


def create(directory: Path) -> None:
    """A new key directory, readable by its owner only. An existing key file is never replaced."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    for use in ("signing", "sealing"):
        _write_new(directory / f"{use}-1.pem", _new_pem())
    _write_new(directory / "photos-1.key", os.urandom(32).hex().encode())
    identity = {"seal": [Fernet.generate_key().decode()], "lookup": os.urandom(32).hex()}
    _write_new(directory / "identity.json", json.dumps(identity).encode())


def _new_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def load(directory: Path) -> Keyring:
    """The keyring of a directory; the newest key (highest number) of each use comes first."""
    identity_file = directory / "identity.json"
    signing, sealing = _load_pems(directory, "signing"), _load_pems(directory, "sealing")
    photos = _load_photo_keys(directory)
    if not signing or not sealing or not photos or not identity_file.exists():
        raise KeysError(f"keys are missing in {directory}: run `xunyue keys create` and keep them safe")
    identity = json.loads(identity_file.read_text())
    return Keyring(
        signing=tuple(SigningKey(*pair) for pair in signing),
        sealing=tuple(SealingKey(*pair) for pair in sealing),
        photos=photos,
        identity=MultiFernet([Fernet(key) for key in identity["seal"]]),
        lookup_secret=bytes.fromhex(identity["lookup"]),
    )


def _load_photo_keys(directory: Path) -> tuple[PhotoKey, ...]:
    files = sorted(directory.glob("photos-*.key"), key=_number, reverse=True)
    secrets = [bytes.fromhex(file.read_text().strip()) for file in files]
    return tuple(
        PhotoKey(hashlib.sha256(secret).hexdigest()[: 2 * KEY_ID_BYTES], secret) for secret in secrets
    )


def _load_pems(directory: Path, use: str) -> list[tuple[bytes, ec.EllipticCurvePrivateKey]]:
    pems = sorted(directory.glob(f"{use}-*.pem"), key=_number, reverse=True)
    return [_load_pem(pem) for pem in pems]


def _load_pem(pem: Path) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
    private = serialization.load_pem_private_key(pem.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise KeysError(f"{pem} is not an EC key")
    return hashlib.sha256(_point(private)).digest()[:KEY_ID_BYTES], private


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def _jwk(private: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    numbers = private.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}


def _base64url(coordinate: int) -> str:
    return base64.urlsafe_b64encode(coordinate.to_bytes(32, "big")).rstrip(b"=").decode()


def _number(pem: Path) -> int:
    return int(pem.stem.rpartition("-")[2])


def _write_new(path: Path, content: bytes) -> None:
    """Exclusive and owner-only from the first byte; a key that exists stays."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(content)
