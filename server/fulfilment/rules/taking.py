"""Which records of a stream can count, and the units they make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


class Unit(NamedTuple):
    """One thing that may count: its day and the records that make it (indices into the stream's records)."""

    day: int
    records: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a record must be to belong to the stream. Without `first`, older records are taken."""

    services: frozenset[str]
    subject: str | None
    first: date | None
    last: date
    as_of: date
    min_minutes: int
    min_attendees: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The records sorted out, as indices in date order; `refused` names those that count in no figure.

    `done` make units; `brief` are done but under the minimum; `other` are of another outcome. The last two
    can still excuse. Pending and confirmed records stand side by side.
    """

    refused: dict[int, Code]
    done: list[int]
    brief: list[int]
    other: list[int]


@dataclass(frozen=True, slots=True)
class Units:
    """The units that confirmed records make, those that exist only with pending ones, both in date order.

    `spare` tells, for each figure, why a record that could count is not part of a unit.
    """

    confirmed: list[Unit]
    pending: list[Unit]
    confirmed_spare: dict[int, Code]
    reported_spare: dict[int, Code]


def rule_of(agreement: Agreement, commitment: Commitment, subject: str | None, as_of: date) -> Rule:
    """The rule of one stream; `subject` is the resident's id, `None` for institution scope."""
    return Rule(
        services=frozenset(commitment.services),
        subject=subject,
        first=None if commitment.kind == "once" else agreement.starts,
        last=agreement.last_day + timedelta(days=commitment.makeup_days),
        as_of=as_of,
        min_minutes=commitment.min_minutes,
        min_attendees=commitment.min_attendees,
    )


def take(records: Sequence[Record], rule: Rule) -> Taken:
    """Sort the records out. Of two on one day the smaller id goes first, not the first in the input."""
    taken = Taken({}, [], [], [])
    homes = {None: taken.done, "below_minimum": taken.brief, "outcome_not_done": taken.other}
    order = sorted((record.on, record.id or "", index) for index, record in enumerate(records))
    for _, _, index in order:
        code = _refusal(records[index], rule)
        if code is not None:
            taken.refused[index] = code
        if code in homes:
            homes[code].append(index)
    return taken


def _refusal(record: Record, rule: Rule) -> Code | None:
    if record.service not in rule.services:
        return "other_service"
    if rule.subject is not None and record.subject != rule.subject:
        return "other_subject"
    if record.state == "void":
        return "void"
    if record.state == "disputed":
        return "disputed"
    return _date_refusal(record.on, rule) or _content_refusal(record, rule)


def _date_refusal(day: date, rule: Rule) -> Code | None:
    if day > rule.as_of:
        return "after_as_of"
    if day > rule.last or (rule.first is not None and day < rule.first):
        return "outside_term"
    return None


def _content_refusal(record: Record, rule: Rule) -> Code | None:
    if record.outcome != "done":
        return "outcome_not_done"
    if record.minutes < rule.min_minutes or record.attendees < rule.min_attendees:
        return "below_minimum"
    return None


def units_of(records: Sequence[Record], done: Sequence[int], commitment: Commitment) -> Units:
    """The units of the records that can count."""
    confirmed = [index for index in done if records[index].state == "confirmed"]
    if commitment.match == "all":
        return _bundle_units(records, confirmed, done, len(frozenset(commitment.services)))
    if commitment.count_by == "record":
        pending = [index for index in done if records[index].state == "pending"]
        return Units(_singles(records, confirmed), _singles(records, pending), {}, {})
    return _day_units(records, confirmed, done)


def _singles(records: Sequence[Record], indices: Iterable[int]) -> list[Unit]:
    return [Unit(records[index].on.toordinal(), (index,)) for index in indices]


def _day_units(records: Sequence[Record], confirmed: Sequence[int], done: Sequence[int]) -> Units:
    first: dict[date, int] = {}
    for index in confirmed:
        first.setdefault(records[index].on, index)
    sure = dict(first)
    for index in done:
        first.setdefault(records[index].on, index)
    pending = [index for day, index in first.items() if day not in sure]
    members = set(first.values())
    spare: dict[int, Code] = {index: "same_day" for index in done if index not in members}
    return Units(_singles(records, sure.values()), _singles(records, pending), spare, spare)


Group = tuple[date, bool, str]  # A day, and on it one subject or, first in order, none.


def _bundle_units(
    records: Sequence[Record], confirmed: Sequence[int], done: Sequence[int], parts: int
) -> Units:
    sure, all_groups = _complete(records, confirmed, parts), _complete(records, done, parts)
    sure_days = {group[0] for group in sure}
    rest = {group: found for group, found in all_groups.items() if group[0] not in sure_days}
    return Units(
        _one_a_day(sure),
        _one_a_day(rest),
        {index: _spare(records[index], sure) for index in confirmed},
        {index: _spare(records[index], all_groups) for index in done},
    )


def _complete(records: Sequence[Record], indices: Iterable[int], parts: int) -> dict[Group, tuple[int, ...]]:
    """The days and subjects for which every part of the bundle is there, each with one record per part."""
    groups: dict[Group, dict[str, int]] = {}
    for index in indices:
        record = records[index]
        groups.setdefault(group_of(record), {}).setdefault(record.service, index)
    return {group: tuple(groups[group].values()) for group in sorted(groups) if len(groups[group]) == parts}


def group_of(record: Record) -> Group:
    """Whose bundle on which day the record is a part of."""
    return record.on, record.subject is not None, record.subject or ""


def _one_a_day(complete: dict[Group, tuple[int, ...]]) -> list[Unit]:
    """A day counts once, however many subjects have the whole bundle on it."""
    first: dict[date, tuple[int, ...]] = {}
    for group, found in complete.items():
        first.setdefault(group[0], found)
    return [Unit(day.toordinal(), found) for day, found in first.items()]


def _spare(record: Record, complete: dict[Group, tuple[int, ...]]) -> Code:
    return "same_day" if group_of(record) in complete else "bundle_incomplete"
