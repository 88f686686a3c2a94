"""Facts for the tests: every argument can be overridden, nothing is random."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from server.fulfilment.rules.evaluate import evaluate_stream
from server.fulfilment.rules.facts import (
    Agreement,
    Commitment,
    Record,
    Resident,
    State,
    Stay,
    Suspension,
    Term,
)
from server.fulfilment.rules.results import StreamResult

START = date(2026, 1, 5)  # A Monday.
TERM = Agreement(START, date(2026, 3, 1))  # Eight whole weeks.
LATER = date(2027, 6, 1)


def on(text: str) -> date:
    """A day of 2026 as `02-15`, or any day in full."""
    return date.fromisoformat(text if len(text) == 10 else f"2026-{text}")


def term(count: int = 1, starts: date = date(2020, 1, 1)) -> Term:
    return Term(starts, count)


def commitment(**fields: Any) -> Commitment:
    """One round a week unless told otherwise."""
    defaults = {"key": "rounds", "services": ("round",), "per": "week", "terms": (term(),)}
    return Commitment(**{**defaults, **fields})


def visit(day: str, state: State = "confirmed", **fields: Any) -> Record:
    return Record(**{"service": "round", "on": on(day), "state": state, "id": day, **fields})


def visits(*days: str) -> list[Record]:
    return [visit(day) for day in days]


def resident(**fields: Any) -> Resident:
    """Somebody of 80 who was there all the time."""
    defaults = {"id": "r1", "born": date(1945, 5, 5), "stays": (Stay(date(2020, 1, 1)),)}
    return Resident(**{**defaults, **fields})


def stream(
    records: Iterable[Record] = (),
    promise: Commitment | None = None,
    agreement: Agreement = TERM,
    who: Resident | None = None,
    **options: Any,
) -> StreamResult:
    """Evaluate one stream long after its end, unless told otherwise."""
    suspensions: tuple[Suspension, ...] = options.pop("suspensions", ())
    options.setdefault("as_of", LATER)
    return evaluate_stream(agreement, suspensions, promise or commitment(), who, list(records), **options)


def promised(result: StreamResult) -> dict[str, int]:
    """What each window promises, by its first day; windows without a promise are not listed."""
    return {window.start.isoformat(): window.promised for window in result.windows if window.promised}


def counted(result: StreamResult, figure: str = "confirmed") -> dict[str, tuple[int, int, int, int]]:
    """Counted, of them late, surplus, excused of each listed window, by its first day as `02-15`."""
    return {
        window.start.isoformat()[5:]: (
            getattr(window, figure),
            getattr(window, f"{figure}_late"),
            getattr(window, f"{figure}_surplus"),
            getattr(window, f"{figure}_excused"),
        )
        for window in result.windows
        if any(getattr(window, f"{figure}{what}") for what in ("", "_surplus", "_excused"))
    }


def codes(result: StreamResult, figure: str = "confirmed") -> dict[str | None, str]:
    """What each record did, by its id."""
    return {each.record.id: getattr(each, figure).code for each in result.placements}
