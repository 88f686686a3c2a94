"""A page of a published period: agreements with their rates then and now, and what was adjusted.

Columns only, and as many queries for a province as for a town: what is read grows with the page alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.auth.scope import visible
from server.fulfilment.models import CommitmentWindow
from server.organisations.models import Organisation
from server.publishing.adjusting import Adjustment, adjustments
from server.publishing.freezing import kept_rates
from server.publishing.models import PublishedAgreement as Kept, PublishedPeriod
from server.publishing.queries import due_sums, owned, parts_of, present_requests, span_of
from server.publishing.rules import Rates, Row, rates_of

PAGE = 200
_MEDICAL, _CARE = aliased(Organisation), aliased(Organisation)


class Party(NamedTuple):
    """An agreement's number and parties."""

    id: UUID
    number: str
    medical_id: UUID
    medical: str
    care_id: UUID
    care: str


_PARTY = (
    Agreement.id,
    Agreement.number,
    Agreement.medical_id,
    _MEDICAL.name,
    Agreement.institution_id,
    _CARE.name,
)


class Promised(NamedTuple):
    """A commitment's names and kind, and whose it is."""

    title_zh: str
    title_en: str
    kind: str
    party: Party


@dataclass(frozen=True, slots=True)
class Listed:
    """An agreement with its rates as published and as of today."""

    party: Party
    frozen: Rates
    now: Rates
    changed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `PAGE` of each, of how many in all; `promised` are the commitments of the adjustments by id."""

    agreements: Sequence[Listed]
    agreements_total: int
    adjustments: Sequence[Adjustment]
    adjustments_total: int
    promised: Mapping[UUID, Promised]


def page_of(session: Session, actor: Actor, period: PublishedPeriod, today: date, page: int) -> Page:
    """The `page`-th page (from 1) of the agreements that the actor may see, those that changed first."""
    first = (page - 1) * PAGE
    kept = _kept(actor, period)
    total, adjusted = session.execute(
        kept.with_only_columns(func.count(), func.coalesce(func.sum(Kept.adjustments), 0))
    ).one()
    rows = _rows(session, kept, first)
    changed = {party.id for party, adjusted, _ in rows if adjusted}
    chosen, passed = _chosen(session, kept, first)
    asked = present_requests(session, period, changed.union(chosen), today)
    now = _present_rates(session, period, changed, asked, today)  # of the others they are the frozen ones
    listed = [Listed(party, then, now.get(party.id, then), bool(adjusted)) for party, adjusted, then in rows]
    found = adjustments(session, period, chosen, asked, today)
    shown = [row for one in chosen for row in found.get(one, ())][passed:][:PAGE]
    return Page(listed, total, shown, int(adjusted), _promised(session, {row.commitment_id for row in shown}))


def _kept(actor: Actor, period: PublishedPeriod) -> Select[Any]:
    """The kept rows of what was frozen or is new, with their agreements."""
    known = or_(Kept.rows > 0, Kept.adjustments > 0)
    statement = select(Kept.agreement_id).join(Agreement, Agreement.id == Kept.agreement_id)
    return visible(statement, Agreement, actor).where(Kept.published_id == period.id, known)


def _rows(session: Session, kept: Select[Any], first: int) -> list[tuple[Party, int, Rates]]:
    """Agreements from the `first`-th on, each with the number of its adjustments and its frozen rates."""
    rates = (Kept.confirmed_rate, Kept.reported_rate, Kept.on_time_rate)
    order = (case((Kept.adjustments > 0, 0), else_=1), Agreement.number, Agreement.id)
    named = _with_names(kept.with_only_columns(Kept.adjustments, *rates, *_PARTY))
    rows = session.execute(named.order_by(*order).offset(first).limit(PAGE))
    return [
        (Party(*party), count, kept_rates(confirmed, reported, on_time))
        for count, confirmed, reported, on_time, *party in rows
    ]


def _with_names(statement: Any) -> Any:
    return statement.join(_MEDICAL, _MEDICAL.id == Agreement.medical_id).join(
        _CARE, _CARE.id == Agreement.institution_id
    )


def _chosen(session: Session, kept: Select[Any], first: int) -> tuple[list[UUID], int]:
    """The agreements in which a page of adjustments from the `first`-th on lies, and how many of theirs stand
    before it; the kept numbers tell."""
    until = func.sum(Kept.adjustments).over(order_by=(Agreement.number, Agreement.id))
    numbered = (
        kept.with_only_columns(Kept.agreement_id, Kept.adjustments, until.label("until"))
        .where(Kept.adjustments > 0)
        .subquery()
    )
    before = numbered.c.until - numbered.c.adjustments
    rows = session.execute(
        select(numbered.c.agreement_id, before)
        .where(numbered.c.until > first, before < first + PAGE)
        .order_by(numbered.c.until)
    ).all()
    return [agreement_id for agreement_id, _ in rows], first - int(rows[0][1]) if rows else 0


def _present_rates(
    session: Session, period: PublishedPeriod, ids: Collection[UUID], asked: Mapping[UUID, Row], today: date
) -> dict[UUID, Rates]:
    """By agreement, of these ones, the rates of the same period as of `today`."""
    due = due_sums(session, CommitmentWindow, ids, today, owned(span_of(period)))
    answered = {row.commitment_id: row.totals for row in asked.values()}
    return {one: rates_of(parts) for one, parts in parts_of(session, due | answered, ids).items()}


def _promised(session: Session, ids: Collection[UUID]) -> dict[UUID, Promised]:
    """Of commitments that were found within the actor's scope."""
    kind = func.coalesce(Commitment.clause["kind"].as_string(), "periodic")
    columns: Select[Any] = select(Commitment.id, Commitment.title_zh, Commitment.title_en, kind, *_PARTY)
    named = _with_names(columns.join(Agreement, Agreement.id == Commitment.agreement_id))
    rows = session.execute(named.where(Commitment.id.in_(ids)))
    return {one: Promised(zh, en, kind, Party(*party)) for one, zh, en, kind, *party in rows}
