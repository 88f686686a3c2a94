"""Reading how far the trail is sealed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry


def oldest_unsealed(session: Session) -> datetime | None:
    """When the oldest entry was made that waits for its seal; ids sort by that."""
    return session.scalar(
        select(AuditEntry.at).where(AuditEntry.seq.is_(None)).order_by(AuditEntry.id).limit(1)
    )
