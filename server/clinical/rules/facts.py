"""What the rules are told beside the values, and the policy they judge by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

Values = Mapping[str, Any]
Limits = Mapping[str, Any]
Result = dict[str, Any]


class Facts(NamedTuple):
    """What the roster and earlier readings say on the day of a record.

    `age` in completed years; `conditions` are codes that hold on the day. Of the readings of earlier days
    that the rule judged, `uncontrolled` are the last ones in a row that missed the target, and `raised` those
    in a row at or above the threshold of somebody without the diagnosis. `summary` are the fields of a
    check-up that count towards its completeness.
    """

    age: int | None = None
    conditions: frozenset[str] = frozenset()
    uncontrolled: int = 0
    raised: int = 0
    summary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A county's own target from a day on, in the type of the policy's; None is the policy's own again."""

    region: str
    policy: str
    target: str
    starts: date
    value: int | str | None


NO_RUN = (0, 0)


class Known(NamedTuple):
    """What is known of whom a record is about, on its day: facts, the county's targets, and by rule how many
    readings in a row missed the target and were raised (`Facts`)."""

    facts: Facts = Facts()
    targets: Sequence[Target] = ()
    runs: Mapping[str, tuple[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Policy:
    """Named thresholds. `name` is `code/version`; `county` says which county's target, from when, stands in
    for the policy's own (`330106@2026-07-01`), None where none does."""

    name: str
    limits: Limits = field(default_factory=dict)
    county: str | None = None


def age_on(born: date, day: date) -> int:
    """Completed years; somebody born on 29 February has the birthday on 1 March in common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def whole(values: Values, name: str) -> int | None:
    """A whole number that was entered, None for anything else."""
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
