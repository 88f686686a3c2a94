"""The text of a published period, and the rates at its head."""

import hashlib
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from server.fulfilment.rules.results import Totals
from server.publishing.rules import (
    FIGURES,
    Heading,
    Part,
    Row,
    canonical,
    digest,
    headline,
    rates_of,
    share_of,
)
from server.rollups.rules import Clause, Scope

ONE, TWO = UUID("019aa4d0-0000-7000-8000-000000000001"), UUID("019aa4d0-0000-7000-8000-000000000002")
DAYS = (date(2026, 3, 23), date(2026, 3, 29), date(2026, 4, 1))


def _clause(weight: str = "1", category: str = "rounds", scope: Scope = "institution") -> Clause:
    return Clause(ONE, Fraction(weight), 0, category, scope)


def test_the_text_is_what_the_documentation_says() -> None:
    shown = {"rated": 1, "agreements": 2, "confirmed_rate": "0.5000", "reported_rate": None, "categories": []}
    heading = Heading("3301", "2026-03", date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 15), shown)
    row = Row(ONE, TWO, *DAYS, 2, 1, 1, 0, 2, 0)
    text = "".join(canonical(heading, [row]))
    assert text == (
        "xunyue-published-1\t3301\t2026-03\t2026-03-01\t2026-03-31\t2026-04-15\t"
        '{"agreements":2,"categories":[],"confirmed_rate":"0.5000","rated":1,"reported_rate":null}\n'
        "019aa4d0-0000-7000-8000-000000000001\t019aa4d0-0000-7000-8000-000000000002\t"
        "2026-03-23\t2026-03-29\t2026-04-01\t2\t1\t1\t0\t2\t0\n"
    )
    assert digest(canonical(heading, [row])) == hashlib.sha256(text.encode("ascii")).hexdigest()


def test_each_figure_and_each_day_changes_the_digest() -> None:
    heading = Heading("33", "2026", date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 2), {})
    row = Row(ONE, TWO, *DAYS, 2, 1, 1, 0, 2, 0)
    other: dict[str, Any] = {"agreement_id": TWO, "commitment_id": ONE}
    other |= dict.fromkeys(("start", "end", "deadline"), date(2026, 1, 1))
    other |= {name: getattr(row, name) + 1 for name in FIGURES}
    rows = [row, *(row._replace(**{name: value}) for name, value in other.items())]
    assert len({digest(canonical(heading, [each])) for each in rows}) == len(rows) == 12


def test_rates_are_weighted_within_an_agreement_and_plain_between_them() -> None:
    first = [
        Part(_clause("3"), Totals(promised=5, confirmed=4, confirmed_late=1, reported=5)),
        Part(_clause(), Totals(promised=3, confirmed=1, confirmed_excused=1, reported=2, reported_excused=1)),
    ]
    rates = rates_of(first)
    assert (rates.confirmed, rates.reported, rates.on_time) == (
        Fraction(29, 40),  # (3 * 4/5 + 1/2) / 4
        Fraction(1),
        Fraction(23, 40),
    )
    second = [Part(_clause(), Totals(promised=3, confirmed=1, reported=1))]
    unrated = [
        Part(_clause(category="training"), Totals(promised=2, confirmed_excused=2, reported_excused=2))
    ]
    shown = headline(map(share_of, [first, second, unrated, [], []]))
    assert (shown["agreements"], shown["rated"]) == (5, 2)
    assert shown["confirmed_rate"] == "0.5291"  # (29/40 + 1/3) / 2 = 0.52916..., truncated once
    assert shown["on_time_rate"] == "0.4541"


def test_means_are_truncated_once() -> None:
    halves = [[Part(_clause(), Totals(promised=3, confirmed=each))] for each in (1, 2)]
    assert headline(map(share_of, halves))["confirmed_rate"] == "0.5000"
    assert headline([])["confirmed_rate"] is None


def test_residents_institutions_and_requests_are_never_pooled_together() -> None:
    totals = Totals(promised=2, confirmed=1, confirmed_late=1, confirmed_excused=1, reported=1)
    parts = [
        Part(_clause(category="health"), totals),
        Part(_clause(category="health", scope="resident"), totals),
        Part(_clause(category="health"), totals),
        Part(_clause(category="green_channel", scope="demand"), totals),
    ]
    categories = headline([share_of(parts)])["categories"]
    assert [(each["category"], each["scope"], each["promised"], each["excused"]) for each in categories] == [
        ("green_channel", "demand", 2, 1),
        ("health", "institution", 4, 2),
        ("health", "resident", 2, 1),
    ]
