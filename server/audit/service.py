"""Writing the trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from server.audit.models import AuditEntry
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.ids import new_id


def record(
    session: Session,
    actor: Actor | None,
    tag: Tag,
    now: datetime,
    *,
    subject: UUID | None = None,
    organisation: UUID | None = None,
    other: UUID | None = None,
    **details: Any,
) -> None:
    """Add one entry; `actor` is None for the operator's commands and failed sign-ins."""
    session.add(
        AuditEntry(
            **entry(actor, tag, now, subject=subject, organisation=organisation, other=other, **details)
        )
    )


def entry(
    actor: Actor | None,
    tag: Tag,
    now: datetime,
    *,
    subject: UUID | None,
    organisation: UUID | None,
    other: UUID | None,
    **details: Any,
) -> dict[str, Any]:
    """One entry by the names of its columns, for those who write many at once."""
    return {
        "id": new_id(),
        "at": now,
        "tag": tag.value,
        "actor_id": actor.id if actor else None,
        "session_id": actor.session_id if actor else None,
        "organisation_id": organisation,
        "other_id": other,
        "subject_id": subject,
        "details": details,
    }
