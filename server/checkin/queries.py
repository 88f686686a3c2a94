"""Reading posters."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.checkin.models import Poster


def current_poster(session: Session, institution_id: UUID) -> Poster | None:
    return current_posters(session, [institution_id]).get(institution_id)


def current_posters(session: Session, institutions: Iterable[UUID]) -> dict[UUID, Poster]:
    """The poster that counts, by institution."""
    rows = session.scalars(
        select(Poster).where(Poster.institution_id.in_(set(institutions))).order_by(Poster.version)
    )
    return {row.institution_id: row for row in rows}
