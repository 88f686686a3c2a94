"""What a clause would promise over its whole term, before anyone signs, beside its plain reading."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor

from server.fulfilment.rules.breakdown import counts_in
from server.fulfilment.rules.evaluate import Plan, plan, promised_by
from server.fulfilment.rules.facts import Align, Resident
from server.fulfilment.rules.windows import periods

_OTHER: Mapping[Align, Align] = {"calendar": "anniversary", "anniversary": "calendar"}


@dataclass(frozen=True, slots=True)
class PromisedWindow:
    start: date
    end: date
    deadline: date
    promised: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The windows of one stream over the whole term; those that promise nothing too."""

    windows: tuple[PromisedWindow, ...]

    @property
    def total(self) -> int:
        return sum(window.promised for window in self.windows)

    @property
    def years(self) -> Mapping[int, int]:
        """What is promised by the year of the window's end, as an interval owns windows in a rate."""
        years: Counter[int] = Counter()
        for window in self.windows:
            years[window.end.year] += window.promised
        return dict(sorted(years.items()))


@dataclass(frozen=True, slots=True)
class RosterPreview:
    """The promises to several residents together; `eligible` is how many are promised anything."""

    eligible: int
    years: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.years.values())


@dataclass(frozen=True, slots=True)
class PlainReading:
    """The count for each whole unit of the term from its first day on, by days for the rest, rounded once.

    `units` whole ones and `rest_days` of one that would have `rest_of`; `count` is `None` when it changes.
    """

    total: int
    count: int | None
    units: int
    rest_days: int
    rest_of: int


@dataclass(frozen=True, slots=True)
class Surprise:
    """Rounding by window gives the term another total than the plain reading; `align` would come closer."""

    promised: int
    plain: int
    align: Align | None
    total: int | None


def preview(shared: Plan, resident: Resident | None = None) -> Preview:
    """What is promised to the institution, to the resident, or, for resident scope without one, to somebody
    who lives there and is eligible all the time. On demand nothing is promised."""
    if shared.commitment.kind == "on_demand":
        return Preview(())
    windows, promised = promised_by(shared, resident)
    rows = zip(windows.days, promised, strict=True)
    return Preview(tuple(PromisedWindow(*days, count) for days, count in rows))


def roster_preview(shared: Plan, residents: Iterable[Resident]) -> RosterPreview:
    """What is promised to these residents together, each with the stays and conditions known today."""
    alike: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
    if shared.commitment.kind != "on_demand":
        for resident in residents:
            windows, promised = promised_by(shared, resident)
            alike[windows.ends, promised] += 1
    eligible, years = 0, Counter[int]()
    for (ends, promised), people in alike.items():
        eligible += people * any(promised)
        for end, count in zip(ends, promised, strict=True):
            years[date.fromordinal(end).year] += people * count
    return RosterPreview(eligible, dict(sorted(years.items())))


def plain_reading(shared: Plan) -> PlainReading | None:
    """`None` for what has no count per unit: once and on demand."""
    clause, agreement = shared.commitment, shared.agreement
    if clause.kind != "periodic":
        return None
    whole = periods(agreement, replace(clause, align="anniversary"))
    exact, counts, units, rest_days, rest_of = Fraction(0), set[int](), 0, 0, 0
    for period in whole:
        held = counts_in(shared.runs, period)
        exact += Fraction(sum(count * days for count, days in held), period.length)
        counts.update(count for count, _ in held)
        inside = min(period.last, agreement.last_day.toordinal()) - period.first + 1
        if inside == period.length:
            units += 1
        else:
            rest_days, rest_of = inside, period.length
    count = counts.pop() if len(counts) == 1 else None
    return PlainReading(floor(exact + Fraction(1, 2)), count, units, rest_days, rest_of)


def surprise(shared: Plan) -> Surprise | None:
    """Whether the windows promise another total than the clause seems to, and whether the other alignment
    agrees with it, or at least comes closer."""
    plain, total = plain_reading(shared), preview(shared).total
    if plain is None or plain.total == total:
        return None
    align = _OTHER[shared.commitment.align]
    other = preview(_aligned(shared, align)).total
    if abs(other - plain.total) < abs(total - plain.total):
        return Surprise(total, plain.total, align, other)
    return Surprise(total, plain.total, None, None)


def _aligned(shared: Plan, align: Align) -> Plan:
    """The same promise in the other windows; what is promised on each day stays."""
    other = plan(shared.agreement, (), replace(shared.commitment, align=align))
    return replace(other, runs=shared.runs)
