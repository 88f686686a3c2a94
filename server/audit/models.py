"""One row per act. Rows are only ever added."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base
from server.ids import new_id


class AuditEntry(Base):
    """`organisation_id` is the actor's own; `other_id` the other party. `subject_id` is what it was done to;
    `details` holds codes and counts, never names or readings."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "organisation_id", "at"), Index(None, "subject_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    tag: Mapped[str]
    actor_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    other_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
