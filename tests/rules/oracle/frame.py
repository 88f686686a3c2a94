"""The agreement of a random scenario: its term, its as_of and the days where something changes."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")

SERVICES = ["round", "blood_pressure", "health_checkup", "lecture"]
CONDITIONS = ["hypertension", "diabetes", "disabled"]
RESIDENT_IDS = ["r2", "r10", "r1", "R3", "王"]
DAYS_ABOUT = {"day": 1, "week": 7, "month": 30, "quarter": 91, "half_year": 182, "year": 365}
LENGTHS = [(0, 12), (10, 40), (30, 120), (100, 420), (400, 1000)]
LEAP_BIRTHS = [1948, 1960]
FIRST_DAYS = [
    *("2024-01-01", "2024-01-31", "2024-02-29", "2024-12-30", "2025-01-31", "2025-02-10", "2025-02-28"),
    *("2025-06-30", "2025-07-02", "2025-12-29", "2026-01-01", "2026-01-05", "2026-03-15", "2026-08-31"),
]


class Dice(Random):
    """The generator's only source of chance."""

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def one_of(self, *options: T) -> T:
        return self.choice(options)

    def near(self, days: list[date], spread: int) -> date:
        """A day close to one of the given ones."""
        return self.choice(days) + timedelta(days=self.randint(-spread, spread))

    def between(self, first: date, last: date) -> date:
        return first + timedelta(days=self.randint(0, max((last - first).days, 0)))

    def maybe(self, target: Json, key: str, probability: float, *options: Any) -> None:
        """Sets the key to one of the options, or leaves it out."""
        if self.happens(probability):
            target[key] = self.one_of(*options)


def iso(day: date) -> str:
    return day.isoformat()


def shift(day: date, days: int) -> date:
    return day + timedelta(days=days)


class Frame:
    """The agreement of one scenario and the days on which something happens in it."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.flavour = dice.choices(["plain", "leap birth", "month end"], [8, 1, 1])[0]
        self.starts, length = self.pick_start(), dice.choices(LENGTHS, [3, 7, 7, 3, 1])[0]
        low, high = (60, 200) if self.flavour == "month end" else length
        self.ends = shift(self.starts, dice.randint(low, high))
        self.terminated = dice.between(self.starts, self.ends) if dice.happens(0.25) else None
        self.last = self.ends if self.terminated is None else shift(self.terminated, -1)
        self.grace = dice.one_of(0, 1, 2, 3, 5, 7, 10, 14, 30, 50)
        self.as_of = self.pick_as_of()
        self.ages = [60, 65, 80, dice.randint(0, 100)]
        if self.flavour == "leap birth":
            self.ages = [self.starts.year - born for born in LEAP_BIRTHS]
        self.refusals = dice.one_of(0.02, 0.15, 0.15, 0.4)

    def pick_start(self) -> date:
        if self.flavour == "leap birth":
            return date(self.dice.one_of(2023, 2025, 2026), 2, self.dice.randint(18, 28))
        if self.flavour == "month end":
            return date(2025, self.dice.one_of(1, 8, 10, 12), self.dice.one_of(29, 30, 31))
        start = date.fromisoformat(self.dice.one_of(*FIRST_DAYS))
        return shift(start, self.dice.randint(0, 45)) if self.dice.happens(0.4) else start

    def pick_as_of(self) -> date:
        dice, deadline = self.dice, shift(self.last, self.grace)
        kind = dice.choices(["before", "start", "within", "last", "deadline", "after"], [1, 1, 6, 3, 3, 10])[
            0
        ]
        if kind == "before":
            return shift(self.starts, -dice.randint(1, 20))
        if kind == "within":
            return dice.between(self.starts, self.last)
        if kind == "after":
            return shift(deadline, dice.randint(2, 60))
        return dice.near([{"start": self.starts, "last": self.last, "deadline": deadline}[kind]], 1)

    def edges(self) -> list[date]:
        return [self.starts, self.last, self.ends, shift(self.last, self.grace), self.as_of]

    def some_day(self) -> date:
        """Mostly within the term and its grace, sometimes at an edge or beyond it."""
        if self.dice.happens(0.2):
            return self.dice.near(self.edges(), 3)
        return self.dice.between(self.starts, shift(self.last, self.grace))

    def interval(self, longest: int) -> tuple[date, date]:
        first = self.some_day()
        return first, shift(first, self.dice.randint(0, self.dice.randint(0, longest)))

    def agreement(self) -> Json:
        agreement: Json = {"starts": iso(self.starts), "ends": iso(self.ends)}
        if self.terminated is not None:
            agreement["terminated_on"] = iso(self.terminated)
        elif self.dice.happens(0.7):
            agreement["terminated_on"] = None
        return agreement
