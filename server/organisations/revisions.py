"""Stamping what phones hold with their institution's revision."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, event, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.db import among
from server.organisations.models import InstitutionRevision
from server.prepared import Prepared, Question

_RAISED = "raised_revisions"


class Revisioned:
    """A row of one care institution that phones hold. Its revision is stamped when it is flushed: no code
    path can change such a row without the phones learning of it."""

    institution_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(BigInteger, default=0)


_RAISE = Prepared(
    update(InstitutionRevision)
    .where(InstitutionRevision.institution_id == bindparam("institution"))
    .values(value=InstitutionRevision.value + 1)
    .returning(InstitutionRevision.value)
)
_HOLD = Prepared(
    select(InstitutionRevision.institution_id)
    .where(among(InstitutionRevision.institution_id, "institutions"))
    .order_by(InstitutionRevision.institution_id)
    .with_for_update()
)


def raise_revisions(session: Session, institutions: Iterable[UUID]) -> dict[UUID, int]:
    """Raise each institution's counter, once per transaction, in id order (writers never deadlock).

    Returns the revision of each. The counter's row stays locked until the transaction ends.
    """
    raised: dict[UUID, int] = session.info.setdefault(_RAISED, {})
    wanted = set(institutions)
    for institution in sorted(wanted - raised.keys()):
        (row,) = _RAISE.rows(session.connection(), {"institution": institution})
        raised[institution] = row[0]
    return {institution: raised[institution] for institution in wanted}


_RAISE_ALL = Prepared(
    update(InstitutionRevision)
    .where(among(InstitutionRevision.institution_id, "institutions"))
    .values(value=InstitutionRevision.value + 1)
)


def raise_locked(
    session: Session, institutions: Iterable[UUID], counters: Mapping[UUID, int]
) -> tuple[dict[UUID, int], list[Question[Any]]]:
    """As `raise_revisions`, for counters that this transaction has locked and read: the revision of each, and
    what must still be run so that they are raised."""
    raised: dict[UUID, int] = session.info.setdefault(_RAISED, {})
    wanted = set(institutions)
    new = wanted - raised.keys()
    raised.update({institution: counters[institution] + 1 for institution in new})
    statements = [_RAISE_ALL.asked({"institutions": new})] if new else []
    return {institution: raised[institution] for institution in wanted}, statements


def hold_revisions(session: Session, institutions: Iterable[UUID]) -> None:
    """Lock the institutions' counters without raising them, in id order, until the transaction ends.

    Writers of one institution queue here; what is read afterwards has all that those before committed.
    """
    if wanted := set(institutions) - session.info.get(_RAISED, {}).keys():
        _HOLD.rows(session.connection(), {"institutions": wanted})


def touch(session: Session, row: Revisioned) -> None:
    """Count a row as changed although none of its columns did (a resident has a new last reading)."""
    row.revision = raise_revisions(session, [row.institution_id])[row.institution_id]


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, _context: Any, _instances: Any) -> None:
    changed = [
        row
        for row in (*session.new, *session.dirty)
        if isinstance(row, Revisioned) and (row in session.new or session.is_modified(row))
    ]
    if not changed:
        return
    raised = raise_revisions(session, {row.institution_id for row in changed})
    for row in changed:
        row.revision = raised[row.institution_id]


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    """A released savepoint ends nothing: what was raised in it stays raised."""
    if not session.in_nested_transaction():
        session.info.pop(_RAISED, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget_rolled_back(session: Session, _previous: Any) -> None:
    """A rolled-back savepoint may have taken a raise with it: raise again when next needed."""
    session.info.pop(_RAISED, None)
