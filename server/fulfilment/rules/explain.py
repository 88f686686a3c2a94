"""Why a figure is what it is, and what is still owed. Reads verdicts; it never decides anything again."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from server.fulfilment.rules.delivery import COUNTING, Placement, Verdict
from server.fulfilment.rules.facts import Commitment
from server.fulfilment.rules.results import StreamResult, WindowResult

Figure = Literal["confirmed", "reported"]


@dataclass(frozen=True, slots=True)
class Account:
    """The records behind one window, by date.

    `inside` did something in it: counted, late, moved here, surplus or excused, in either figure. `beside`
    lie on its days and did not; their codes say why, or name the window that they went to instead.
    """

    window: WindowResult
    inside: tuple[Placement, ...]
    beside: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """`missing` units of an open window. One more could count from `earliest` on; `None` when the gap to the
    last counted day runs past the deadline."""

    window: WindowResult
    missing: int
    earliest: date | None


def account(stream: StreamResult, window: WindowResult) -> Account:
    """One window of the stream with the records behind it."""
    inside, beside = [], []
    for each in sorted(stream.placements, key=lambda placement: placement.record.on):
        if window.start in {each.confirmed.window, each.reported.window}:
            inside.append(each)
        elif window.start <= each.record.on <= window.end:
            beside.append(each)
    return Account(window, tuple(inside), tuple(beside))


def strays(stream: StreamResult) -> tuple[Placement, ...]:
    """The records that no account shows: they did nothing in a listed window, and lie in none."""
    starts = [window.start for window in stream.windows]
    listed = frozenset(starts)
    found = []
    for each in stream.placements:
        index = bisect_right(starts, each.record.on) - 1
        lies_inside = index >= 0 and each.record.on <= stream.windows[index].end
        if not lies_inside and listed.isdisjoint((each.confirmed.window, each.reported.window)):
            found.append(each)
    return tuple(found)


def verdicts(stream: StreamResult, record_id: str) -> dict[Figure, Verdict] | None:
    """What one record did in each figure; `None` when the stream was not given it."""
    for placement in stream.placements:
        if placement.record.id == record_id:
            return {"confirmed": placement.confirmed, "reported": placement.reported}
    return None


def owed(
    stream: StreamResult, commitment: Commitment, *, figure: Figure = "reported", until: date | None = None
) -> tuple[Owed, ...]:
    """What is still owed in the windows that are not due on the stream's `as_of`.

    Windows that begin after `until` (default: `as_of`) are left out; later ones need a stream of the whole
    term. By the reported figure nobody repeats a visit that only waits for its confirmation.
    """
    free = _free_from(stream, commitment, figure)
    horizon = until or stream.as_of
    return tuple(
        Owed(window, missing, _earliest(window, free))
        for window in stream.windows
        if window.start <= horizon and not window.is_due(stream.as_of)
        for missing in [_missing(window, figure)]
        if missing > 0
    )


def _missing(window: WindowResult, figure: Figure) -> int:
    if figure == "confirmed":
        return window.promised - window.confirmed - window.confirmed_excused
    return window.promised - window.reported - window.reported_excused


def _free_from(stream: StreamResult, commitment: Commitment, figure: Figure) -> date:
    """The first day from `as_of` on that keeps the gap; a day that counts already makes no second unit."""
    told = stream.confirmed if figure == "confirmed" else stream.reported
    counted = [
        record.on
        for record, verdict in zip(stream.records, told, strict=True)
        if verdict.code in COUNTING and record.on <= stream.as_of
    ]
    if not counted or commitment.count_by == "record":
        return stream.as_of
    return max(stream.as_of, _later(max(counted), max(commitment.gap, 1)))


def _earliest(window: WindowResult, free: date) -> date | None:
    day = max(window.start, free)
    return day if day <= window.deadline else None


def _later(day: date, days: int) -> date:
    """So many days later, or the last day there is: a gap may be longer than the calendar."""
    return day + timedelta(days=min(days, (date.max - day).days))
