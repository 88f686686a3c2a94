"""What was delivered: taking records, units, placement, excuses (section 4)."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import date, timedelta

from tests.rules.oracle.promises import Json, Window, last_day, parse

Log = Counter[str]


def is_done(record: Json) -> bool:
    return bool(record.get("outcome", "done") == "done")


def in_reach(scenario: Json, commitment: Json, resident: Json | None, record: Json) -> bool:
    """Step 1 without outcome, minutes and attendees: service, dates, as_of and subject."""
    agreement, day = scenario["agreement"], parse(record["on"])
    grace = timedelta(days=commitment.get("makeup_days", 0))
    too_old = day < parse(agreement["starts"]) and commitment.get("kind") != "once"
    return (
        record["service"] in commitment["services"]
        and not too_old
        and day <= last_day(agreement) + grace
        and day <= parse(scenario["as_of"])
        and (resident is None or record.get("subject") == resident["id"])
    )


def delivers(commitment: Json, record: Json) -> bool:
    """The rest of step 1."""
    return (
        is_done(record)
        and record.get("minutes", 0) >= commitment.get("min_minutes", 0)
        and record.get("attendees", 0) >= commitment.get("min_attendees", 0)
    )


def is_bundle(commitment: Json) -> bool:
    return bool(commitment.get("match", "any") == "all")


def by_record(commitment: Json) -> bool:
    return bool(commitment.get("count_by", "day") == "record")


def same_visit(records: list[Json]) -> dict[tuple[date, str | None], list[Json]]:
    """Records grouped by their day and subject (None: without subject)."""
    groups: dict[tuple[date, str | None], list[Json]] = {}
    for record in records:
        groups.setdefault((parse(record["on"]), record.get("subject")), []).append(record)
    return groups


def all_parts(commitment: Json, records: list[Json]) -> bool:
    return set(commitment["services"]) <= {record["service"] for record in records}


def units(commitment: Json, records: list[Json]) -> list[date]:
    """The days of the units that these delivering records make, in date order."""
    if by_record(commitment):
        return sorted(parse(record["on"]) for record in records)
    if is_bundle(commitment):
        return sorted(
            {day for (day, _), group in same_visit(records).items() if all_parts(commitment, group)}
        )
    return sorted({parse(record["on"]) for record in records})


def excusing_days(commitment: Json, resident: Json | None, records: list[Json]) -> list[date]:
    """Days with a record of another outcome (for a bundle: with every part), in date order."""
    if resident is None:
        records = [record for record in records if record.get("subject") is None]
    days = set()
    for (day, _), group in same_visit(records).items():
        refused = any(not is_done(record) for record in group)
        if refused and (all_parts(commitment, group) or not is_bundle(commitment)):
            days.add(day)
    return sorted(days)


class Placement:
    """The units of one stream put into its windows; `log` counts what happened, for the tests' coverage."""

    def __init__(self, commitment: Json, windows: list[Window], log: Log) -> None:
        self.windows, self.log = windows, log
        self.once = commitment.get("kind", "periodic") == "once"
        self.gap = 0 if by_record(commitment) else commitment.get("min_gap_days", 0)

    def copy(self) -> Placement:
        twin = Placement({}, deepcopy(self.windows), self.log)
        twin.once, twin.gap = self.once, self.gap
        return twin

    def counted_days(self) -> list[date]:
        return sorted(day for window in self.windows for day in window.on_time + window.late)

    def window_at(self, day: date) -> Window | None:
        return next((window for window in self.windows if window.contains(day)), None)

    def is_close(self, day: date, others: list[date]) -> bool:
        return any(abs((day - other).days) < self.gap for other in others)

    def place_confirmed(self, days: list[date]) -> None:
        for day in days:
            if self.is_close(day, self.counted_days()[-1:]):
                self.log["confirmed too soon"] += 1
            else:
                self.place(day, "confirmed")

    def place_pending(self, days: list[date]) -> None:
        for day in days:
            if self.is_close(day, self.counted_days()):
                self.log["pending too soon"] += 1
            else:
                self.place(day, "pending")

    def place(self, day: date, state: str) -> None:
        """Step 3 for a unit that is not too soon."""
        if self.once:
            happened = self.place_once(day)
        else:
            happened = self.place_periodic(day)
        self.log[f"{state} {happened}"] += 1

    def place_once(self, day: date) -> str:
        for window in self.windows:
            if window.counted < window.promised and day <= window.deadline:
                (window.on_time if day <= window.end else window.late).append(day)
                return f"once {'older' if day < window.start else 'on time' if day <= window.end else 'late'}"
        return "once " + self.as_surplus(day)

    def place_periodic(self, day: date) -> str:
        own = self.window_at(day)
        if own is not None and own.counted < own.promised:
            own.on_time.append(day)
            return "on time"
        earlier = [w for w in self.windows if w.end < day and w.counted < w.promised]
        for debt in sorted(earlier, key=lambda w: w.deadline):
            if debt.grace_contains(day):
                debt.late.append(day)
                return "late"
            movable = [unit for unit in (own.on_time if own else []) if debt.grace_contains(unit)]
            if own is not None and movable:
                own.on_time.remove(min(movable))
                debt.late.append(min(movable))
                own.on_time.append(day)
                return "moved another"
        return self.as_surplus(day)

    def as_surplus(self, day: date) -> str:
        own = self.window_at(day)
        if own is None:
            return "surplus of no window"
        own.surplus.append(day)
        return "surplus"

    def excuse(self, days: list[date], state: str) -> None:
        """Step 5, after every unit is placed."""
        counted, last_excuse = self.counted_days(), list[date]()
        for day in days:
            if day in counted or self.is_close(day, counted + last_excuse):
                self.log[f"{state} excuse refused"] += 1
                continue
            window = self.window_to_excuse(day)
            if window is not None:
                window.excused.append(day)
                last_excuse = [day]
                self.log[f"{state} excused {'in its window' if window.contains(day) else 'in grace'}"] += 1

    def window_to_excuse(self, day: date) -> Window | None:
        short = [w for w in self.windows if w.counted + len(w.excused) < w.promised]
        own = [w for w in short if w.contains(day)]
        earlier = sorted((w for w in short if w.grace_contains(day)), key=lambda w: w.deadline)
        return (own + earlier + [None])[0]


def deliver(
    scenario: Json, commitment: Json, resident: Json | None, windows: list[Window], log: Log
) -> tuple[list[Window], list[Window]]:
    """The same windows twice: with the confirmed figures and with the reported ones."""
    reach = [r for r in scenario.get("records", []) if in_reach(scenario, commitment, resident, r)]
    confirmed = [r for r in reach if r["state"] == "confirmed"]
    both = [r for r in reach if r["state"] in ("confirmed", "pending")]
    confirmed_units = units(commitment, [r for r in confirmed if delivers(commitment, r)])
    all_units = units(commitment, [r for r in both if delivers(commitment, r)])

    first = Placement(commitment, windows, log)
    first.place_confirmed(confirmed_units)
    second = first.copy()
    # By day a set difference, by record a multiset difference: what exists only thanks to pending records.
    second.place_pending(sorted((Counter(all_units) - Counter(confirmed_units)).elements()))
    first.excuse(excusing_days(commitment, resident, confirmed), "confirmed")
    second.excuse(excusing_days(commitment, resident, both), "reported")
    return first.windows, second.windows
