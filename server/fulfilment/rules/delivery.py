"""What was delivered on one stream: its figures per window, and per record what it did in each figure.

The confirmed figure is placed first and the reported one continues from it, so that no pending record takes a
confirmed one out of the count. Figures are worked out at once, verdicts when somebody asks.
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


class Told(NamedTuple):
    """What verdicts are made from: who is refused, the units and what became of them, who was spare, and per
    excusing day its window and its records."""

    refused: Sequence[Code | None]
    units: Sequence[Unit]
    fates: Sequence[Fate]
    spare: Mapping[int, Code]
    excused: Sequence[tuple[int, Sequence[int]]]
    unconfirmed: Sequence[int]
    grid: Grid


class Figures(NamedTuple):
    """One figure of every window of the grid, in order, and the days that are counted in it."""

    counted: Sequence[int]
    late: Sequence[int]
    surplus: Sequence[int]
    excused: Sequence[int]
    counted_days: Sequence[int]
    told: Told | None = None

    def verdicts(self) -> tuple[Verdict, ...]:
        """What each record of the stream did in this figure, in the order given."""
        return () if self.told is None else _verdicts(self.told)


class Delivery(NamedTuple):
    confirmed: Figures
    reported: Figures


def deliver(
    records: Sequence[Record],
    rule: Rule,
    subject: str | None,
    commitment: Commitment,
    grid: Grid,
    promised: Sequence[int],
) -> Delivery:
    """Place the records of one stream; `subject` is the resident's id, `None` for institution scope."""
    if not records:
        return _nothing(len(promised))
    stream = _Stream(records, take(records, rule, subject), subject, commitment, grid, promised)
    units, pending = units_of(records, stream.taken, commitment), stream.taken.pending
    stream.place(units.confirmed)
    confirmed = stream.figures(units.confirmed_spare, pending, confirmed_only=True)
    if not pending:  # the reported figure has nothing to add
        return Delivery(confirmed, confirmed)
    stream.board.settle()
    stream.place(units.pending)
    return Delivery(confirmed, stream.figures(units.reported_spare, (), confirmed_only=False))


@lru_cache(maxsize=64)
def _nothing(windows: int) -> Delivery:
    """A stream without records."""
    none = (0,) * windows
    figures = Figures(none, none, none, none, ())
    return Delivery(figures, figures)


def _verdicts(told: Told) -> tuple[Verdict, ...]:
    # Whoever could count is a member of a unit or spare: the first code never stays.
    found = [PLAIN[code or "counted"] for code in told.refused]
    for index, code in told.spare.items():
        found[index] = PLAIN[code]
    fates = [(members, *fate) for (_, members), fate in zip(told.units, told.fates, strict=True)]
    excused: list[tuple[Sequence[int], Code, int]] = [
        (members, "excused", window) for window, members in told.excused
    ]
    for members, code, window in (*fates, *excused):
        verdict = PLAIN[code] if window is None else Verdict(code, told.grid.days[window][0])
        for index in members:
            found[index] = verdict
    for index in told.unconfirmed:
        if told.refused[index] != "below_minimum":
            found[index] = PLAIN["unconfirmed"]
    return tuple(found)


class _Stream:
    """The placing of one stream: first the confirmed units, then, on the same board, the pending ones."""

    def __init__(
        self,
        records: Sequence[Record],
        taken: Taken,
        subject: str | None,
        commitment: Commitment,
        grid: Grid,
        promised: Sequence[int],
    ) -> None:
        self._records, self._subject, self._commitment = records, subject, commitment
        self._grid, self._promised = grid, promised
        self._units: list[Unit] = []
        self.taken = taken
        self.board = Board(grid, promised, commitment.gap)

    def place(self, units: Sequence[Unit]) -> None:
        place = self.board.place_once if self._commitment.kind == "once" else self.board.place
        place([day for day, _ in units])
        self._units = [*self._units, *units]

    def figures(
        self, spare: Mapping[int, Code], unconfirmed: Sequence[int], *, confirmed_only: bool
    ) -> Figures:
        """The figures as the board stands; `unconfirmed` are the records that only the other figure takes."""
        board = self.board
        days = self._excusing_days(confirmed_only=confirmed_only) if self.taken.other else {}
        counted_days = board.counted_days()
        excused: dict[int, int] = {}
        per_window = [0] * len(self._promised)
        if days:
            lacking = map(sub, self._promised, board.counted)
            excused = excuse(self._grid, lacking, counted_days, sorted(days), self._commitment.gap)
            for window in excused.values():
                per_window[window] += 1
        return Figures(
            board.counted,
            board.late,
            board.surplus,
            per_window,
            counted_days,
            Told(
                self.taken.refused,
                self._units,
                board.fates,
                spare,
                [(window, days[day]) for day, window in excused.items()],
                unconfirmed,
                self._grid,
            ),
        )

    def _excusing_days(self, *, confirmed_only: bool) -> dict[int, list[int]]:
        """The days whose records can excuse, each with its records of another outcome.

        A lecture is not excused by one resident's refusal: institution scope asks for records without
        subject. For a bundle the done records stand beside them, whatever their length.
        """
        records, taken = self._records, self.taken
        bundle = self._commitment.match == "all"
        refused_on = {taken.days[index] for index in taken.other}
        groups: dict[int, list[int]] = {}
        for index in chain(taken.other, taken.done, taken.brief) if bundle else taken.other:
            if taken.days[index] not in refused_on:
                continue
            record = records[index]
            if record.subject == self._subject and (not confirmed_only or record.state == "confirmed"):
                groups.setdefault(taken.days[index], []).append(index)
        parts = len(set(self._commitment.services)) if bundle else 1
        days = {}
        for day, indices in groups.items():
            others = [index for index in indices if records[index].outcome != "done"]
            if others and len({records[index].service for index in indices}) >= parts:
                days[day] = others
        return days
