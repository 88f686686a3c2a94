"""The dated facts a fulfilment figure is computed from.

Every day is a local calendar day of the agreement; every interval is inclusive at both ends, and an end of
`None` means "until further notice". The classes hold what was validated elsewhere (`scenario.py`, tables).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple

Kind = Literal["periodic", "once", "on_demand"]
Match = Literal["any", "all"]
Scope = Literal["institution", "resident"]
Unit = Literal["day", "week", "month", "quarter", "half_year", "year", "term"]
Align = Literal["calendar", "anniversary"]
Partial = Literal["prorate", "full", "whole"]
CountBy = Literal["day", "record"]
State = Literal["pending", "confirmed", "disputed", "void"]
Outcome = Literal["done", "declined", "absent", "elsewhere"]

# Months in the units that follow the calendar's months; the others are counted in days.
MONTHS: Mapping[Unit, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Agreement:
    """In force from `starts` to `ends`; `terminated_on`, within them, is the first day no longer in force."""

    starts: date
    ends: date
    terminated_on: date | None = None

    @property
    def last_day(self) -> date:
        """The last day in force; the day before `starts` when terminated on the first day."""
        return self.ends if self.terminated_on is None else self.terminated_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Days on which nothing is promised (closure, epidemic)."""

    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class Term:
    """The count promised per window from a day on, until the next term; 0 drops the promise."""

    starts: date
    count: int


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who a resident commitment is for, judged per day; nothing asked means everyone."""

    min_age: int | None = None
    any_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commitment:
    """One promised thing. `within_days` is read by `once`, `respond_within_minutes` by `on_demand` alone."""

    key: str
    services: tuple[str, ...]
    kind: Kind = "periodic"
    match: Match = "any"
    min_minutes: int = 0
    min_attendees: int = 0
    scope: Scope = "institution"
    per: Unit = "term"
    every: int = 1
    align: Align = "calendar"
    terms: tuple[Term, ...] = ()
    partial: Partial = "prorate"
    min_days: int = 1
    min_gap_days: int = 0
    makeup_days: int = 0
    count_by: CountBy = "day"
    eligible: Eligibility = Eligibility()
    weight: Fraction = Fraction(1)
    within_days: int | None = None
    respond_within_minutes: int | None = None

    @property
    def gap(self) -> int:
        """Least difference in days between two counted days; counting by record asks none."""
        return self.min_gap_days if self.count_by == "day" else 0


@dataclass(frozen=True, slots=True)
class Stay:
    starts: date
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    code: str
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Resident:
    id: str
    born: date
    stays: tuple[Stay, ...] = ()
    conditions: tuple[Condition, ...] = ()


class Record(NamedTuple):
    """One service delivered, or not, on a day. `id` is the caller's; it only names the record.

    A tuple: there are millions, and frozen dataclasses take four times as long to make.
    """

    service: str
    on: date
    state: State
    outcome: Outcome = "done"
    subject: str | None = None
    minutes: int = 0
    attendees: int = 0
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A call on an on-demand commitment; local times without offset."""

    commitment: str
    at: datetime
    responded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    as_of: date
    agreement: Agreement
    commitments: tuple[Commitment, ...]
    suspensions: tuple[Suspension, ...] = ()
    residents: tuple[Resident, ...] = ()
    records: tuple[Record, ...] = ()
    requests: tuple[Request, ...] = ()
