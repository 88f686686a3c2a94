"""What the care institution's staff said of each line. Appended, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.db import Base
from server.ids import new_id
from server.rounds.models import ServiceRecord


class ConfirmationAct(Base):
    """One person's word on one version of one line: confirmed, or disputed with a reason."""

    __tablename__ = "confirmation_acts"
    __table_args__ = (
        CheckConstraint("act IN ('confirm', 'dispute')", name="act"),
        Index(None, "record_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRecord.id))
    version: Mapped[int]
    act: Mapped[str]
    entry_id: Mapped[UUID]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_name: Mapped[str]
    reason: Mapped[str | None]
    text: Mapped[str | None]

    record: Mapped[ServiceRecord] = relationship(lazy="raise")
    by: Mapped[Account] = relationship(lazy="raise")
