"""A page of a published period: agreements with their rates then and now, and what was adjusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from server.agreements.models import Agreement
from server.agreements.queries import agreements_with_parties
from server.auth.actor import Actor
from server.auth.scope import visible
from server.fulfilment.models import CommitmentWindow
from server.publishing.adjusting import Adjustment, adjustments
from server.publishing.freezing import kept_rates
from server.publishing.models import PublishedAgreement as Kept, PublishedPeriod
from server.publishing.queries import due_sums, owned, parts_of, requests_of, span_of
from server.publishing.rules import Rates, rates_of

PAGE = 200
_ORDER = (case((Kept.adjustments > 0, 0), else_=1), Agreement.number, Agreement.id)


@dataclass(frozen=True, slots=True)
class Listed:
    """An agreement (parties and commitments loaded) with its rates as published and as of today."""

    agreement: Agreement
    frozen: Rates
    now: Rates
    changed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `PAGE` of each, of how many in all; `parties` are the agreements of the adjustments."""

    agreements: Sequence[Listed]
    agreements_total: int
    adjustments: Sequence[Adjustment]
    adjustments_total: int
    parties: Sequence[Agreement]


def page_of(session: Session, actor: Actor, period: PublishedPeriod, today: date, page: int) -> Page:
    """The `page`-th page (from 1) of the agreements that the actor may see, those that changed first."""
    first = (page - 1) * PAGE
    kept = _kept(actor, period)
    total, adjusted = session.execute(
        kept.with_only_columns(func.count(), func.coalesce(func.sum(Kept.adjustments), 0))
    ).one()
    rows = _adjustments(session, kept, period, today, first)
    named = {row.agreement_id for row in rows}
    parties = session.scalars(agreements_with_parties(actor).where(Agreement.id.in_(named))).all()
    return Page(_listed(session, actor, kept, period, today, first), total, rows, int(adjusted), parties)


def _kept(actor: Actor, period: PublishedPeriod) -> Select[Any]:
    """The kept rows of what was frozen or is new, with their agreements."""
    seen = visible(select(Agreement.id), Agreement, actor)
    return (
        select(Kept)
        .join(Agreement, Agreement.id == Kept.agreement_id)
        .where(
            Kept.published_id == period.id,
            or_(Kept.rows > 0, Kept.adjustments > 0),
            Agreement.id.in_(seen),
        )
    )


def _listed(
    session: Session, actor: Actor, kept: Select[Any], period: PublishedPeriod, today: date, first: int
) -> list[Listed]:
    rows: Sequence[Kept] = session.scalars(kept.order_by(*_ORDER).offset(first).limit(PAGE)).all()
    ids = {row.agreement_id for row in rows}
    found = session.scalars(agreements_with_parties(actor).where(Agreement.id.in_(ids))).all()
    agreements = {each.id: each for each in found}
    changed = [agreements[row.agreement_id] for row in rows if row.adjustments]
    now = _present_rates(session, period, changed, today)  # of the others they are the frozen ones
    frozen = {
        row.agreement_id: kept_rates(row.confirmed_rate, row.reported_rate, row.on_time_rate) for row in rows
    }
    return [Listed(agreements[one], rates, now.get(one, rates), one in now) for one, rates in frozen.items()]


def _adjustments(
    session: Session, kept: Select[Any], period: PublishedPeriod, today: date, first: int
) -> list[Adjustment]:
    """A page from the `first`-th on: the kept numbers tell which agreements have them; these are compared."""
    adjusted = kept.with_only_columns(Kept.agreement_id, Kept.adjustments).where(Kept.adjustments > 0)
    chosen: list[UUID] = []
    before, passed = 0, 0
    for agreement_id, count in session.execute(adjusted.order_by(Agreement.number, Agreement.id)):
        if before + count <= first:
            passed += count
        elif before < first + PAGE:
            chosen.append(agreement_id)
        before += count
    found = adjustments(session, period, chosen, today)
    rows = [row for agreement_id in chosen for row in found.get(agreement_id, ())]
    return rows[first - passed :][:PAGE]


def _present_rates(
    session: Session, period: PublishedPeriod, agreements: Sequence[Agreement], today: date
) -> Mapping[UUID, Rates]:
    """By agreement (commitments loaded), the rates of the same period as of `today`."""
    span = span_of(period)
    due = due_sums(session, CommitmentWindow, agreements, today, owned(span))
    answered = {row.commitment_id: row.totals for row in requests_of(session, agreements, span, today)}
    return {each.id: rates_of(parts_of(each, due | answered)) for each in agreements}
