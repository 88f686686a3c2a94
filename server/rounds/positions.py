"""Raw coordinates: read again by whoever judges a refused entry anew, and deleted after 90 days.

What is drawn from them stays: the distance in whole metres, the accuracy, the grade.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.checkin.rules import Fix
from server.rounds.models import Position

KEPT = timedelta(days=90)


def position_of(session: Session, entry_id: UUID) -> Fix | None:
    """The coordinates of an entry (of a refused one: by its row in the ledger), while they are kept."""
    kept = session.get(Position, entry_id)
    return Fix(kept.latitude, kept.longitude, kept.accuracy_m) if kept else None


def forget_positions(session: Session, now: datetime) -> int:
    """Delete those that arrived more than 90 days ago; how many."""
    old = delete(Position).where(Position.received_at < now - KEPT)
    return len(session.scalars(old.returning(Position.entry_id)).all())
