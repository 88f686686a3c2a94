"""Reading follow-ups."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, joinedload

from server.auth.actor import Actor
from server.auth.scope import visible
from server.followups.models import FollowUp, FollowUpWord

SHOWN = 100
LOADED = (
    joinedload(FollowUp.institution),
    joinedload(FollowUp.medical),
    joinedload(FollowUp.performer),
    joinedload(FollowUp.subject),
    joinedload(FollowUp.word).joinedload(FollowUpWord.by),
)


def named(session: Session, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, FollowUp]:
    """Those of these that the actor may see, by id."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = session.scalars(visible(select(FollowUp), FollowUp, actor).where(FollowUp.id.in_(wanted)))
    return {row.id: row for row in found}


def of_institutions(actor: Actor, institutions: Collection[UUID]) -> Select[FollowUp]:
    """Their duties as phones hold them."""
    return visible(select(FollowUp), FollowUp, actor).where(FollowUp.institution_id.in_(institutions))


def follow_ups(
    session: Session, actor: Actor, wanted: Mapping[str, Any], today: date
) -> tuple[dict[str, int], Sequence[FollowUp]]:
    """Counts, and the first of those wanted (`FollowUpFilterSchema`) by the day on which they are due."""
    names = ("institution_id", "medical_id")
    found = visible(select(FollowUp), FollowUp, actor).where(
        *(getattr(FollowUp, name) == wanted[name] for name in names if name in wanted)
    )
    overdue = and_(FollowUp.state == "open", FollowUp.due_on < today)
    chosen = found.where(*_of_state(wanted.get("state"), overdue))
    subject = found.with_only_columns(
        func.count(case((FollowUp.state == "open", 1))).label("open"), func.count(case((overdue, 1)))
    )
    is_open, is_overdue = session.execute(subject).one()
    total = session.scalar(chosen.with_only_columns(func.count()).order_by(None)) or 0
    counts = {"total": total, "open": is_open, "overdue": is_overdue}
    if "counts_only" in wanted:
        return counts, ()
    rows = session.scalars(chosen.options(*LOADED).order_by(FollowUp.due_on, FollowUp.id).limit(SHOWN)).all()
    return counts, rows


def _of_state(state: str | None, overdue: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    if state is None:
        return ()
    return (overdue,) if state == "overdue" else (FollowUp.state == state,)
