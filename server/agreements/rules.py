"""The states of an agreement: draft -> signed -> active -> terminated; expiry is a matter of the date."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

# Days after an agreement's last day on which its medical institution still deals with the care institution:
# visits made in the term are synced, confirmed and made good. After that access narrows to retention.
SETTLING_DAYS = 30

# All windows of a term are materialised at once: a term is a contract's, not a century's.
LONGEST_YEARS = 20

_TRANSITIONS = {
    ("draft", "sign"): "signed",
    ("signed", "activate"): "active",
    ("active", "terminate"): "terminated",
}


def repeated(values: Iterable[object]) -> int | None:
    """The position of the first value that was there before."""
    seen = set()
    for position, value in enumerate(values):
        if value in seen:
            return position
        seen.add(value)
    return None


def several_terms(clause: Mapping[str, Any]) -> bool:
    """Whether a window should be more than one of what there is only one (fulfilment.md, section 2)."""
    periodic = clause.get("kind", "periodic") == "periodic"
    return periodic and clause.get("per") == "term" and clause.get("every", 1) != 1


_AMENDMENTS = {("proposed", "sign"): "signed", ("proposed", "withdraw"): "withdrawn"}


@dataclass(frozen=True, slots=True)
class Refused:
    code: str


def next_state(state: str, action: str) -> str | Refused:
    return _TRANSITIONS.get((state, action), Refused(f"cannot_{action}_{state}"))


def next_amendment_state(state: str, action: str) -> str | Refused:
    return _AMENDMENTS.get((state, action), Refused(f"cannot_{action}_{state}"))


def shown_state(state: str, last_day: date, today: date) -> str:
    """The state as people say it: an active agreement past its last day has expired."""
    return "expired" if state == "active" and last_day < today else state


def last_day_of(ends: date, terminated_on: date | None) -> date:
    return ends if terminated_on is None else min(ends, terminated_on - timedelta(days=1))
