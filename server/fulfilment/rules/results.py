"""What an evaluation returns, from one window up to the agreement."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

from server.fulfilment.rules.delivery import Delivery, Placement, Verdict
from server.fulfilment.rules.facts import Record
from server.fulfilment.rules.ondemand import DemandResult
from server.fulfilment.rules.rates import ratio, weighted_mean

Status = Literal["excused", "met", "partial", "missed", "open"]


class WindowResult(NamedTuple):
    """One window of one stream. `*_late` are part of the counted ones, `*_surplus` beside them.

    Whether it is due, and its status, depend on the day one asks: they are derived, not kept. A tuple, as
    records are: a rebuild makes millions.
    """

    subject: str | None
    start: date
    end: date
    deadline: date
    promised: int
    confirmed: int
    confirmed_late: int
    confirmed_surplus: int
    confirmed_excused: int
    reported: int
    reported_late: int
    reported_surplus: int
    reported_excused: int

    def is_due(self, as_of: date) -> bool:
        return self.deadline < as_of

    def status(self, as_of: date) -> Status:
        """By the confirmed figures."""
        need = self.promised - self.confirmed_excused
        if self.promised > 0 and need == 0 and self.confirmed == 0:
            return "excused"
        if self.confirmed >= need:
            return "met"
        if not self.is_due(as_of):
            return "open"
        return "partial" if self.confirmed > 0 else "missed"


class StreamResult(NamedTuple):
    """One commitment for one subject: its windows in order, its records and their verdicts in each figure.

    Verdicts are worked out each time one asks.
    """

    commitment: str
    subject: str | None
    as_of: date
    windows: tuple[WindowResult, ...]
    records: tuple[Record, ...]
    delivery: Delivery

    @property
    def confirmed(self) -> tuple[Verdict, ...]:
        return self.delivery.confirmed.verdicts()

    @property
    def reported(self) -> tuple[Verdict, ...]:
        return self.delivery.reported.verdicts()

    def last_counted(self, until: date) -> date | None:
        """The latest day up to `until` that counts in the reported figure."""
        days = self.delivery.reported.counted_days
        before = bisect_right(days, until.toordinal())
        return date.fromordinal(days[before - 1]) if before else None

    @property
    def placements(self) -> tuple[Placement, ...]:
        """The records in the order they were given, each with its two verdicts."""
        return tuple(map(Placement, self.records, self.confirmed, self.reported))


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over windows; the rates are exact and `None` where nothing is asked."""

    promised: int = 0
    confirmed: int = 0
    confirmed_late: int = 0
    confirmed_excused: int = 0
    reported: int = 0
    reported_excused: int = 0

    @property
    def confirmed_rate(self) -> Fraction | None:
        return ratio(self.confirmed, self.promised - self.confirmed_excused)

    @property
    def reported_rate(self) -> Fraction | None:
        return ratio(self.reported, self.promised - self.reported_excused)

    @property
    def on_time_rate(self) -> Fraction | None:
        return ratio(self.confirmed - self.confirmed_late, self.promised - self.confirmed_excused)


@dataclass(frozen=True, slots=True)
class CommitmentResult:
    """`due` sums up the due windows, or the due requests of an on-demand commitment."""

    key: str
    weight: Fraction
    streams: tuple[StreamResult, ...]
    due: Totals
    demand: DemandResult | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The evaluation of one agreement as of one day."""

    as_of: date
    commitments: tuple[CommitmentResult, ...]

    @property
    def confirmed_rate(self) -> Fraction | None:
        return weighted_mean((each.weight, each.due.confirmed_rate) for each in self.commitments)

    @property
    def reported_rate(self) -> Fraction | None:
        return weighted_mean((each.weight, each.due.reported_rate) for each in self.commitments)

    @property
    def rated(self) -> int:
        """How many commitments have a confirmed rate."""
        return sum(each.due.confirmed_rate is not None for each in self.commitments)


def due_windows(
    windows: Iterable[WindowResult], as_of: date, first: date = date.min, last: date = date.max
) -> Iterable[WindowResult]:
    """The windows that are due and owned by the interval (a quarter, a year): their `end` lies in it."""
    return (window for window in windows if window.is_due(as_of) and first <= window.end <= last)
