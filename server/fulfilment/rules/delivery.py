"""What was delivered on one stream: its figures per window, and per record what it did in each figure.

The confirmed figure is placed first and the reported one continues from it, so that no pending record takes a
confirmed one out of the count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from operator import sub
from typing import NamedTuple, get_args

from server.fulfilment.rules.facts import Commitment, Record
from server.fulfilment.rules.placement import Board, Fate, excuse
from server.fulfilment.rules.taking import Code, Rule, Taken, Unit, take, units_of
from server.fulfilment.rules.windows import Grid


class Verdict(NamedTuple):
    """What a record did in one figure; `window` is the first day of the window it did it in.

    `counted`, `late`, `moved` (counted, late, in an earlier window than its own) and `excused` have a window;
    `surplus` has one unless no window contains the day. The other codes say why the record does nothing.
    """

    code: Code
    window: date | None = None


COUNTING: frozenset[Code] = frozenset({"counted", "late", "moved"})
PLAIN: Mapping[Code, Verdict] = {code: Verdict(code) for code in get_args(Code)}


@dataclass(frozen=True, slots=True)
class Placement:
    """One record of a stream and what it did in the confirmed and in the reported figure."""

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
    """Both figures, and per record, in the order given, its verdict in each."""

    confirmed: Figures
    reported: Figures
    confirmed_verdicts: tuple[Verdict, ...]
    reported_verdicts: tuple[Verdict, ...]


def deliver(
    records: Sequence[Record], rule: Rule, commitment: Commitment, grid: Grid, promised: Sequence[int]
) -> Delivery:
    """Place the records of one stream."""
    if not records:
        return _nothing(len(promised))
    taken = take(records, rule)
    units = units_of(records, taken, commitment)
    stream = _Stream(records, taken, rule=rule, commitment=commitment, grid=grid, promised=promised)
    stream.place(units.confirmed)
    confirmed, sure = stream.figure(units.confirmed_spare, confirmed_only=True)
    pending = [index for index in taken.in_question if records[index].state == "pending"]
    if not pending:  # the reported figure has nothing to add
        return Delivery(confirmed, confirmed, tuple(sure), tuple(sure))
    stream.board.settle()
    stream.place(units.pending)
    reported, likely = stream.figure(units.reported_spare, confirmed_only=False)
    for index in pending:
        if taken.refused[index] != "below_minimum":
            sure[index] = PLAIN["unconfirmed"]
    return Delivery(confirmed, reported, tuple(sure), tuple(likely))


@lru_cache(maxsize=64)
def _nothing(windows: int) -> Delivery:
    """A stream without records."""
    none = (0,) * windows
    figures = Figures(none, none, none, none, ())
    return Delivery(figures, figures, (), ())


class _Stream:
    """The placing of one stream: first the confirmed units, then, on the same board, the pending ones."""

    def __init__(
        self,
        records: Sequence[Record],
        taken: Taken,
        *,
        rule: Rule,
        commitment: Commitment,
        grid: Grid,
        promised: Sequence[int],
    ) -> None:
        self._records, self._taken, self._rule, self._commitment = records, taken, rule, commitment
        self._grid, self._promised = grid, promised
        self._units: list[Unit] = []
        self._known: dict[Fate, Verdict] = {}
        self.board = Board(grid, promised, commitment.gap)

    def place(self, units: Sequence[Unit]) -> None:
        place = self.board.place_once if self._commitment.kind == "once" else self.board.place
        for day, _ in units:
            place(day)
        self._units.extend(units)

    def figure(self, spare: Mapping[int, Code], *, confirmed_only: bool) -> tuple[Figures, list[Verdict]]:
        """The figures as the board stands, and what each record did in them."""
        board = self.board
        days = self._excusing_days(confirmed_only=confirmed_only)
        counted_days = board.counted_days()
        excused: dict[int, int] = {}
        if days:
            lacking = map(sub, self._promised, board.counted)
            excused = excuse(self._grid, lacking, counted_days, sorted(days), self._commitment.gap)
        per_window = [0] * len(self._promised)
        for window in excused.values():
            per_window[window] += 1
        figures = Figures(*map(tuple, (board.counted, board.late, board.surplus, per_window, counted_days)))
        told = self._verdicts(spare)
        for day, window in excused.items():
            for index in days[day]:
                told[index] = self._verdict(("excused", window))
        return figures, told

    def _verdicts(self, spare: Mapping[int, Code]) -> list[Verdict]:
        # Whoever could count is a member of a unit or spare: the first code never stays.
        told = [PLAIN[code or "counted"] for code in self._taken.refused]
        for index, code in spare.items():
            told[index] = PLAIN[code]
        for (_, members), fate in zip(self._units, self.board.fates, strict=True):
            verdict = self._verdict(fate)
            for index in members:
                told[index] = verdict
        return told

    def _verdict(self, fate: Fate) -> Verdict:
        verdict = self._known.get(fate)
        if verdict is None:
            code, window = fate
            start = None if window is None else self._grid.days[window][0]
            verdict = self._known[fate] = Verdict(code, start)
        return verdict

    def _excusing_days(self, *, confirmed_only: bool) -> dict[int, list[int]]:
        """The days whose records can excuse, each with its records of another outcome.

        A lecture is not excused by one resident's refusal: institution scope asks for records without
        subject. For a bundle the done records stand beside them, whatever their length.
        """
        records, taken = self._records, self._taken
        bundle = self._commitment.match == "all"
        refused_on = {taken.days[index] for index in taken.other}
        groups: dict[int, list[int]] = {}
        for index in chain(taken.other, taken.done, taken.brief) if bundle else taken.other:
            if taken.days[index] not in refused_on:
                continue
            record = records[index]
            if record.subject == self._rule.subject and (not confirmed_only or record.state == "confirmed"):
                groups.setdefault(taken.days[index], []).append(index)
        parts = len(self._rule.services) if bundle else 1
        days = {}
        for day, indices in groups.items():
            others = [index for index in indices if records[index].outcome != "done"]
            if others and len({records[index].service for index in indices}) >= parts:
                days[day] = others
        return days
