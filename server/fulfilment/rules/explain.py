"""Why a figure is what it is: what each record did, and why it did no more. It never decides anything again.

Every record is told once for each figure: in the window in which it did something, else in the window of its
day, else outside. A window of its day other than the one it counts in only points there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from server.fulfilment.rules.breakdown import Causes
from server.fulfilment.rules.delivery import COUNTING, Placement, Verdict
from server.fulfilment.rules.evaluate import Plan
from server.fulfilment.rules.facts import Record
from server.fulfilment.rules.results import StreamResult, WindowResult
from server.fulfilment.rules.taking import Code, Group, group_of

Did = Literal["counted", "late", "excused", "surplus", "not_counted"]
Reason = Literal[
    "late",
    "moved",
    "excused",
    "surplus",
    "too_soon",
    "same_day",
    "bundle_incomplete",
    "under_minimum",
    "outcome_not_done",
    "unconfirmed",
    "disputed",
    "void",
    "counted_elsewhere",
    "not_in_force",
    "after_grace",
    "suspended",
    "not_living_here",
    "not_eligible",
    "nothing_promised",
    "after_as_of",
    "other_institution",
    "other_subject",
    "other_service",
]
_UNIT_CODES = COUNTING | {"surplus", "too_soon", "same_day", "bundle_incomplete"}


@dataclass(frozen=True, slots=True)
class Told:
    """A record and what it did in one window, or why nothing; `reasons` are `Reason`s, the main one first,
    or what the caller withheld the record for.

    `reported_only`: by the reported figure. `where` is the window it did something in instead of this one.
    With `too_soon`: the counted day it lies too close to, and the first later day that keeps the distance
    (`None`: none up to the end of the grace). With `bundle_incomplete`: the services that are `missing`.
    With `not_eligible`: for which of the two.
    """

    record: Record
    did: Did
    reasons: tuple[str, ...]
    reported_only: bool = False
    where: tuple[date, date] | None = None
    too_close_to: date | None = None
    far_enough_on: date | None = None
    missing: tuple[str, ...] = ()
    ineligible: Literal["age", "condition"] | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The records by the first day of the window that shows them, in the order of their days; and those that
    no window shows. A pointer (`where`) is shown besides the place where the record is told."""

    windows: Mapping[date, Sequence[Told]]
    outside: Sequence[Told]


def explain(
    stream: StreamResult, shared: Plan, causes: Causes, withheld: Iterable[tuple[Record, str]] = ()
) -> Explanation:
    """Tell every record of the stream, and those `withheld` from the engine, each with the reason."""
    teller = _Teller(stream, shared, causes)
    shown: dict[date, list[Told]] = {window.start: [] for window in stream.windows}
    outside: list[Told] = []
    for placement in stream.placements:
        for start, told in teller.tell(placement):
            (outside if start is None else shown[start]).append(told)
    for record, reason in withheld:
        home = teller.home(record.on)
        (outside if home is None else shown[home.start]).append(Told(record, "not_counted", (reason,)))
    for listed in (*shown.values(), outside):
        listed.sort(key=lambda told: told.record.on)
    return Explanation(shown, outside)


class _Teller:
    """What stands around the records of one stream: its windows, its counted days, its bundles."""

    def __init__(self, stream: StreamResult, shared: Plan, causes: Causes) -> None:
        self._windows = {window.start: window for window in stream.windows}
        self._starts = [window.start for window in stream.windows]
        self._clause, self._causes = shared.commitment, causes
        self._first = shared.agreement.starts
        self._last = _later(shared.agreement.last_day, shared.commitment.makeup_days)
        self._sure = _counted_days(stream.records, stream.confirmed)
        self._likely = _counted_days(stream.records, stream.reported)
        self._confirmed_days = frozenset(self._sure)
        self._parts = _parts(stream) if shared.commitment.match == "all" else {}

    def home(self, day: date) -> WindowResult | None:
        """The listed window that contains the day."""
        index = bisect_right(self._starts, day) - 1
        found = self._windows[self._starts[index]] if index >= 0 else None
        return found if found and day <= found.end else None

    def tell(self, placement: Placement) -> Iterator[tuple[date | None, Told]]:
        """The windows that show the record, by their first day (`None`: outside), and what they say of it."""
        confirmed, reported = placement.confirmed, placement.reported
        home = self.home(placement.record.on)
        own = home.start if home else None
        places = [window for window in (confirmed.window, reported.window) if window is not None]
        if not places:
            yield own, self._idle(placement)
            return
        if confirmed.window is not None:
            yield confirmed.window, self._active(placement, confirmed)
        if reported.window is not None and reported.window != confirmed.window:
            yield reported.window, replace(self._active(placement, reported), reported_only=True)
        if own is not None and own not in places:
            yield own, self._pointer(placement, self._windows[places[0]])

    def _active(self, placement: Placement, verdict: Verdict) -> Told:
        code, record = verdict.code, placement.record
        reasons = () if code == "counted" else self._reasons(record, code)
        if verdict != placement.confirmed:
            if record.state == "pending":
                reasons = (*reasons, "unconfirmed")
            elif placement.confirmed.code == "bundle_incomplete":
                reasons = (*reasons, "bundle_incomplete")
        return self._detailed(Told(record, _did(code), reasons), placement)

    def _pointer(self, placement: Placement, window: WindowResult) -> Told:
        verdict = placement.confirmed if placement.confirmed.window else placement.reported
        reasons = ("counted_elsewhere", *(("excused",) if verdict.code == "excused" else ()))
        waits = placement.confirmed.window is None and placement.record.state == "pending"
        return Told(
            placement.record,
            "not_counted",
            (*reasons, "unconfirmed") if waits else reasons,
            where=(window.start, window.end),
        )

    def _idle(self, placement: Placement) -> Told:
        record, code = placement.record, placement.confirmed.code
        waits = code == "unconfirmed"
        code = placement.reported.code if waits else code
        reasons = self._reasons(record, code)
        if waits and code in _UNIT_CODES:
            reasons = (*reasons, "unconfirmed")
        did: Did = "surplus" if code == "surplus" else "not_counted"
        return self._detailed(Told(record, did, reasons), placement)

    def _reasons(self, record: Record, code: Code) -> tuple[str, ...]:
        if code == "below_minimum":
            return ("under_minimum",)
        if code == "outside_term":
            late = record.on >= self._first and self._clause.makeup_days > 0
            return ("after_grace",) if late else ("not_in_force",)
        if code != "surplus":
            return (code,)
        cause = self._cause(record.on)
        return ("surplus",) if cause is None else ("surplus", cause)

    def _cause(self, day: date) -> str | None:
        """The fact for which nothing is promised on the day, if there is one."""
        cause = self._causes.of(day)
        if cause in ("too_young", "without_condition"):
            return "not_eligible"
        if cause is None and self._clause.kind == "once" and not self._windows:
            return "nothing_promised"  # fewer promised days than the window needs
        return cause

    def _detailed(self, told: Told, placement: Placement) -> Told:
        day = told.record.on
        if "too_soon" in told.reasons:
            return self._with_distance(told, sure=placement.confirmed.code == "too_soon")
        if "bundle_incomplete" in told.reasons:
            return replace(told, missing=self._missing(placement))
        if "not_eligible" in told.reasons:
            young = self._causes.of(day) == "too_young"
            return replace(told, ineligible="age" if young else "condition")
        return told

    def _with_distance(self, told: Told, *, sure: bool) -> Told:
        """Confirmed units look back only; pending ones keep away from confirmed ones on both sides."""
        day, gap = told.record.on, self._clause.gap
        earlier = self._sure if sure else self._likely
        index = bisect_left(earlier, day)
        if index and (day - earlier[index - 1]).days < gap:
            close = earlier[index - 1]
        else:
            close = self._sure[bisect_right(self._sure, day)]
        free = _later(close, gap)
        for counted in earlier[bisect_left(earlier, close) :]:
            ahead = (counted - free).days
            both_sides = not sure and counted in self._confirmed_days
            if 0 <= ahead < (gap if both_sides else 1):
                free = _later(counted, gap)
        return replace(told, too_close_to=close, far_enough_on=free if free <= self._last else None)

    def _missing(self, placement: Placement) -> tuple[str, ...]:
        group = group_of(placement.record, placement.record.on.toordinal())
        confirmed_only = placement.reported.code != "bundle_incomplete"
        there = {
            service
            for service, state in self._parts.get(group, ())
            if not confirmed_only or state == "confirmed"
        }
        return tuple(sorted(set(self._clause.services) - there))


def _did(code: Code) -> Did:
    if code in ("counted", "excused", "surplus"):
        return code
    return "late"


def _counted_days(records: Sequence[Record], verdicts: Sequence[Verdict]) -> list[date]:
    counted = {
        record.on for record, verdict in zip(records, verdicts, strict=True) if verdict.code in COUNTING
    }
    return sorted(counted)


def _parts(stream: StreamResult) -> dict[Group, list[tuple[str, str]]]:
    """By day and subject: the services that were done there, each with the record's state."""
    found: dict[Group, list[tuple[str, str]]] = {}
    for record, reported in zip(stream.records, stream.reported, strict=True):
        if reported.code in _UNIT_CODES:
            group = group_of(record, record.on.toordinal())
            found.setdefault(group, []).append((record.service, record.state))
    return found


def _later(day: date, days: int) -> date:
    """So many days later, or the last day there is: a gap may be longer than the calendar."""
    return day + timedelta(days=min(days, (date.max - day).days))
