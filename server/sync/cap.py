"""How much a phone can hold."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.errors import Refusal
from server.organisations.models import Organisation
from server.sync.cursor import Cursor, Mark

MAX_ROWS = 10_000


def may_have_grown(cursor: Cursor, current: Mapping[UUID, Mark]) -> bool:
    """Whether to count: where institutions come whole or on several pages, and once a day for what came bit
    by bit. Where nothing is in scope there is nothing to count."""
    if not current:
        return False
    if cursor.begun or current.keys() - cursor.marks.keys():
        return True
    return any(cursor.marks[id_].day != mark.day for id_, mark in current.items())


def check_size(session: Session, sizes: Mapping[UUID, int]) -> None:
    """Refuse more than a phone can hold, naming what to narrow: institutions, the largest first."""
    rows = sum(sizes.values())
    if rows <= MAX_ROWS:
        return
    largest = sorted(sizes, key=lambda id_: (-sizes[id_], id_))
    named = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(largest)))
    names: dict[UUID, str] = dict(iter(named))
    narrow = [{"id": str(id_), "name": names[id_], "rows": sizes[id_]} for id_ in largest]
    raise Refusal("too_many_rows", limit=MAX_ROWS, rows=rows, institutions=narrow)
