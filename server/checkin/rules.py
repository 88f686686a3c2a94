"""Pure rules of presence: what codes say, how far a phone is, and what a check-in is worth.

docs/sync-protocol.md describes the tokens for third parties.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

GRADE_RULE_VERSION = 4
ACCURACY_LIMIT_M = 100
STEP_S = 30  # a rotating code is shown so long
_STEP_TOLERANCE = 1
_CLOCK_KNOWN_MIN = 24 * 60
_POSTER, _ROTATING, _ROUND = 1, 2, 3
_POSTER_HEAD, _ROTATING_HEAD, _ROUND_LENGTH = 23, 25, 43
# A round's code is read from a colleague's phone, whose clock nobody measured just then.
_ROUND_STEP_TOLERANCE = 4
_OPEN_TOLERANCE = timedelta(minutes=5)
_SIGNATURE = 64
_JUMPED = 1
# What leaves a rotating code in step worth a B: a place that nobody could measure, a clock not quite known.
_LOWERING = frozenset(
    {"kiosk_clock_old", "kiosk_clock_jumped", "no_location_on_file", "no_fix", "inaccurate_fix"}
)
# A key that somebody may have stolen shows no more than what hangs on a wall for all to photograph.
_AS_A_POSTER = frozenset({"kiosk_revoked_since", "kiosk_clock_old", "kiosk_clock_jumped"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BASE64URL = re.compile("[A-Za-z0-9_-]*")
_EARTH_RADIUS_M = 6_371_008.8


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
        return _base64url(self.signed_part + self.signature)


@dataclass(frozen=True, slots=True)
class RotatingToken:
    """What a kiosk shows for one step of 30 s, and its signature over it.

    `jumped`: its wall clock moved against its monotonic one since the last handshake. `clock_age_min`: whole
    minutes since that handshake, at most 65535.
    """

    kiosk_id: UUID
    step: int
    jumped: bool
    clock_age_min: int
    signature: bytes = b""

    @property
    def signed_part(self) -> bytes:
        head = bytes([_ROTATING]) + self.kiosk_id.bytes + self.step.to_bytes(5, "big")
        return head + bytes([_JUMPED if self.jumped else 0]) + self.clock_age_min.to_bytes(2, "big")

    @property
    def text(self) -> str:
        return _base64url(self.signed_part + self.signature)


def read_poster_token(text: str) -> PosterToken | None:
    """The token's parts, unverified; None when it is not one of ours."""
    raw = _token_bytes(text, _POSTER, _POSTER_HEAD)
    if raw is None:
        return None
    version = int.from_bytes(raw[21:23], "big")
    return PosterToken(raw[1:5], UUID(bytes=raw[5:21]), version, raw[_POSTER_HEAD:])


def read_rotating_token(text: str) -> RotatingToken | None:
    """Likewise. Flags that have no meaning yet must not be set: what is verified is all that was signed."""
    raw = _token_bytes(text, _ROTATING, _ROTATING_HEAD)
    if raw is None or raw[22] & ~_JUMPED:
        return None
    return RotatingToken(
        kiosk_id=UUID(bytes=raw[1:17]),
        step=int.from_bytes(raw[17:22], "big"),
        jumped=bool(raw[22] & _JUMPED),
        clock_age_min=int.from_bytes(raw[23:25], "big"),
        signature=raw[_ROTATING_HEAD:],
    )


def _token_bytes(text: str, kind: int, head: int) -> bytes | None:
    if not _BASE64URL.fullmatch(text):
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:  # a length that no bytes have
        return None
    return raw if len(raw) == head + _SIGNATURE and raw[0] == kind else None


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def step_of(at: datetime) -> int:
    """Which step of 30 s an instant (aware) belongs to."""
    return int(at.timestamp() // STEP_S)


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
    """`A` rotating code inside the fence, `B` the same with a doubt, `C` poster inside the fence or a code
    that proves no more than one, else `D`.

    `reasons` has every one: what is wrong with the code first, then with the place.
    """

    letter: str
    reasons: tuple[str, ...]


def distance_m(a: Fix | Fence, b: Fix | Fence) -> float:
    """Great-circle distance in metres (haversine on the mean Earth radius)."""
    phi_a, phi_b = radians(a.latitude), radians(b.latitude)
    lift = sin((phi_b - phi_a) / 2) ** 2
    turn = sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * _EARTH_RADIUS_M * asin(sqrt(lift + cos(phi_a) * cos(phi_b) * turn))


@dataclass(frozen=True, slots=True)
class Use:
    """A genuine rotating code and where it was used. `captured_at` is corrected by the phone's offset,
    `received_at` when the server had it; `kiosk_institution_id` is whose kiosk showed it, `enrolled_at` and
    `revoked_at` when that began and ceased to count. `replaced`: who revoked it had the device at hand."""

    token: RotatingToken
    kiosk_institution_id: UUID
    enrolled_at: datetime
    revoked_at: datetime | None
    replaced: bool
    institution_id: UUID
    captured_at: datetime
    received_at: datetime
    used_before: bool


def rotating_reasons(use: Use) -> list[str]:
    """All that speaks against a genuine rotating code; empty for one in step on its first use.

    Whoever holds a kiosk's key can sign any step, past ones too. So nothing of before its enrolment counts,
    nor of after its revocation; and what was captured in between but came after the revocation may have been
    made after it as well, unless the device was in the hands of whoever revoked it.
    """
    drift = abs(use.token.step - step_of(use.captured_at))
    revoked = use.revoked_at is not None and use.revoked_at <= use.captured_at
    since = use.revoked_at is not None and use.captured_at < use.revoked_at <= use.received_at
    doubtful = since and not use.replaced
    findings = (
        ("kiosk_unknown", step_of(use.captured_at) + _STEP_TOLERANCE < step_of(use.enrolled_at)),
        ("kiosk_of_another_institution", use.kiosk_institution_id != use.institution_id),
        ("kiosk_revoked", revoked),
        ("kiosk_revoked_since", doubtful),
        ("code_out_of_step", drift > _STEP_TOLERANCE),
        ("code_used_before", use.used_before),
        ("kiosk_clock_old", use.token.clock_age_min > _CLOCK_KNOWN_MIN),
        ("kiosk_clock_jumped", use.token.jumped),
    )
    return [code for code, found in findings if found]


def grade(
    code_reasons: Sequence[str], fix: Fix | None, fence: Fence | None, *, rotating: bool = False
) -> Grade:
    """Grade a check-in. `code_reasons` say what is wrong with the code (empty: nothing); `rotating` says that
    it was one of a kiosk's."""
    reasons = (*code_reasons, *_place_reasons(fix, fence))
    if not reasons:
        return Grade("A", ("rotating_inside_fence",)) if rotating else Grade("C", ("poster_inside_fence",))
    return Grade(_lowered(reasons) if rotating else "D", reasons)


def _lowered(reasons: Sequence[str]) -> str:
    """What a genuine rotating code is worth with something against it."""
    if _LOWERING.issuperset(reasons):
        return "B"
    return "C" if _AS_A_POSTER.issuperset(reasons) else "D"


def _place_reasons(fix: Fix | None, fence: Fence | None) -> tuple[str, ...]:
    """A rough fix is no proof of being there, but it is one of being elsewhere: where all of the circle it
    names lies outside the fence."""
    if fence is None:
        return ("no_location_on_file",)
    if fix is None:
        return ("no_fix",)
    rough = fix.accuracy_m > ACCURACY_LIMIT_M
    if distance_m(fix, fence) - (fix.accuracy_m if rough else 0) > fence.radius_m:
        return ("outside_fence",)
    return ("inaccurate_fix",) if rough else ()


@dataclass(frozen=True, slots=True)
class RoundCode:
    """What the first clinician's phone shows for colleagues to join: an identifier, signed by nobody.

    `checked_in_at` in whole seconds, so that a phone that is offline can show the round.
    """

    round_id: UUID
    step: int
    institution_id: UUID
    checked_in_at: datetime

    @property
    def text(self) -> str:
        head = bytes([_ROUND]) + self.round_id.bytes + self.step.to_bytes(5, "big")
        seconds = int(self.checked_in_at.timestamp())
        return _base64url(head + self.institution_id.bytes + seconds.to_bytes(5, "big"))


def read_round_code(text: str) -> RoundCode | None:
    """Its parts; None when it is none of ours."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        return None
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != _ROUND_LENGTH or raw[0] != _ROUND:
        return None
    try:
        began = _EPOCH + timedelta(seconds=int.from_bytes(raw[38:43], "big"))
    except OverflowError:  # after the year 9999
        return None
    return RoundCode(UUID(bytes=raw[1:17]), int.from_bytes(raw[17:22], "big"), UUID(bytes=raw[22:38]), began)


@dataclass(frozen=True, slots=True)
class Joining:
    """A colleague's arrival at a round: the round as it is known, and what was scanned when and where.

    `captured_at` is corrected by the phone's offset; `code` is None where it could not be read.
    """

    round_id: UUID
    round_grade: str
    checked_in_at: datetime
    checked_out_at: datetime | None
    code: RoundCode | None
    captured_at: datetime


def join_grade(joining: Joining, fix: Fix | None, fence: Fence | None) -> Grade:
    """The round's own grade for whoever was inside the fence while it lasted, with its code of that moment;
    else D. The code proves nothing by itself: anybody can make one."""
    code, at = joining.code, joining.captured_at
    ended = joining.checked_out_at
    outside = at < joining.checked_in_at - _OPEN_TOLERANCE or (ended and at > ended + _OPEN_TOLERANCE)
    findings = (
        ("round_code_unreadable", code is None or code.round_id != joining.round_id),
        ("code_out_of_step", bool(code and abs(code.step - step_of(at)) > _ROUND_STEP_TOLERANCE)),
        ("outside_round_time", bool(outside)),
    )
    against = [reason for reason, found in findings if found]
    judged = grade(against, fix, fence)
    if judged.letter != "C":
        return judged
    return Grade(joining.round_grade, ("joined_inside_fence",))
