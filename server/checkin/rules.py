"""Pure rules of presence: what is printed on a poster, how far a phone is, and what a check-in is worth.

docs/sync-protocol.md describes the token for third parties.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

GRADE_RULE_VERSION = 1
ACCURACY_LIMIT_M = 100
_POSTER = 1
_HEAD = 23
_TOKEN_BYTES = _HEAD + 64
_EARTH_RADIUS_M = 6_371_008.8
_SHORT_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0 O 1 I, which look alike on a wall


@dataclass(frozen=True, slots=True)
class PosterToken:
    """What a poster says, and the signature over it. `key_id` names the signing key."""

    key_id: bytes
    institution_id: UUID
    version: int
    signature: bytes = b""

    @property
    def signed_part(self) -> bytes:
        return bytes([_POSTER]) + self.key_id + self.institution_id.bytes + self.version.to_bytes(2, "big")

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(self.signed_part + self.signature).rstrip(b"=").decode()


def read_poster_token(text: str) -> PosterToken | None:
    """The token's parts, unverified; None when it is not one of ours."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _TOKEN_BYTES or raw[0] != _POSTER:
        return None
    return PosterToken(raw[1:5], UUID(bytes=raw[5:21]), int.from_bytes(raw[21:23], "big"), raw[_HEAD:])


def new_short_code() -> str:
    """Eight characters as `ABCD-2345`: an identifier for a broken camera, no proof of anything."""
    letters = [secrets.choice(_SHORT_ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


@dataclass(frozen=True, slots=True)
class Fix:
    """A position in WGS-84 degrees; `accuracy_m` is the radius of 68 % confidence the phone gives."""

    latitude: float
    longitude: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Fence:
    latitude: float
    longitude: float
    radius_m: int


@dataclass(frozen=True, slots=True)
class Grade:
    """`C` poster inside the fence, `D` anything else; with every reason, the worst first."""

    letter: str
    reasons: tuple[str, ...]


def distance_m(a: Fix | Fence, b: Fix | Fence) -> float:
    """Great-circle distance in metres (haversine on the mean Earth radius)."""
    phi_a, phi_b = radians(a.latitude), radians(b.latitude)
    lift = sin((phi_b - phi_a) / 2) ** 2
    turn = sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(sqrt(lift + cos(phi_a) * cos(phi_b) * turn))


def grade(code_reasons: Sequence[str], fix: Fix | None, fence: Fence | None) -> Grade:
    """Grade a check-in. `code_reasons` say what is wrong with the code (empty: the current poster)."""
    reasons = (*code_reasons, *_place_reasons(fix, fence))
    return Grade("D", reasons) if reasons else Grade("C", ("poster_inside_fence",))


def _place_reasons(fix: Fix | None, fence: Fence | None) -> tuple[str, ...]:
    if fence is None:
        return ("no_location_on_file",)
    if fix is None:
        return ("no_fix",)
    if fix.accuracy_m > ACCURACY_LIMIT_M:
        return ("inaccurate_fix",)
    return () if distance_m(fix, fence) <= fence.radius_m else ("outside_fence",)
