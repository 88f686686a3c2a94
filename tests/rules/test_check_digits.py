"""Identity numbers (GB 11643) and unified social credit codes (GB 32100)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from server.organisations.rules import region_error, uscc_check_character, uscc_warning
from server.residents.rules import identity_check_digit, identity_number_error

VECTORS = json.loads(
    (Path(__file__).parents[1] / "golden" / "clinical" / "check_digits.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["identity_numbers"], ids=lambda vector: vector["value"])
def test_identity_numbers(vector: dict[str, Any]) -> None:
    assert (identity_number_error(vector["value"]) is None) == vector["valid"]


@pytest.mark.parametrize("vector", VECTORS["credit_codes"], ids=lambda vector: vector["value"])
def test_credit_codes(vector: dict[str, Any]) -> None:
    assert (uscc_warning(vector["value"]) is None) == vector["valid"]
    assert uscc_check_character(vector["value"]) == vector["computed_check"]


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("", "not_an_identity_number"),
        ("11010519491231002", "not_an_identity_number"),
        ("1101051949123100２X", "not_an_identity_number"),
        ("110105194913310024", "impossible_birth_date"),
        ("110105194902290020", "impossible_birth_date"),
        ("110105194912310021", "wrong_check_digit"),
        ("11010519491231002x", None),
    ],
)
def test_why_an_identity_number_is_wrong(number: str, problem: str | None) -> None:
    assert identity_number_error(number) == problem


@given(st.text("0123456789", min_size=3, max_size=3), st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_shows(sequence: str, place: int, step: int) -> None:
    first = f"99990119400101{sequence}"
    number = first + identity_check_digit(first)
    changed = str((int(number[place]) + step) % 10)
    assert identity_number_error(number) is None
    assert identity_number_error(number[:place] + changed + number[place + 1 :]) is not None


@pytest.mark.parametrize("code", ["", "91350100M000100Y4", "91350100m000100y43", "91350100M000100I43"])
def test_what_is_no_credit_code(code: str) -> None:
    assert uscc_warning(code) == "not_a_credit_code"


@pytest.mark.parametrize(
    ("code", "fine"), [("330106", True), ("330000", True), ("", False), ("33", False), ("000000", False)]
)
def test_regions(code: str, fine: bool) -> None:
    """An empty region, or one of zeros, would let a regulator oversee everything."""
    assert (region_error(code) is None) == fine
