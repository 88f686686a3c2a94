"""Keeping the number of adjustments of each agreement true: the worker's part after publishing.

What changes an agreement's windows marks it; that a window comes due is known by its day.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, insert, select, tuple_, update
from sqlalchemy.orm import Session

from server import clock
from server.publishing.adjusting import Pair, coming, counted
from server.publishing.models import ChangedAgreement, PublishedAgreement, PublishedPeriod, State
from server.publishing.rules import TIMEZONE

# Agreements in one short transaction, each in all periods that were published of it.
AGREEMENTS = 100


def compare_changed(session: Session, now: datetime, limit: int = AGREEMENTS) -> int:
    """Count the adjustments of some agreements again, marked or with a window that came due; how many.

    A mark that is newer than the one read here stays.
    """
    today = clock.local_day(now, TIMEZONE)
    marks = session.execute(
        select(ChangedAgreement.agreement_id, ChangedAgreement.marked_at)
        .order_by(ChangedAgreement.agreement_id)
        .limit(limit)
    )
    seen: dict[UUID, datetime] = dict(iter(marks))
    ids = {*seen, *_overdue(session, today, limit - len(seen))}
    if ids:
        _keep(session, ids, today)
    version = tuple_(ChangedAgreement.agreement_id, ChangedAgreement.marked_at)
    session.execute(delete(ChangedAgreement).where(version.in_(list(seen.items()))))
    return len(ids)


def _overdue(session: Session, today: date, limit: int) -> Collection[UUID]:
    return session.scalars(
        select(PublishedAgreement.agreement_id)
        .join(PublishedPeriod, PublishedPeriod.id == PublishedAgreement.published_id)
        .where(PublishedAgreement.due_on <= today, PublishedPeriod.state == State.PUBLISHED)
        .distinct()
        .limit(limit)
    ).all()


def _keep(session: Session, ids: Collection[UUID], today: date) -> None:
    """Write what differs. An agreement that was not in a period gets a row when something of it is new."""
    counts, due = counted(session, ids, today), coming(session, ids, today)
    kept = _kept(session, ids)
    changed = [
        {**_named(pair), "adjustments": counts[pair], "due_on": due.get(pair)}
        for pair, before in sorted(kept.items())
        if before != (counts[pair], due.get(pair))
    ]
    if changed:
        session.execute(update(PublishedAgreement), changed)
    missing = sorted(counts.keys() - kept.keys())
    if missing:
        rows = [_late(pair, counts[pair], due.get(pair)) for pair in missing]
        session.connection().execute(insert(cast(Table, PublishedAgreement.__table__)), rows)


def _kept(session: Session, ids: Collection[UUID]) -> dict[Pair, tuple[int, date | None]]:
    row = PublishedAgreement
    rows = session.execute(
        select(row.published_id, row.agreement_id, row.adjustments, row.due_on)
        .join(PublishedPeriod, PublishedPeriod.id == row.published_id)
        .where(row.agreement_id.in_(ids), PublishedPeriod.state == State.PUBLISHED)
    )
    return {(published, one): (count, due_on) for published, one, count, due_on in rows}


def _named(pair: Pair) -> dict[str, UUID]:
    return dict(zip(("published_id", "agreement_id"), pair, strict=True))


def _late(pair: Pair, adjustments: int, due_on: date | None) -> dict[str, Any]:
    nothing: dict[str, Any] = {"in_force": False, "rows": 0, "rated": True, "counts": []}
    return {**_named(pair), **nothing, "adjustments": adjustments, "due_on": due_on}
