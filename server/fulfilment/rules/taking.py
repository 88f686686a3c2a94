"""Which records of a stream can count, and the units they make."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from server.fulfilment.rules.facts import Agreement, Commitment, Record

Code = Literal[
    "counted",
    "late",
    "moved",
    "surplus",
    "too_soon",
    "same_day",
    "bundle_incomplete",
    "excused",
    "outcome_not_done",
    "below_minimum",
    "unconfirmed",
    "disputed",
    "void",
    "outside_term",
    "after_as_of",
    "other_subject",
    "other_service",
]


# One thing that may count: its day and the records that make it (indices into the stream's records).
Unit = tuple[int, tuple[int, ...]]


class Rule(NamedTuple):
    """What a record must be to be taken by the streams of a commitment; both days are inclusive."""

    services: frozenset[str]
    first: date
    last: date
    as_of: date
    min_minutes: int
    min_attendees: int


class Taken(NamedTuple):
    """The records sorted out: per record its day and the code of what keeps it out of both figures, if any.

    The other lists are indices in date order: `done` make units; `brief` are done but under the minimum;
    `other` are of another outcome. The last two can still excuse. `pending` are those of all three that are
    not confirmed yet.
    """

    days: list[int]
    refused: list[Code | None]
    done: list[int]
    brief: list[int]
    other: list[int]
    pending: list[int]


class Units(NamedTuple):
    """The units that confirmed records make, those that exist only with pending ones, both in date order.

    `spare` tells, for each figure, why a record that could count is not part of a unit.
    """

    confirmed: list[Unit]
    pending: list[Unit]
    confirmed_spare: dict[int, Code]
    reported_spare: dict[int, Code]


def rule_of(agreement: Agreement, commitment: Commitment, as_of: date) -> Rule:
    return Rule(
        services=frozenset(commitment.services),
        first=date.min if commitment.kind == "once" else agreement.starts,
        last=agreement.last_day + timedelta(days=commitment.makeup_days),
        as_of=as_of,
        min_minutes=commitment.min_minutes,
        min_attendees=commitment.min_attendees,
    )


def take(records: Sequence[Record], rule: Rule, subject: str | None) -> Taken:
    """Sort the records of one stream out; `subject` is the resident's id, `None` for institution scope.

    Of two on one day the smaller id goes first, not the first in the input.
    """
    days = [record.on.toordinal() for record in records]
    refused: list[Code | None] = [None] * len(records)
    taken = Taken(days, refused, [], [], [], [])
    for index in _in_order(records, days):
        code = refused[index] = _refusal(records[index], rule, subject)
        if code is None:
            taken.done.append(index)
        elif code == "outcome_not_done":
            taken.other.append(index)
        elif code == "below_minimum":
            taken.brief.append(index)
        else:
            continue
        if records[index].state == "pending":
            taken.pending.append(index)
    return taken


def _in_order(records: Sequence[Record], days: Sequence[int]) -> Sequence[int]:
    order: Sequence[int] = range(len(days))
    if len(set(days)) < len(days):
        ids = [record.id or "" for record in records]
        order = sorted(order, key=ids.__getitem__)
    return sorted(order, key=days.__getitem__)


def _refusal(record: Record, rule: Rule, subject: str | None) -> Code | None:
    service, on, state, outcome, of, minutes, attendees, _ = record
    services, first, last, as_of, min_minutes, min_attendees = rule
    code: Code | None = None
    if service not in services:
        code = "other_service"
    elif subject is not None and of != subject:
        code = "other_subject"
    elif state in ("void", "disputed"):
        code = state
    elif on > as_of:
        code = "after_as_of"
    elif not first <= on <= last:
        code = "outside_term"
    elif outcome != "done":
        code = "outcome_not_done"
    elif minutes < min_minutes or attendees < min_attendees:
        code = "below_minimum"
    return code


def units_of(records: Sequence[Record], taken: Taken, commitment: Commitment) -> Units:
    """The units of the records that can count."""
    waiting = frozenset(taken.pending)
    confirmed = [index for index in taken.done if index not in waiting] if waiting else taken.done
    if commitment.match == "all":
        return _bundle_units(records, confirmed, taken, len(frozenset(commitment.services)))
    pending = [index for index in taken.done if index in waiting] if waiting else []
    if commitment.count_by == "record":
        return Units(_singles(confirmed, taken.days), _singles(pending, taken.days), {}, {})
    return _day_units(confirmed, pending, taken.days)


def _singles(indices: Iterable[int], days: Sequence[int]) -> list[Unit]:
    return [(days[index], (index,)) for index in indices]


def _day_units(confirmed: Iterable[int], waiting: Iterable[int], days: Sequence[int]) -> Units:
    sure: dict[int, int] = {}
    pending: dict[int, int] = {}
    spare: dict[int, Code] = {}
    for index in confirmed:
        if sure.setdefault(days[index], index) != index:
            spare[index] = "same_day"
    for index in waiting:
        day = days[index]
        if day in sure or pending.setdefault(day, index) != index:
            spare[index] = "same_day"
    return Units(_singles(sure.values(), days), _singles(pending.values(), days), spare, spare)


Group = tuple[int, bool, str]  # A day, and on it one subject or, first in order, none.


def _bundle_units(records: Sequence[Record], confirmed: Sequence[int], taken: Taken, parts: int) -> Units:
    groups = {index: group_of(records[index], taken.days[index]) for index in taken.done}
    sure = _complete(records, confirmed, groups, parts)
    every = _complete(records, taken.done, groups, parts) if taken.pending else sure
    sure_days = {day for day, _, _ in sure}
    rest = {group: found for group, found in every.items() if group[0] not in sure_days}
    return Units(
        _one_a_day(sure),
        _one_a_day(rest),
        {index: _spare(groups[index], sure) for index in confirmed},
        {index: _spare(groups[index], every) for index in taken.done},
    )


def group_of(record: Record, day: int) -> Group:
    """Whose bundle on which day the record is a part of."""
    return day, record.subject is not None, record.subject or ""


def _complete(
    records: Sequence[Record], indices: Iterable[int], groups: Mapping[int, Group], parts: int
) -> dict[Group, tuple[int, ...]]:
    """The days and subjects for which every part of the bundle is there, each with one record per part."""
    found: dict[Group, dict[str, int]] = {}
    for index in indices:
        found.setdefault(groups[index], {}).setdefault(records[index].service, index)
    return {group: tuple(found[group].values()) for group in sorted(found) if len(found[group]) == parts}


def _one_a_day(complete: Mapping[Group, tuple[int, ...]]) -> list[Unit]:
    """A day counts once, however many subjects have the whole bundle on it."""
    first: dict[int, tuple[int, ...]] = {}
    for (day, _, _), found in complete.items():
        first.setdefault(day, found)
    return list(first.items())


def _spare(group: Group, complete: Mapping[Group, tuple[int, ...]]) -> Code:
    return "same_day" if group in complete else "bundle_incomplete"
