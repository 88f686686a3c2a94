"""The records behind one window: which count, which do not and why, and how its promise came about.

The engine is asked again: what it answers here is what made the figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.auth.actor import Actor
from server.confirmation.queries import line_views
from server.fulfilment import adapter
from server.fulfilment.models import Obligation
from server.fulfilment.rules.breakdown import Breakdown, breakdown, causes_of
from server.fulfilment.rules.evaluate import Plan, evaluate_stream
from server.fulfilment.rules.explain import Told, explain
from server.rounds.models import Round, ServiceRecord
from server.rounds.queries import LINE_LOADED, round_view, rounds_visible

# Records this far outside the agreement's days are shown with why they do not count; what lies further away
# belongs to another agreement.
MARGIN = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind one obligation: records of its window and those that no window shows, by day."""

    records: Sequence[Told]
    outside: Sequence[Told]
    promise: Breakdown | None


def behind(session: Session, agreement: Agreement, row: Obligation, as_of: date) -> Behind:
    """Explain an obligation (its agreement with commitments, terms and suspensions loaded)."""
    promises = adapter.promises_of(agreement, as_of)
    shared = promises.plans[row.commitment_id]
    subject = row.resident_id
    resident = adapter.people(session, agreement, [subject])[subject] if subject else None
    rows = _records_of(session, agreement, row, shared)
    withheld = [(adapter.record_facts(each), reason) for each in rows if (reason := _withheld(each, shared))]
    stream = evaluate_stream(
        promises.agreement,
        promises.suspensions,
        shared.commitment,
        resident,
        [adapter.record_facts(each) for each in rows if not _withheld(each, shared)],
        as_of=as_of,
        whole_term=True,
        prepared=shared,
    )
    causes = causes_of(shared, promises.suspensions, resident)
    explanation = explain(stream, shared, causes, withheld)
    return Behind(
        explanation.windows.get(row.start, ()), explanation.outside, breakdown(shared, causes, row.start)
    )


def _records_of(
    session: Session, agreement: Agreement, row: Obligation, shared: Plan
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Everyone's records of the stream: what the engine is not given is told with the reason."""
    clause = shared.commitment
    statement = select(
        *adapter.RECORD_COLUMNS,
        ServiceRecord.not_counted,
        (ServiceRecord.medical_id == agreement.medical_id).label("own"),
    ).where(
        ServiceRecord.institution_id == agreement.institution_id,
        ServiceRecord.service.in_(set(clause.services)),
        ServiceRecord.on <= agreement.last_day + timedelta(days=clause.makeup_days) + MARGIN,
    )
    if clause.kind != "once":
        statement = statement.where(ServiceRecord.on >= agreement.starts - MARGIN)
    if row.resident_id:
        statement = statement.where(ServiceRecord.subject_id == row.resident_id)
    return session.execute(statement).all()


def _withheld(row: Row[*tuple[Any, ...]], shared: Plan) -> str | None:
    """Why the engine is not given the record: `once` takes anyone's."""
    if not row.own and shared.commitment.kind != "once":
        return "other_institution"
    reason: str | None = row.not_counted
    return reason


def behind_view(session: Session, actor: Actor, found: Behind) -> dict[str, Any]:
    """The `promise`, `records` and `outside` of the obligation's page, newest first."""
    lines = _lines(session, chain(found.records, found.outside))
    shown = line_views(session, actor, list(lines.values()))
    views = dict(zip(lines, shown, strict=True))
    rounds = {
        each.id: round_view(actor, each)
        for each in session.scalars(
            rounds_visible(actor).where(Round.id.in_({line.round_id for line in lines.values()}))
        )
    }

    def listed(told: Sequence[Told]) -> list[dict[str, Any]]:
        newest = sorted(told, key=lambda each: (each.record.on, _line(lines, each).made_at), reverse=True)
        return [
            {
                **_with_round(views[str(each.record.id)], rounds.get(_line(lines, each).round_id)),
                **_told(each),
            }
            for each in newest
        ]

    return {
        "promise": None if found.promise is None else promise_view(found.promise),
        "records": listed(found.records),
        "outside": listed(found.outside),
    }


def _lines(session: Session, told: Iterable[Told]) -> dict[str, ServiceRecord]:
    ids = {UUID(each.record.id) for each in told if each.record.id}
    statement = select(ServiceRecord).where(ServiceRecord.id.in_(ids)).options(*LINE_LOADED)
    return {str(line.id): line for line in session.scalars(statement)}


def _line(lines: dict[str, ServiceRecord], told: Told) -> ServiceRecord:
    return lines[str(told.record.id)]


def _with_round(line: dict[str, Any], of_line: dict[str, Any] | None) -> dict[str, Any]:
    """Of a round outside the actor's scope only the fact is shown."""
    return {"line": line if of_line else {**line, "form": {}, "assessment": None}, "round": of_line}


def _told(told: Told) -> dict[str, Any]:
    return {
        "verdict": told.did,
        "reported_only": told.reported_only,
        "reasons": list(told.reasons),
        "where": None if told.where is None else dict(zip(("start", "end"), told.where, strict=True)),
        "too_close_to": told.too_close_to,
        "far_enough_on": told.far_enough_on,
        "missing": list(told.missing),
        "ineligible": told.ineligible,
    }


def promise_view(found: Breakdown) -> dict[str, Any]:
    """The days of the period by class and the parts of the formula, in the shape of `PromiseDaysSchema`."""
    same = (
        "length promising not_in_force suspended not_living_here not_eligible too_young without_condition "
        "nothing_promised sum most least min_days promised"
    ).split()
    return {
        **{name: getattr(found, name) for name in same},
        "days": found.length,
        "first": date.fromordinal(found.first),
        "last": date.fromordinal(min(found.last, date.max.toordinal())),
        "partial": found.rule,
        "counts": [{"count": count, "days": days} for count, days in found.counts],
    }
