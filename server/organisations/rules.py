"""Pure rules about organisations: their codes, and how their places are said."""

import re

_USCC = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}")
_USCC_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Of places: how browsers say them, and how Chinese maps do (AMap and Tencent; Baidu).
DATUMS = ("WGS-84", "GCJ-02", "BD-09")
# Metres within which a phone counts as being there.
FENCE_M = (20, 5000)
# A fix of less is no good for saying where an institution is.
PLACING_ACCURACY_M = 100
_REGION = re.compile(r"[1-9][0-9]{5}")


def uscc_warning(code: str) -> str | None:
    """What looks wrong with a unified social credit code (GB 32100), or None.

    A warning, never a reason to refuse: some early real codes fail the check.
    """
    if not _USCC.fullmatch(code):
        return "not_a_credit_code"
    return None if code[17] == uscc_check_character(code) else "wrong_check_character"


def uscc_check_character(code: str) -> str:
    """The 18th character for the first 17."""
    total = sum(_USCC_DIGITS.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
    return _USCC_DIGITS[-total % 31]


def region_error(code: str) -> str | None:
    """Why a region is no GB/T 2260 code. A regulator sees all that begins with its own: an empty one, all."""
    return None if _REGION.fullmatch(code) else "not_a_region"
