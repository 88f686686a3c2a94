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
    """One entry by the names of its columns, for those who write many at once.

    An act that concerns no organisation in particular (one's own password, say) belongs to the actor's.
    """
    return {
        "id": new_id(),
        "at": now,
        "tag": tag.value,
        "actor_id": actor.id if actor else None,
        "session_id": actor.session_id if actor else None,
        "organisation_id": organisation or _home(actor),
        "other_id": other,
        "subject_id": subject,
        "details": details,
    }


def _home(actor: Actor | None) -> UUID | None:
    """The actor's organisation; of several always the same one."""
    return min((each.organisation_id for each in actor.memberships), default=None) if actor else None
