"""What a published period says, as a text that anybody can hash again. Pure.

The text is specified in docs/fulfilment-published.md; a change of it needs a new name of the format.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from server.fulfilment.rules.rates import mean, rate_text
from server.fulfilment.rules.results import Totals
from server.rollups.rules import Clause, add, mean_of_shares

FORMAT = "xunyue-published-1"
TIMEZONE = "Asia/Shanghai"  # one day for the whole region
FIGURES = ("promised", "confirmed", "confirmed_late", "confirmed_excused", "reported", "reported_excused")


@dataclass(frozen=True, slots=True)
class Heading:
    """The period of a region, frozen as of a day, with the rates and counts that were shown."""

    region: str
    period: str
    first: date
    last: date
    as_of: date
    headline: Mapping[str, Any]

    @property
    def line(self) -> str:
        shown = json.dumps(self.headline, sort_keys=True, separators=(",", ":"))
        days = (self.first.isoformat(), self.last.isoformat(), self.as_of.isoformat())
        return "\t".join((FORMAT, self.region, self.period, *days, shown)) + "\n"


class Row(NamedTuple):
    """A window of a commitment, summed over its subjects, in the order of the text. Made by the million."""

    agreement_id: UUID
    commitment_id: UUID
    start: date
    end: date
    deadline: date
    promised: int
    confirmed: int
    confirmed_late: int
    confirmed_excused: int
    reported: int
    reported_excused: int

    @property
    def totals(self) -> Totals:
        return Totals(*(getattr(self, name) for name in FIGURES))

    @property
    def line(self) -> str:
        return "\t".join(map(str, self)) + "\n"


def canonical(heading: Heading, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of the text; rows come by agreement, commitment, start and end."""
    yield heading.line
    yield from (row.line for row in rows)


def digest(lines: Iterable[str]) -> str:
    total = sha256()
    for line in lines:
        total.update(line.encode())
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """What was due of one commitment in the period."""

    clause: Clause
    due: Totals


@dataclass(frozen=True, slots=True)
class Rates:
    """Exact rates; None where nothing was asked."""

    confirmed: Fraction | None
    reported: Fraction | None
    on_time: Fraction | None

    @property
    def shown(self) -> dict[str, str | None]:
        return {
            "confirmed_rate": rate_text(self.confirmed),
            "reported_rate": rate_text(self.reported),
            "on_time_rate": rate_text(self.on_time),
        }


def rates_of(parts: Sequence[Part]) -> Rates:
    """The rates of one agreement: weighted means of its commitments'."""
    asked = [(one.clause.weight, one.due, one.due.promised - one.due.confirmed_excused) for one in parts]
    return Rates(
        mean_of_shares((weight, due.confirmed, need) for weight, due, need in asked),
        mean_of_shares(
            (weight, due.reported, due.promised - due.reported_excused) for weight, due, _ in asked
        ),
        mean_of_shares((weight, due.confirmed - due.confirmed_late, need) for weight, due, need in asked),
    )


class Share(NamedTuple):
    """What one agreement adds to the headline: its rates, and its counts by category and scope."""

    rates: Rates
    counts: Mapping[tuple[str, str], Totals]


def share_of(parts: Sequence[Part]) -> Share:
    counts: dict[tuple[str, str], Totals] = {}
    for part in parts:
        key = (part.clause.category, part.clause.scope)
        counts[key] = add((counts.get(key, Totals()), part.due))
    return Share(rates_of(parts), counts)


def headline(shares: Iterable[Share]) -> dict[str, Any]:
    """What is shown of a region, of the shares of its agreements in force. Read once, none is kept."""
    rates: list[Rates] = []
    categories: dict[tuple[str, str], Totals] = {}
    for share in shares:
        rates.append(share.rates)
        for key, counts in share.counts.items():
            categories[key] = add((categories.get(key, Totals()), counts))
    means = Rates(
        mean(each.confirmed for each in rates),
        mean(each.reported for each in rates),
        mean(each.on_time for each in rates),
    )
    return {
        "agreements": len(rates),
        "rated": sum(each.confirmed is not None for each in rates),
        **means.shown,
        "categories": [_category(*key, total) for key, total in sorted(categories.items())],
    }


def _category(category: str, scope: str, total: Totals) -> dict[str, Any]:
    """Pooled counts; residents, institutions and requests stay apart."""
    return {
        "category": category,
        "scope": scope,
        "promised": total.promised,
        "excused": total.confirmed_excused,
        "confirmed": total.confirmed,
        "confirmed_late": total.confirmed_late,
        "reported": total.reported,
        "reported_excused": total.reported_excused,
    }
