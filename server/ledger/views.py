"""Rows of the ledger as managers read them."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.ledger.queries import LedgerPage, Named, form_of, institutions_of, tombstones_of
from server.ledger.service import Judged
from server.sync.models import LedgerEntry, Tombstone
from server.web.messages import text_of

_SAME = "id entry_id kind round_id device_name received_at decided_at outcome code".split()


def page_view(session: Session, actor: Actor, page: LedgerPage) -> dict[str, Any]:
    """In the shape of `LedgerSchema`."""
    return {"entries": _entry_views(session, actor, page.rows), "next": page.next}


def received_view(session: Session, actor: Actor, rows: Sequence[LedgerEntry]) -> dict[str, Any]:
    """In the shape of `ReceivedSchema`; the first row is the one that was asked for."""
    entry, *others = _entry_views(session, actor, rows)
    return {"entry": entry, "others": others, "form": form_of(session, actor, rows[0])}


def _entry_views(session: Session, actor: Actor, rows: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    places = institutions_of(session, actor, rows)
    dropped = tombstones_of(session, rows)
    return [_entry_view(row, places.get(row.id), dropped.get((row.author_id, row.entry_id))) for row in rows]


def _entry_view(row: LedgerEntry, place: Named | None, dropped: Tombstone | None) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _SAME},
        "author": row.author,
        "institution": place,
        "message": text_of(row.code) if row.code else None,
        "mend": _mend(row),
        "fields_": _fields(row),
        "content": json.loads(row.content, parse_constant=str),  # with NaN no browser could read the page
        "imported_by": row.imported_by.name if row.imported_by else None,
        "repaired": {"by": row.repaired_by.name, "at": row.repaired_at} if row.repaired_by else None,
        "repair_of": row.repair_of_id,
        "dropped": dropped,
    }


def _mend(row: LedgerEntry) -> str | None:
    """What to do about it, in words, while there is something to do."""
    if row.outcome != "refused":
        return None
    key = f"mend_{row.code}"
    words = text_of(key)
    return None if words == key else words


def _fields(row: LedgerEntry) -> list[dict[str, Any]]:
    found = json.loads(row.fields) if row.fields else []
    return [{name: value for name, value in field.items() if value is not None} for field in found]


def judged_view(judged: Judged) -> dict[str, Any]:
    return {**judged._asdict(), "message": text_of(judged.code) if judged.code else None}
