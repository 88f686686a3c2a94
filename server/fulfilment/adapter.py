"""From the database to the engine: what an agreement promises, who lives there, what was recorded.

The adapter decides what reaches the engine: records of the performing medical party only (for `once`
anyone's), by performers qualified that day. The engine decides everything else.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, selectinload

from server.agreements.models import Agreement, Commitment
from server.errors import FieldError, Refusal
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import Plan, plan
from server.fulfilment.rules.scenario import ScenarioError, parse_scenario
from server.residents.models import Resident
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


def resident_facts(resident: Resident) -> facts.Resident:
    """A resident with stays and conditions loaded."""
    return facts.Resident(
        id=str(resident.id),
        born=resident.born,
        stays=tuple(facts.Stay(stay.starts, stay.ends) for stay in resident.stays),
        conditions=tuple(facts.Condition(each.code, each.since, each.until) for each in resident.conditions),
    )


def residents(
    session: Session, institutions: Iterable[UUID], ids: Iterable[UUID] | None = None
) -> Sequence[Resident]:
    """Residents with what decides their eligibility: all of the institutions', or those named."""
    statement = (
        select(Resident)
        .where(Resident.institution_id.in_(set(institutions)))
        .options(selectinload(Resident.stays), selectinload(Resident.conditions))
        .order_by(Resident.id)
    )
    if ids is not None:
        statement = statement.where(Resident.id.in_(set(ids)))
    return session.scalars(statement).all()


def relevant_records(
    agreement: Agreement, services: Iterable[str], makeup_days: int, *, once: bool
) -> Select[ServiceRecord]:
    """The records that can matter to commitments on these services, whatever their state."""
    statement = select(ServiceRecord).where(
        ServiceRecord.institution_id == agreement.institution_id,
        ServiceRecord.service.in_(set(services)),
        ServiceRecord.on <= agreement.last_day + timedelta(days=makeup_days),
    )
    if once:
        return statement
    return statement.where(
        ServiceRecord.medical_id == agreement.medical_id, ServiceRecord.on >= agreement.starts
    )


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


def record_facts(record: ServiceRecord | Row[*tuple[Any, ...]]) -> facts.Record:
    """A record as the engine reads it: the entity, or a row of `RECORD_COLUMNS`."""
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
