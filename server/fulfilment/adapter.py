"""From the database to the engine: what an agreement promises, who lives there, what was recorded.

The adapter decides what reaches the engine: records of the performing medical party only (for `once`
anyone's), by performers qualified that day. The engine decides everything else.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, ColumnElement, Row, Select, String, exists, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from server.agreements.models import Agreement, Commitment
from server.demands.queries import DemandRow, requests_of
from server.errors import FieldError, Refusal
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import Plan, plan
from server.fulfilment.rules.scenario import ScenarioError, parse_scenario
from server.residents.models import Condition, Resident, Stay
from server.rounds.models import ServiceRecord


@dataclass(frozen=True, slots=True)
class Promises:
    """An agreement as the engine reads it; `plans` by commitment id share the work between residents."""

    agreement: facts.Agreement
    suspensions: tuple[facts.Suspension, ...]
    plans: dict[UUID, Plan]


def promises_of(agreement: Agreement, today: date) -> Promises:
    """Read an agreement (commitments, terms and suspensions loaded).

    A clause the engine does not accept is refused with the path of its field.
    """
    document = {
        "as_of": today.isoformat(),
        "agreement": {
            "starts": agreement.starts.isoformat(),
            "ends": agreement.ends.isoformat(),
            "terminated_on": agreement.terminated_on.isoformat() if agreement.terminated_on else None,
        },
        "suspensions": [
            {"from": each.starts.isoformat(), "to": each.ends.isoformat()} for each in agreement.suspensions
        ],
        "commitments": [commitment_document(each) for each in agreement.commitments],
    }
    try:
        scenario = parse_scenario(document)
    except ScenarioError as error:
        raise Refusal(
            "invalid", FieldError(_clause_path(error.path), "not_accepted", error.reason)
        ) from error
    return Promises(
        scenario.agreement,
        scenario.suspensions,
        {
            row.id: plan(scenario.agreement, scenario.suspensions, commitment)
            for row, commitment in zip(agreement.commitments, scenario.commitments, strict=True)
        },
    )


def _clause_path(path: str) -> str:
    """`commitments[0].per` of a scenario is `commitments[0].clause.per` of an agreement."""
    return re.sub(r"^(commitments\[\d+\])\.(?!key|terms)", r"\1.clause.", path)


def commitment_document(commitment: Commitment) -> dict[str, object]:
    """The commitment in the form of a scenario file."""
    terms = [{"from": term.starts.isoformat(), "count": term.count} for term in commitment.terms]
    clause = {
        name: Decimal(str(value)) if isinstance(value, float) else value
        for name, value in commitment.clause.items()
    }
    return {**clause, "key": commitment.key, "terms": terms}


# What the engine asks of a record; its form stays in the database.
RECORD_COLUMNS = (
    ServiceRecord.id,
    ServiceRecord.service,
    ServiceRecord.on,
    ServiceRecord.state,
    ServiceRecord.outcome,
    ServiceRecord.subject_id,
    ServiceRecord.minutes,
    ServiceRecord.attendees,
)


def record_facts(record: Row[*tuple[Any, ...]]) -> facts.Record:
    """A row of `RECORD_COLUMNS` as the engine reads it."""
    return facts.Record(
        service=record.service,
        on=record.on,
        state=cast(facts.State, record.state),  # a check constraint keeps these two columns to the
        outcome=cast(facts.Outcome, record.outcome),  # engine's states and outcomes
        subject=str(record.subject_id) if record.subject_id else None,
        minutes=record.minutes or 0,
        attendees=record.attendees or 0,
        id=str(record.id),
    )


def people(
    session: Session, agreement: Agreement, ids: Collection[UUID] | None
) -> dict[UUID, facts.Resident]:
    """Residents with the stays and conditions that touch the agreement's days: those named, or all such.

    One query of columns. Stays and conditions outside the term change nothing that it promises.
    """
    held = (Condition.since <= agreement.last_day) & or_(
        Condition.until.is_(None), Condition.until >= agreement.starts
    )
    any_stay = aliased(Stay)
    present = exists().where(any_stay.resident_id == Resident.id, _touches(any_stay, agreement))
    here = (Resident.institution_id == agreement.institution_id) & (
        present if ids is None else Resident.id.in_(ids)
    )
    no_code = cast(ColumnElement[str | None], literal(None, String))
    stays = select(Resident.id, Resident.born, Stay.starts, Stay.ends, no_code.label("code"))
    conditions = select(Resident.id, Resident.born, Condition.since, Condition.until, Condition.code)
    rows: Iterable[Any] = session.execute(
        union_all(
            stays.outerjoin(Stay, (Stay.resident_id == Resident.id) & _touches(Stay, agreement)).where(here),
            conditions.join(Condition, (Condition.resident_id == Resident.id) & held).where(here),
        )
    )
    born: dict[UUID, date] = {}
    lived: dict[UUID, list[facts.Stay]] = defaultdict(list)
    had: dict[UUID, list[facts.Condition]] = defaultdict(list)
    for resident_id, birth, first, last, code in rows:
        born[resident_id] = birth
        if code is not None:
            had[resident_id].append(facts.Condition(code, first, last))
        elif first is not None:
            lived[resident_id].append(facts.Stay(first, last))
    return {
        each: facts.Resident(str(each), birth, tuple(lived[each]), tuple(had[each]))
        for each, birth in born.items()
    }


def _touches(stay: type[Stay], agreement: Agreement) -> ColumnElement[bool]:
    return (stay.starts <= agreement.last_day) & or_(stay.ends.is_(None), stay.ends >= agreement.starts)


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
    session: Session, agreement: Agreement, asked: Mapping[UUID, Asked], residing: Collection[UUID]
) -> dict[UUID, dict[str | None, list[facts.Record]]]:
    """The records of the streams asked for, by commitment and the engine's name of the subject (None: the
    institution). One query of columns, no form.

    Bounded by the agreement's days, except for `once`, which takes a resident's older records too; of all
    residents it asks only those `residing` in the term, for no other has a window. Records of subjects that
    were not asked for may be among them.
    """
    parts = _parts(agreement, asked.values(), residing)
    found: dict[UUID, dict[str | None, list[facts.Record]]] = {each: defaultdict(list) for each in asked}
    if not parts:
        return found
    rows = session.execute(union_all(*parts) if len(parts) > 1 else parts[0]).all()
    homes = _homes(asked, found)
    names: dict[UUID | None, str | None] = {None: None}
    for once, id_, service, on, state, outcome, subject, minutes, attendees in rows:
        if subject not in names:
            names[subject] = str(subject)
        name = names[subject]
        record = facts.Record(service, on, state, outcome, name, minutes or 0, attendees or 0, str(id_))
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


_Records = Select[*tuple[Any, ...]]


def _parts(agreement: Agreement, asked: Collection[Asked], residing: Collection[UUID]) -> list[_Records]:
    """Disjoint selects: by the agreement's days and party, and for `once` by anyone at any time."""
    parts = []
    for once in (False, True):
        of_kind = [each for each in asked if each.once == once]
        everyone = not once and any(each.for_residents and each.subjects is None for each in of_kind)
        whole = {
            service
            for each in of_kind
            if everyone or not each.for_residents
            for service in each.clause.services
        }
        single = {service for each in of_kind for service in each.clause.services} - whole
        makeup = max((each.clause.makeup_days for each in of_kind), default=0)
        statement = select(literal(once, Boolean).label("once"), *RECORD_COLUMNS).where(
            ServiceRecord.institution_id == agreement.institution_id,
            ServiceRecord.on <= agreement.last_day + timedelta(days=makeup),
            ServiceRecord.not_counted.is_(None),
        )
        if not once:
            statement = statement.where(
                ServiceRecord.medical_id == agreement.medical_id, ServiceRecord.on >= agreement.starts
            )
        if whole:
            parts.append(statement.where(ServiceRecord.service.in_(whole)))
        if single:
            subjects = {one for each in of_kind if each.for_residents for one in each.subjects or residing}
            parts.append(
                statement.where(ServiceRecord.service.in_(single), ServiceRecord.subject_id.in_(subjects))
            )
    return parts


def demand_requests(session: Session, agreements: Iterable[Agreement]) -> dict[UUID, list[facts.Request]]:
    """By commitment id, the requests on the on-demand commitments of these agreements, oldest first.

    Local times of the agreement. A request counts for every commitment that promises its service.
    """
    wanted = list(agreements)
    asked = requests_of(session, wanted)
    return {
        commitment.id: [
            _request(commitment.key, ZoneInfo(agreement.timezone), row)
            for row in asked.get(agreement.id, ())
            if row.service in commitment.services
        ]
        for agreement in wanted
        for commitment in agreement.commitments
        if commitment.clause.get("kind") == "on_demand"
    }


def _request(key: str, zone: ZoneInfo, row: DemandRow) -> facts.Request:
    answered = row.answered_at.astimezone(zone).replace(tzinfo=None) if row.answered_at else None
    return facts.Request(key, row.asked_at.astimezone(zone).replace(tzinfo=None), answered)
