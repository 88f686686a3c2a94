"""What was delivered on one stream: its figures per window, and per record what it did in each figure.

The confirmed figure is placed first and the reported one continues from it, so that no pending record takes a
confirmed one out of the count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import sub
from typing import NamedTuple

from server.fulfilment.rules.facts import Commitment, Record
from server.fulfilment.rules.placement import Board, Fate, excuse
from server.fulfilment.rules.taking import Code, Group, Rule, Taken, Unit, group_of, take, units_of
from server.fulfilment.rules.windows import Grid


class Verdict(NamedTuple):
    """What a record did in one figure; `window` is the first day of the window it did it in.

    `counted`, `late`, `moved` (counted, late, in an earlier window than its own) and `excused` have a window;
    `surplus` has one unless no window contains the day. The other codes say why the record does nothing.
    """

    code: Code
    window: date | None = None


COUNTING: frozenset[Code] = frozenset({"counted", "late", "moved"})


@dataclass(frozen=True, slots=True)
class Placement:
    """One record of the stream and what it did in the confirmed and in the reported figure."""

    record: Record
    confirmed: Verdict
    reported: Verdict


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure of every window of the grid, in order, and the days that are counted in it."""

    counted: tuple[int, ...]
    late: tuple[int, ...]
    surplus: tuple[int, ...]
    excused: tuple[int, ...]
    counted_days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    confirmed: Figures
    reported: Figures
    placements: tuple[Placement, ...]


def deliver(
    records: Sequence[Record], rule: Rule, commitment: Commitment, grid: Grid, promised: Sequence[int]
) -> Delivery:
    """Place the records of one stream; placements come in the order of the records."""
    taken = take(records, rule)
    units = units_of(records, taken.done, commitment)
    stream = _Stream(records, rule, commitment, grid, promised)
    stream.place(units.confirmed)
    confirmed, excused = stream.figure(_evidence(records, taken, commitment, confirmed_only=True))
    sure = stream.verdicts(taken, units.confirmed_spare, excused)
    stream.board.settle()
    stream.place(units.pending)
    reported, excused = stream.figure(_evidence(records, taken, commitment, confirmed_only=False))
    likely = stream.verdicts(taken, units.reported_spare, excused)
    for index in _unconfirmed(records, taken):
        sure[index] = Verdict("unconfirmed")
    placements = (Placement(record, sure[index], likely[index]) for index, record in enumerate(records))
    return Delivery(confirmed, reported, tuple(placements))


class _Stream:
    """The placing of one stream: first the confirmed units, then, on the same board, the pending ones."""

    def __init__(
        self,
        records: Sequence[Record],
        rule: Rule,
        commitment: Commitment,
        grid: Grid,
        promised: Sequence[int],
    ) -> None:
        self._records, self._rule, self._commitment = records, rule, commitment
        self._grid, self._promised = grid, promised
        self._units: list[Unit] = []
        self.board = Board(grid, promised, commitment.gap)

    def place(self, units: Sequence[Unit]) -> None:
        place = self.board.place_once if self._commitment.kind == "once" else self.board.place
        for unit in units:
            place(unit.day)
        self._units.extend(units)

    def figure(self, evidence: Sequence[int]) -> tuple[Figures, dict[int, Verdict]]:
        """The figures as the board stands, and the records of `evidence` that excuse a unit."""
        board, gap = self.board, self._commitment.gap
        days = _excusing_days(self._records, evidence, self._rule, self._commitment)
        lacking = map(sub, self._promised, board.counted)
        counted_days = board.counted_days()
        excused = excuse(self._grid, lacking, counted_days, sorted(days), gap)
        per_window = [0] * len(self._promised)
        for window in excused.values():
            per_window[window] += 1
        figures = Figures(*map(tuple, (board.counted, board.late, board.surplus, per_window, counted_days)))
        return figures, {
            index: self._verdict(Fate("excused", window))
            for day, window in excused.items()
            for index in days[day]
        }

    def verdicts(
        self, taken: Taken, spare: Mapping[int, Code], excused: Mapping[int, Verdict]
    ) -> dict[int, Verdict]:
        """What each record did, as the board stands."""
        told = {index: Verdict(code) for index, code in chain(taken.refused.items(), spare.items())}
        for unit, fate in zip(self._units, self.board.fates, strict=True):
            verdict = self._verdict(fate)
            for index in unit.records:
                told[index] = verdict
        told.update(excused)
        return told

    def _verdict(self, fate: Fate) -> Verdict:
        code, window = fate
        return Verdict(code, None if window is None else date.fromordinal(self._grid.starts[window]))


def _evidence(
    records: Sequence[Record], taken: Taken, commitment: Commitment, *, confirmed_only: bool
) -> list[int]:
    """The records that can be part of an excuse: for a bundle the done ones too, whatever their length."""
    indices = taken.other + taken.done + taken.brief if commitment.match == "all" else taken.other
    return [index for index in indices if not confirmed_only or records[index].state == "confirmed"]


def _excusing_days(
    records: Sequence[Record], evidence: Iterable[int], rule: Rule, commitment: Commitment
) -> dict[int, list[int]]:
    """The days whose records can excuse, each with its records of another outcome.

    A lecture is not excused by one resident's refusal: institution scope asks for records without subject.
    """
    groups: dict[Group, list[int]] = {}
    for index in evidence:
        if records[index].subject == rule.subject:
            groups.setdefault(group_of(records[index]), []).append(index)
    parts = len(rule.services) if commitment.match == "all" else 1
    days = {}
    for (day, _, _), indices in groups.items():
        others = [index for index in indices if records[index].outcome != "done"]
        if others and len({records[index].service for index in indices}) >= parts:
            days[day.toordinal()] = others
    return days


def _unconfirmed(records: Sequence[Record], taken: Taken) -> list[int]:
    """The pending records that nothing but their state keeps out of the confirmed figure."""
    return [index for index in chain(taken.done, taken.other) if records[index].state == "pending"]
