"""Reading the records of the streams asked for: of any number of them by one query of columns."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Select,
    String,
    TableValuedAlias,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from server.fulfilment.rules import facts
from server.rounds.models import ServiceRecord


class Bounds(Protocol):
    """Whose records, and of which days: an agreement, however it was read."""

    @property
    def institution_id(self) -> UUID: ...
    @property
    def medical_id(self) -> UUID: ...
    @property
    def starts(self) -> date: ...
    @property
    def last_day(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A commitment of which streams are recounted: those of `subjects`, or (None) all it may have."""

    clause: facts.Commitment
    subjects: frozenset[UUID] | None

    @property
    def once(self) -> bool:
        return self.clause.kind == "once"

    @property
    def for_residents(self) -> bool:
        return self.clause.scope == "resident"


def stream_records(
    session: Session, agreement: Bounds, asked: Mapping[UUID, Asked], residing: Collection[UUID]
) -> dict[UUID, dict[str | None, list[facts.Record]]]:
    """The records of the streams asked for, by commitment and the engine's name of the subject (None: the
    institution). One query of columns, no form.

    Bounded by the agreement's days, except for `once`, which takes a resident's older records too; of all
    residents it asks only those `residing` in the term, for no other has a window. Records of subjects that
    were not asked for may be among them.
    """
    found: dict[UUID, dict[str | None, list[facts.Record]]] = {each: defaultdict(list) for each in asked}
    wanted = _wanted(asked.values(), residing)
    if not wanted:
        return found
    makeup = max(each.clause.makeup_days for each in asked.values())
    bounds = {
        "institution": agreement.institution_id,
        "medical": agreement.medical_id,
        "first": agreement.starts,
        "last": agreement.last_day + timedelta(days=makeup),
    }
    rows = session.connection().execute(_records(tuple(wanted)), {**bounds, **wanted}).all()
    homes = _homes(asked, found)
    names: dict[str | None, str | None] = {None: None}
    for service, on, state, outcome, subject, minutes, attendees, id_, once in rows:
        if subject not in names:
            names[subject] = str(UUID(subject))
        name = names[subject]
        record = facts.Record(service, on, state, outcome, name, minutes, attendees, id_)
        for streams in homes.of_institution[once, service]:
            streams[None].append(record)
        for streams in homes.of_residents[once, service] if name else ():
            streams[name].append(record)
    return found


_Streams = dict[str | None, list[facts.Record]]


@dataclass(frozen=True, slots=True)
class _Homes:
    """Where a record goes, by whether `once` asks and by service: the streams of each commitment."""

    of_institution: dict[tuple[bool, str], list[_Streams]]
    of_residents: dict[tuple[bool, str], list[_Streams]]


def _homes(asked: Mapping[UUID, Asked], found: Mapping[UUID, _Streams]) -> _Homes:
    homes = _Homes(defaultdict(list), defaultdict(list))
    for commitment_id, each in asked.items():
        of_scope = homes.of_residents if each.for_residents else homes.of_institution
        for service in set(each.clause.services):
            of_scope[each.once, service].append(found[commitment_id])
    return homes


# Parts of the reading, by whether it is for `once`: services read wholly, and of others single subjects.
_WHOLE, _SINGLE = {False: "whole", True: "whole_once"}, {False: "single", True: "single_once"}


def _wanted(asked: Collection[Asked], residing: Collection[UUID]) -> dict[str, Any]:
    """What to read, by the parts that are not empty: services, or pairs of service and subject by number."""
    wanted: dict[str, Any] = {}
    for once in (False, True):
        services: set[str] = set()
        pairs: set[tuple[str, str]] = set()
        for each in asked:
            if each.once != once:
                continue
            if not each.for_residents or (each.subjects is None and not once):
                services.update(each.clause.services)
            else:
                subjects = residing if each.subjects is None else each.subjects
                pairs.update((service, one.hex) for service in each.clause.services for one in subjects)
        single = [pair for pair in pairs if pair[0] not in services]
        if services:
            wanted[_WHOLE[once]] = sorted(services)
        if single:
            wanted[_SINGLE[once]] = single
    return wanted


def listed(name: str) -> TableValuedAlias:
    """The arrays given as the parameter `name`, by number, as rows of a `value` each.

    Unlike a list of values in the statement it leaves the statement the same, however long: it is compiled
    and planned once.
    """
    given = func.json_each(bindparam(name, type_=_Numbered()))
    return given.table_valued(column("key", String), column("value", JSON), name=name)


class _Numbered(TypeDecorator[Collection[Any]]):
    """A JSON object: of both databases `json_each` takes these alone."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        return dict(enumerate(value or ()))


def listed_id(given: TableValuedAlias, place: int) -> ColumnElement[UUID]:
    """The id (32 digits) that the arrays given to `listed` have at this place."""
    return cast(given.c.value[place].as_string(), Uuid)


@cache
def _records(parts: tuple[str, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """The parts are disjoint."""
    return union_all(*map(_part, parts))


def _part(part: str) -> Select[*tuple[Any, ...]]:
    once = part in {_WHOLE[True], _SINGLE[True]}
    statement = select(
        ServiceRecord.service,
        ServiceRecord.on,
        ServiceRecord.state,
        ServiceRecord.outcome,
        cast(ServiceRecord.subject_id, String),
        func.coalesce(ServiceRecord.minutes, 0),
        func.coalesce(ServiceRecord.attendees, 0),
        cast(ServiceRecord.id, String),
        literal(once, Boolean),
    ).where(ServiceRecord.on <= bindparam("last"), ServiceRecord.not_counted.is_(None))
    if not once:
        own = (ServiceRecord.medical_id == bindparam("medical"), ServiceRecord.on >= bindparam("first"))
        statement = statement.where(*own)
    if part in _WHOLE.values():
        services = ServiceRecord.service.in_(bindparam(part, expanding=True))
        return statement.where(ServiceRecord.institution_id == bindparam("institution"), services)
    # A resident is of one institution, and PostgreSQL, told which, would read all its records.
    pair = listed(part)
    return statement.join(
        pair,
        (ServiceRecord.service == pair.c.value[0].as_string())
        & (ServiceRecord.subject_id == listed_id(pair, 1)),
    )
