"""From the database to the engine: what an agreement promises, who lives there, what was recorded.

The adapter decides what reaches the engine: records of the performing medical party only (for `once`
anyone's), by performers qualified that day. The engine decides everything else.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, cast as cast_type
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    Uuid,
    bindparam,
    cast,
    exists,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from server.agreements.models import Agreement, Commitment, CommitmentTerm, Suspension
from server.db import among
from server.demands.queries import DemandRow, requests_of
from server.errors import FieldError, Refusal
from server.fulfilment.records import Bounds
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import Plan, plan
from server.fulfilment.rules.reading import load
from server.fulfilment.rules.scenario import ScenarioError, parse_commitment, parse_scenario
from server.given import Given
from server.prepared import Prepared, Question, ask
from server.residents.models import Condition, Resident, Stay
from server.rounds.models import ServiceRecord

COUNTED_STATES = ("active", "terminated")


@dataclass(frozen=True, slots=True)
class Promises:
    """An agreement as the engine reads it, and its parties; `plans` by commitment id share the work between
    residents."""

    id: UUID
    institution_id: UUID
    medical_id: UUID
    timezone: str
    agreement: facts.Agreement
    suspensions: tuple[facts.Suspension, ...]
    plans: dict[UUID, Plan]

    @property
    def starts(self) -> date:
        return self.agreement.starts

    @property
    def last_day(self) -> date:
        return self.agreement.last_day


def _promised(chosen: ColumnElement[bool]) -> Prepared:
    """Of the chosen agreements a row for each commitment, its terms and the suspensions, all beside all."""
    return Prepared(
        select(
            Agreement.id,
            Agreement.institution_id,
            Agreement.medical_id,
            Agreement.timezone,
            Agreement.starts,
            Agreement.ends,
            Agreement.terminated_on,
            Suspension.starts,
            Suspension.ends,
            Commitment.id,
            Commitment.key,
            cast(Commitment.clause, String),
            CommitmentTerm.starts,
            CommitmentTerm.count,
        )
        .outerjoin(Suspension, Suspension.agreement_id == Agreement.id)
        .outerjoin(Commitment, Commitment.agreement_id == Agreement.id)
        .outerjoin(CommitmentTerm, CommitmentTerm.commitment_id == Commitment.id)
        .where(chosen)
        .order_by(Agreement.id, Commitment.position, CommitmentTerm.starts, Suspension.starts)
    )


_PROMISED = _promised(Agreement.id == bindparam("agreement"))
_IN_FORCE = _promised(
    among(Agreement.institution_id, "institutions")
    & or_(*(Agreement.state == each for each in COUNTED_STATES))
    & (Agreement.last_day >= bindparam("ended_after"))
)


def promises(session: Session, agreement_id: UUID) -> Promises:
    """What an agreement promises, as the database has it now. Raises ScenarioError for a clause that the
    engine does not accept: none is stored without having been read once (`promises_of`)."""
    (found,) = _read(_PROMISED.rows(session.connection(), {"agreement": agreement_id}))
    return found


def in_force(session: Session, institutions: Collection[UUID], ended_after: date) -> list[Promises]:
    """What the agreements of these institutions promise that count, but for those that ended before."""
    found: list[Promises]
    (found,) = ask(session.connection(), in_force_asked(institutions, ended_after))
    return found


def in_force_asked(institutions: Collection[UUID], ended_after: date) -> Question[list[Promises]]:
    """The question of `in_force`, to be asked with others."""
    given = {"institutions": institutions, "ended_after": ended_after}
    return Question(_IN_FORCE, given, lambda rows: list(_read(rows)))


def _read(rows: Iterable[Sequence[Any]]) -> Iterator[Promises]:
    for (id_, institution_id, medical_id, timezone, *days), of_one in groupby(rows, key=_OF_AGREEMENT):
        agreement = facts.Agreement(*days)
        pauses: dict[facts.Suspension, None] = {}
        terms: dict[tuple[UUID, str, str], dict[date, int]] = {}
        for *_, pause, resumed, commitment_id, key, clause, since, count in of_one:
            if pause is not None:
                pauses[facts.Suspension(pause, resumed)] = None
            if commitment_id is not None:
                of_commitment = terms.setdefault((commitment_id, key, clause), {})
                if since is not None:
                    of_commitment[since] = count
        suspensions = tuple(pauses)
        plans = {
            commitment_id: _plan(agreement, suspensions, key, clause, tuple(of_commitment.items()))
            for (commitment_id, key, clause), of_commitment in terms.items()
        }
        yield Promises(id_, institution_id, medical_id, timezone, agreement, suspensions, plans)


_OF_AGREEMENT = itemgetter(slice(0, 7))


@lru_cache(maxsize=2048)
def _plan(
    agreement: facts.Agreement,
    suspensions: tuple[facts.Suspension, ...],
    key: str,
    clause: str,
    terms: tuple[tuple[date, int], ...],
) -> Plan:
    """Kept by all that it is made of, read from the database each time: a change there is another plan."""
    said = cast_type(dict[str, object], load(clause))
    document = {**said, **_named(key, terms)}
    return plan(agreement, suspensions, parse_commitment(document, key, agreement))


def _named(key: str, terms: Iterable[tuple[date, int]]) -> dict[str, object]:
    return {"key": key, "terms": [{"from": since.isoformat(), "count": count} for since, count in terms]}


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
        agreement.id,
        agreement.institution_id,
        agreement.medical_id,
        agreement.timezone,
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
    clause = {
        name: Decimal(str(value)) if isinstance(value, float) else value
        for name, value in commitment.clause.items()
    }
    return {**clause, **_named(commitment.key, ((term.starts, term.count) for term in commitment.terms))}


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
        state=cast_type(facts.State, record.state),  # a check constraint keeps these two columns to the
        outcome=cast_type(facts.Outcome, record.outcome),  # engine's states and outcomes
        subject=str(record.subject_id) if record.subject_id else None,
        minutes=record.minutes or 0,
        attendees=record.attendees or 0,
        id=str(record.id),
    )


def people(session: Session, agreement: Bounds, ids: Collection[UUID] | None) -> dict[UUID, facts.Resident]:
    """Residents with the stays and conditions that touch the agreement's days: those named, or all such.

    One query of columns. Stays and conditions outside the term change nothing that it promises.
    """
    found: dict[UUID, facts.Resident]
    (found,) = ask(session.connection(), people_asked(agreement, ids))
    return found


def people_asked(agreement: Bounds, ids: Collection[UUID] | None) -> Question[dict[UUID, facts.Resident]]:
    """The question of `people`, to be asked with others."""
    days = {"first": agreement.starts, "last": agreement.last_day}
    given = {"institution": agreement.institution_id, **days}
    if ids is None:
        return Question(_ALL_PEOPLE, given, _residents)
    return Question(_PEOPLE, given | _NAMED.parameters([(one,) for one in ids]), _residents)


def _residents(rows: Iterable[Sequence[Any]]) -> dict[UUID, facts.Resident]:
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


def _touching(
    starts: InstrumentedAttribute[date],
    ends: InstrumentedAttribute[date] | InstrumentedAttribute[date | None],
) -> ColumnElement[bool]:
    return (starts <= bindparam("last")) & or_(ends.is_(None), ends >= bindparam("first"))


def _people(chosen: ColumnElement[bool]) -> Prepared:
    here = (Resident.institution_id == bindparam("institution")) & chosen
    no_code = cast_type(ColumnElement[str | None], literal(None, String))
    stayed = (Stay.resident_id == Resident.id) & _touching(Stay.starts, Stay.ends)
    ill = (Condition.resident_id == Resident.id) & _touching(Condition.since, Condition.until)
    stays = select(Resident.id, Resident.born, Stay.starts, Stay.ends, no_code.label("code"))
    conditions = select(Resident.id, Resident.born, Condition.since, Condition.until, Condition.code)
    return Prepared(
        union_all(stays.outerjoin(Stay, stayed).where(here), conditions.join(Condition, ill).where(here))
    )


_ANY_STAY = aliased(Stay)
_NAMED = Given("named", id=Uuid())
_PEOPLE = _people(Resident.id == _NAMED["id"])
_ALL_PEOPLE = _people(
    exists().where(_ANY_STAY.resident_id == Resident.id, _touching(_ANY_STAY.starts, _ANY_STAY.ends))
)


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
