"""Which records of a stream can count, and the units they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Rule:
    """What a record must be to be taken by the streams of a commitment; both days are inclusive."""

    services: frozenset[str]
    first: date
    last: date
    as_of: date
    min_minutes: int
    min_attendees: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The records sorted out: per record its day and the code of what keeps it out of both figures, if any.

    The lists are indices in date order: `done` make units; `brief` are done but under the minimum; `other`
    are of another outcome. The last two can still excuse. Pending and confirmed records stand side by side.
    """

    days: list[int]
    refused: list[Code | None]
    done: list[int]
    brief: list[int]
    other: list[int]

    @property
    def in_question(self) -> Iterable[int]:
        """All that can count or excuse."""
        return chain(self.done, self.brief, self.other)


@dataclass(frozen=True, slots=True)
class Units:
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
    refused = [_refusal(record, rule, subject) for record in records]
    taken = Taken(days, refused, [], [], [])
    for index in _in_order(records, days):
        code = refused[index]
        if code is None:
            taken.done.append(index)
        elif code == "outcome_not_done":
            taken.other.append(index)
        elif code == "below_minimum":
            taken.brief.append(index)
    return taken


def _in_order(records: Sequence[Record], days: Sequence[int]) -> list[int]:
    if len(records) == 1:
        return [0]
    ids = [record.id or "" for record in records]
    order = sorted(range(len(records)), key=ids.__getitem__)
    order.sort(key=days.__getitem__)
    return order


def _refusal(record: Record, rule: Rule, subject: str | None) -> Code | None:
    if record.service not in rule.services:
        return "other_service"
    if subject is not None and record.subject != subject:
        return "other_subject"
    if record.state == "void":
        return "void"
    if record.state == "disputed":
        return "disputed"
    if record.on > rule.as_of:
        return "after_as_of"
    return _content_refusal(record, rule)


def _content_refusal(record: Record, rule: Rule) -> Code | None:
    if not rule.first <= record.on <= rule.last:
        return "outside_term"
    if record.outcome != "done":
        return "outcome_not_done"
    if record.minutes < rule.min_minutes or record.attendees < rule.min_attendees:
        return "below_minimum"
    return None


def units_of(records: Sequence[Record], taken: Taken, commitment: Commitment) -> Units:
    """The units of the records that can count."""
    confirmed = [index for index in taken.done if records[index].state == "confirmed"]
    if commitment.match == "all":
        return _bundle_units(records, confirmed, taken, len(frozenset(commitment.services)))
    if commitment.count_by == "record":
        pending = [index for index in taken.done if records[index].state == "pending"]
        return Units(_singles(confirmed, taken.days), _singles(pending, taken.days), {}, {})
    return _day_units(confirmed, taken)


def _singles(indices: Iterable[int], days: Sequence[int]) -> list[Unit]:
    return [(days[index], (index,)) for index in indices]


def _day_units(confirmed: Sequence[int], taken: Taken) -> Units:
    days = taken.days
    sure: dict[int, int] = {}
    for index in confirmed:
        sure.setdefault(days[index], index)
    pending: dict[int, int] = {}
    spare: dict[int, Code] = {}
    for index in taken.done:
        day = days[index]
        first = sure[day] if day in sure else pending.setdefault(day, index)
        if first != index:
            spare[index] = "same_day"
    return Units(_singles(sure.values(), days), _singles(pending.values(), days), spare, spare)


Group = tuple[int, bool, str]  # A day, and on it one subject or, first in order, none.


def _bundle_units(records: Sequence[Record], confirmed: Sequence[int], taken: Taken, parts: int) -> Units:
    groups = {index: group_of(records[index], taken.days[index]) for index in taken.done}
    sure = _complete(records, confirmed, groups, parts)
    every = _complete(records, taken.done, groups, parts)
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
