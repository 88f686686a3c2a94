"""Reading the records of the streams asked for: of any number of them by one query of columns."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from server.fulfilment.rules import facts
from server.given import Given, Rows
from server.prepared import Prepared, Question, ask
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


_Streams = dict[str | None, list[facts.Record]]
Found = dict[UUID, _Streams]


def stream_records(
    session: Session, agreement: Bounds, asked: Mapping[UUID, Asked], residing: Collection[UUID]
) -> Found:
    """The records of the streams asked for, by commitment and the engine's name of the subject (None: the
    institution). One query of columns, no form.

    Bounded by the agreement's days, except for `once`, which takes a resident's older records too; of all
    residents it asks only those `residing` in the term, for no other has a window. Records of subjects that
    were not asked for may be among them.
    """
    found: Found
    (found,) = ask(session.connection(), records_asked(agreement, asked, residing)) if asked else ({},)
    return found


def records_asked(
    agreement: Bounds, asked: Mapping[UUID, Asked], residing: Collection[UUID]
) -> Question[Found]:
    """The question of `stream_records`, to be asked with others; at least one commitment is."""
    makeup = max(each.clause.makeup_days for each in asked.values())
    bounds = {
        "institution": agreement.institution_id,
        "medical": agreement.medical_id,
        "first": agreement.starts,
        "last": agreement.last_day + timedelta(days=makeup),
    }
    given = {**bounds, **_wanted(asked.values(), residing)}
    return Question(_RECORDS, given, partial(_sorted_out, asked))


def _sorted_out(asked: Mapping[UUID, Asked], rows: Iterable[Sequence[Any]]) -> Found:
    found: Found = {each: defaultdict(list) for each in asked}
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


def _wanted(asked: Collection[Asked], residing: Collection[UUID]) -> dict[str, Rows]:
    """What to read, for each part: services to read wholly, and of others pairs with single subjects."""
    wanted: dict[str, Rows] = {}
    for once in (False, True):
        services: set[str] = set()
        pairs: set[tuple[str, UUID]] = set()
        for each in asked:
            if each.once != once:
                continue
            if not each.for_residents or (each.subjects is None and not once):
                services.update(each.clause.services)
            else:
                subjects = residing if each.subjects is None else each.subjects
                pairs.update((service, one) for service in each.clause.services for one in subjects)
        wanted |= _WHOLE[once].parameters([(each,) for each in services])
        wanted |= _SINGLE[once].parameters([pair for pair in pairs if pair[0] not in services])
    return wanted


_NONE = literal_column("0", Integer)


def _part(once: bool, given: Given, pairs: bool) -> Select[*tuple[Any, ...]]:
    """The records of these services, or of these pairs of service and subject."""
    statement = select(
        ServiceRecord.service,
        ServiceRecord.on,
        ServiceRecord.state,
        ServiceRecord.outcome,
        cast(ServiceRecord.subject_id, String),
        func.coalesce(ServiceRecord.minutes, _NONE),
        func.coalesce(ServiceRecord.attendees, _NONE),
        cast(ServiceRecord.id, String),
        true() if once else false(),
    ).where(ServiceRecord.on <= bindparam("last"), ServiceRecord.not_counted.is_(None))
    if not once:
        own = (ServiceRecord.medical_id == bindparam("medical"), ServiceRecord.on >= bindparam("first"))
        statement = statement.where(*own)
    # A resident is of one institution, and PostgreSQL, told which, would read all its records.
    if pairs:
        return statement.where(
            ServiceRecord.service == given["service"], ServiceRecord.subject_id == given["subject"]
        )
    return statement.where(
        ServiceRecord.institution_id == bindparam("institution"), given.has(ServiceRecord.service)
    )


# By whether it is for `once`; the parts are disjoint.
_WHOLE = {once: Given(f"whole_{once:d}", service=String()) for once in (False, True)}
_SINGLE = {once: Given(f"single_{once:d}", service=String(), subject=Uuid()) for once in (False, True)}
_RECORDS = Prepared(
    union_all(
        *(_part(once, given, pairs=False) for once, given in _WHOLE.items()),
        *(_part(once, given, pairs=True) for once, given in _SINGLE.items()),
    )
)
