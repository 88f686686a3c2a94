"""Timing things again and again beside their floor: the same data by raw SQL or a bare loop, in one run."""

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of each repetition, shortest first."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return self.at(0.5)

    def at(self, share: float) -> float:
        """The quantile, by the nearest rank: 0.95 is p95."""
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, its figure, its target, and the ratio to its floor."""

    what: str
    figure: str
    target: str
    floor: str
    ratio: str


def timed(work: Iterable[Callable[[], object]]) -> Timing:
    """Time each call. Collecting garbage is part of it, but not what was left over from before."""
    gc.collect()
    seconds = []
    for call in work:
        began = perf_counter()
        call()
        seconds.append(perf_counter() - began)
    return Timing(tuple(sorted(seconds)))


def latency(what: str, measured: Timing, target_ms: float | None, floor: Timing, floor_name: str) -> Row:
    """A row of p50 and p95 against the same of its floor."""
    return Row(
        what,
        f"p50 {_ms(measured.median)}, p95 {_ms(measured.at(0.95))}",
        f"p95 ≤ {target_ms:g} ms" if target_ms else "—",
        f"{floor_name}: p50 {_ms(floor.median)}, p95 {_ms(floor.at(0.95))}",
        f"{measured.median / floor.median:.1f}",
    )


def throughput(
    what: str, count: int, seconds: float, target: int | None, floor_seconds: float, floor_name: str
) -> Row:
    """A row of `count` things in so many seconds against the same things at their floor."""
    return Row(
        what,
        f"{count / seconds:,.0f}/s",
        f"≥ {target:,}/s" if target else "—",
        f"{floor_name}: {count / floor_seconds:,.0f}/s",
        f"{seconds / floor_seconds:.1f}",
    )


def table(rows: Iterable[Row]) -> str:
    """Markdown."""
    head = "| What | Measured | Target | Floor, same run | Times the floor |\n| --- | --- | --- | --- | --- |"
    lines = [f"| {row.what} | {row.figure} | {row.target} | {row.floor} | {row.ratio} |" for row in rows]
    return "\n".join([head, *lines])


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
