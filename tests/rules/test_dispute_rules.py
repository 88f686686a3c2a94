"""Who has the next word in a dispute, and what settles it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from server.confirmation.rules import AGREE_WITHIN, Ruled, awaits, settled_as, why_not_rule

NOW = datetime(2026, 5, 12, tzinfo=UTC)


def _ruled(*said: str) -> list[Ruled]:
    """`M+` the hospital's manager confirms, `C-` the home's voids, `R` the regulator's; people by party."""
    party = {"M": "medical", "C": "care", "R": "regulator"}
    verdict = {"+": "confirmed", "-": "void"}
    return [Ruled(party[each[0]], verdict[each[1]], UUID(int=ord(each[0]))) for each in said]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], None),
        (["M+"], None),
        (["C-"], None),
        (["M+", "C+"], "confirmed"),
        (["C-", "M-"], "void"),
        (["M+", "C-"], None),
        (["M+", "C-", "M-"], "void"),
        (["M+", "C-", "C+"], "confirmed"),
        (["M+", "C-", "R-"], "void"),
        (["M+", "R+"], "confirmed"),
    ],
)
def test_what_settles_it(said: list[str], expected: str | None) -> None:
    assert settled_as(_ruled(*said)) == expected


def test_one_person_is_not_two_managers() -> None:
    both = [Ruled(party, "confirmed", UUID(int=7)) for party in ("medical", "care")]
    assert settled_as(both) is None


@pytest.mark.parametrize(
    ("answered", "said", "expected"),
    [
        (None, [], "clinician"),
        (timedelta(0), [], "managers"),
        (AGREE_WITHIN, ["M+"], "managers"),
        (AGREE_WITHIN + timedelta(seconds=1), ["M+"], "regulator"),
        (timedelta(0), ["M+", "C-"], "regulator"),
        (timedelta(0), ["M+", "C+"], None),
    ],
)
def test_who_has_the_next_word(answered: timedelta | None, said: list[str], expected: str | None) -> None:
    upheld_at = None if answered is None else NOW - answered
    assert awaits(upheld_at, _ruled(*said), NOW) == expected


@pytest.mark.parametrize(
    ("party", "awaited", "expected"),
    [
        (None, "managers", "no_party"),
        ("medical", None, "not_disputed"),
        ("care", "clinician", "not_upheld"),
        ("regulator", "managers", "managers_first"),
        ("regulator", "regulator", None),
        ("care", "regulator", None),
        ("medical", "managers", None),
    ],
)
def test_who_may_rule(party: str | None, awaited: str | None, expected: str | None) -> None:
    assert why_not_rule(party, awaited) == expected
