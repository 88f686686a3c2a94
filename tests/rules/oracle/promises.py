"""What is promised: n(d) for one day, then periods, then windows (sections 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.rules.oracle.calendar_days import ONE_DAY, age_on, each_day, plus_units, start_of_unit

Json = dict[str, Any]


@dataclass
class Window:
    """One period cut to the term, with its promise and (later) the days of the units it received."""

    start: date
    end: date
    deadline: date
    promised: int
    on_time: list[date] = field(default_factory=list)
    late: list[date] = field(default_factory=list)
    surplus: list[date] = field(default_factory=list)
    excused: list[date] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return len(self.on_time) + len(self.late)

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def grace_contains(self, day: date) -> bool:
        return self.end < day <= self.deadline


def parse(text: str) -> date:
    return date.fromisoformat(text)


def covers(first: str, last: str | None, day: date) -> bool:
    """Whether an inclusive interval, open to the right when last is None, contains the day."""
    return parse(first) <= day and (last is None or day <= parse(last))


def last_day(agreement: Json) -> date:
    """The last day in force."""
    ends = parse(agreement["ends"])
    if agreement.get("terminated_on") is None:
        return ends
    return min(ends, parse(agreement["terminated_on"]) - ONE_DAY)


def term_count(commitment: Json, day: date) -> int:
    """The count of the term with the latest `from` not after the day; 0 before the first."""
    begun = [term for term in commitment["terms"] if parse(term["from"]) <= day]
    return max(begun, key=lambda term: parse(term["from"]))["count"] if begun else 0


def eligible_on(commitment: Json, resident: Json, day: date) -> bool:
    asked = commitment.get("eligible", {})
    least = asked.get("min_age")
    if least is not None and age_on(parse(resident["born"]), day) < least:
        return False
    codes = asked.get("any_of", [])
    current = [c["code"] for c in resident.get("conditions", []) if covers(c["since"], c["until"], day)]
    return not codes or any(code in current for code in codes)


def promised_on(scenario: Json, commitment: Json, resident: Json | None, day: date) -> int:
    """n(d); `resident` is None for institution scope."""
    agreement = scenario["agreement"]
    if not parse(agreement["starts"]) <= day <= last_day(agreement):
        return 0
    if any(covers(s["from"], s["to"], day) for s in scenario.get("suspensions", [])):
        return 0
    if resident is not None:
        if not any(covers(stay["from"], stay["to"], day) for stay in resident["stays"]):
            return 0
        if not eligible_on(commitment, resident, day):
            return 0
    return term_count(commitment, day)


def periods(commitment: Json, agreement: Json) -> list[tuple[date, date]]:
    """Whole periods, first and last day, of those that begin not after the last day in force."""
    starts, ends = parse(agreement["starts"]), parse(agreement["ends"])
    unit, size = commitment["per"], commitment.get("every", 1)
    if unit == "term":
        return [(starts, ends)] if starts <= last_day(agreement) else []
    origin = starts if commitment.get("align", "calendar") == "anniversary" else start_of_unit(starts, unit)
    found: list[tuple[date, date]] = []
    while (first := plus_units(origin, unit, len(found) * size)) <= last_day(agreement):
        found.append((first, plus_units(origin, unit, (len(found) + 1) * size) - ONE_DAY))
    return found


def promise_of(commitment: Json, counts: list[int]) -> int:
    """The promise of a period from the n(d) of each of its days."""
    rule = commitment.get("partial", "prorate")
    if rule == "prorate":
        length = len(counts)
        return (2 * sum(counts) + length) // (2 * length)
    if rule == "full":
        in_force = sum(1 for n in counts if n > 0)
        return max(counts) if in_force >= commitment.get("min_days", 1) else 0
    return min(counts)


def periodic_windows(scenario: Json, commitment: Json, resident: Json | None) -> list[Window]:
    agreement, grace = scenario["agreement"], timedelta(days=commitment.get("makeup_days", 0))
    windows = []
    for first, last in periods(commitment, agreement):
        start, end = max(first, parse(agreement["starts"])), min(last, last_day(agreement))
        if start <= end:
            counts = [promised_on(scenario, commitment, resident, day) for day in each_day(first, last)]
            windows.append(Window(start, end, end + grace, promise_of(commitment, counts)))
    return windows


def once_windows(scenario: Json, commitment: Json, resident: Json | None) -> list[Window]:
    """No window, or the one from the first to the `within_days`-th promised day."""
    agreement, grace = scenario["agreement"], timedelta(days=commitment.get("makeup_days", 0))
    term = each_day(parse(agreement["starts"]), last_day(agreement))
    promised = [day for day in term if promised_on(scenario, commitment, resident, day) > 0]
    within = commitment["within_days"]
    if len(promised) < within:
        return []
    return [Window(promised[0], promised[within - 1], promised[within - 1] + grace, 1)]


def windows_of(scenario: Json, commitment: Json, resident: Json | None) -> list[Window]:
    """The windows of one stream, in order of their start."""
    if commitment.get("kind", "periodic") == "once":
        return once_windows(scenario, commitment, resident)
    return periodic_windows(scenario, commitment, resident)
