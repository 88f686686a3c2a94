"""Poster tokens, distances and grades."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from server import keys
from server.checkin.rules import (
    Fence,
    Fix,
    PosterToken,
    RotatingToken,
    Use,
    distance_m,
    grade,
    read_poster_token,
    read_rotating_token,
    rotating_reasons,
    step_of,
)
from server.checkin.service import what_is_wrong_with
from server.kiosks.rules import new_code, read_code

HOME = UUID("01900000-0000-7000-8000-00000000abcd")


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> keys.Keyring:
    folder: Path = tmp_path_factory.mktemp("keyring")
    keys.create(folder)
    return keys.load(folder)


def _signed(keyring: keys.Keyring, institution: UUID = HOME, version: int = 3) -> PosterToken:
    key = keyring.signing[0]
    unsigned = PosterToken(key.id, institution, version)
    return PosterToken(key.id, institution, version, key.sign(unsigned.signed_part))


@given(st.uuids(), st.integers(0, 65_535))
def test_tokens_say_what_was_put_into_them(keyring: keys.Keyring, institution: UUID, version: int) -> None:
    token = _signed(keyring, institution, version)
    assert len(token.text) == 116
    assert read_poster_token(token.text) == token
    assert what_is_wrong_with(token.text, institution, version, keyring) == []


@given(st.integers(0, 86), st.integers(1, 255))
def test_a_change_of_any_byte_shows(keyring: keys.Keyring, place: int, flip: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(_signed(keyring).text))
    raw[place] ^= flip
    forged = base64.urlsafe_b64encode(bytes(raw)).decode()
    assert what_is_wrong_with(forged, HOME, 3, keyring) == ["poster_forged"]


@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=120).map(lambda raw: base64.b64encode(raw).decode()))
)
def test_anything_else_is_no_token(keyring: keys.Keyring, text: str) -> None:
    assert read_poster_token(text) is None
    assert what_is_wrong_with(text, HOME, 3, keyring) == ["poster_forged"]


def test_what_can_be_wrong_with_a_poster(keyring: keys.Keyring, tmp_path: Path) -> None:
    text = _signed(keyring).text
    assert what_is_wrong_with(text, HOME, 4, keyring) == ["poster_revoked"]
    assert what_is_wrong_with(text, HOME, None, keyring) == ["poster_revoked"]
    assert what_is_wrong_with(text, UUID(int=1), 3, keyring) == ["poster_of_another_institution"]
    assert what_is_wrong_with(None, HOME, 3, keyring) == ["poster_forged"]
    keys.create(tmp_path)
    assert what_is_wrong_with(text, HOME, 3, keys.load(tmp_path)) == ["poster_forged"]


def test_keys_are_kept_and_the_newest_signs(tmp_path: Path) -> None:
    keys.create(tmp_path)
    first = keys.load(tmp_path)
    old = _signed(first).text
    keys.create(tmp_path)
    assert keys.load(tmp_path).signing[0].id == first.signing[0].id, "an existing key is never replaced"
    keys.create(tmp_path / "next")
    (tmp_path / "next" / "signing-1.pem").rename(tmp_path / "signing-2.pem")
    rotated = keys.load(tmp_path)
    assert rotated.signing[0].id != first.signing[0].id
    assert what_is_wrong_with(old, HOME, 3, rotated) == []
    assert {path.stat().st_mode & 0o77 for path in tmp_path.glob("*.*")} == {0}


def test_identity_numbers_are_sealed_and_found_again(keyring: keys.Keyring) -> None:
    number = "11010519491231002X"
    sealed = keyring.seal(number)
    assert number not in sealed
    assert keyring.unseal(sealed) == number
    assert keyring.seal(number) != sealed
    assert keyring.lookup_hash(number.lower()) == keyring.lookup_hash(number)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        ((0.0, 0.0), (0.0, 0.0), 0),
        ((0.0, 0.0), (0.0, 1.0), 111_195),
        ((0.0, 0.0), (0.0, 180.0), 20_015_115),
        ((30.2741, 120.1551), (31.2304, 121.4737), 164_500),  # Hangzhou to Shanghai
        ((30.25, 120.15), (30.251, 120.15), 111),
        ((60.0, 179.9995), (60.0, -179.9995), 56),
    ],
)
def test_distances(a: tuple[float, float], b: tuple[float, float], metres: int) -> None:
    there = distance_m(Fix(*a, 5), Fix(*b, 5))
    assert there == pytest.approx(metres, rel=0.005, abs=1)
    assert there == pytest.approx(distance_m(Fix(*b, 5), Fix(*a, 5)))


def test_codes_that_are_typed_cannot_be_misread() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("".join(codes)) & set("01IOabc")
    assert {read_code(code) for code in codes} == codes


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abcd2345", "ABCD-2345"),
        (" AB cd-23-45\n", "ABCD-2345"),
        ("ABCD-234", None),
        ("ABCD-23456", None),
        ("ABCO-2345", None),
        ("", None),
        ("签到签到签到签到", None),
    ],
)
def test_a_code_is_read_however_it_was_typed(typed: str, code: str | None) -> None:
    assert read_code(typed) == code


@given(st.uuids(), st.integers(0, 2**40 - 1), st.booleans(), st.integers(0, 65_535))
def test_rotating_tokens_say_what_was_put_into_them(
    keyring: keys.Keyring, kiosk: UUID, step: int, jumped: bool, age: int
) -> None:
    unsigned = RotatingToken(kiosk, step, jumped, age)
    token = replace(unsigned, signature=keyring.signing[0].sign(unsigned.signed_part))
    assert len(token.text) == 119
    assert read_rotating_token(token.text) == token
    assert read_poster_token(token.text) is None


@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=120).map(lambda raw: base64.b64encode(raw).decode()))
)
def test_anything_else_is_no_rotating_token(text: str) -> None:
    assert read_rotating_token(text) is None


@pytest.mark.parametrize(
    ("scanned_s", "received_s", "replaced", "reasons"),
    [
        (-1, -1, False, []),
        (-1, 0, False, ["kiosk_revoked_since"]),
        (-1, 9, False, ["kiosk_revoked_since"]),
        (-1, 9, True, []),
        (0, 0, False, ["kiosk_revoked"]),
        (1, 9, False, ["kiosk_revoked"]),
        (1, 9, True, ["kiosk_revoked"]),
        (1, -1, False, ["kiosk_revoked"]),
    ],
)
def test_a_revocation_counts_from_its_moment_on(
    scanned_s: int, received_s: int, replaced: bool, reasons: list[str]
) -> None:
    revoked = datetime(2026, 5, 12, 1, 30, 10, tzinfo=UTC)
    scanned, received = (revoked + timedelta(seconds=after) for after in (scanned_s, received_s))
    token = RotatingToken(HOME, step_of(scanned), jumped=False, clock_age_min=0)
    enrolled = revoked - timedelta(days=1)
    use = Use(token, HOME, enrolled, revoked, replaced, HOME, scanned, received, used_before=False)
    assert rotating_reasons(use) == reasons


@given(st.floats(0, 100), st.floats(0, 20_000_000), st.integers(0, 5000))
def test_a_worse_accuracy_takes_nobody_into_the_fence(better: float, worse: float, radius: int) -> None:
    """What is elsewhere by a good fix is never inside by a rough one, and a rough one is never a proof."""
    fence = Fence(30.25, 120.15, radius)
    there = Fix(30.2618, 120.15, better)  # 1,312 m away
    rough = Fix(there.latitude, there.longitude, worse)
    good, other = (grade([], each, fence).reasons for each in (there, rough))
    assert good == (("outside_fence",) if radius < 1312 else ("poster_inside_fence",))
    if worse > 100:
        assert other == (("outside_fence",) if 1312 - worse > radius else ("inaccurate_fix",))


def test_who_stands_on_the_fence_is_inside() -> None:
    at_the_door = Fix(30.25, 120.15, 12)
    assert grade([], at_the_door, Fence(30.25, 120.15, 0)).letter == "C"
    assert grade([], at_the_door, Fence(30.2501, 120.15, 0)).reasons == ("outside_fence",)
