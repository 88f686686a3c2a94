"""What was said of each line: by staff, by its clinician, and by who rules. Appended, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.db import Base
from server.ids import new_id
from server.rounds.models import ServiceRecord


class ConfirmationAct(Base):
    """One person's word on one version of one line: staff confirm it, or dispute it with a reason; its
    clinician upholds what was disputed, with a reason."""

    __tablename__ = "confirmation_acts"
    __table_args__ = (
        CheckConstraint("act IN ('confirm', 'dispute', 'uphold')", name="act"),
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


class Ruling(Base):
    """What a manager of one party, or the regulator, says of a dispute on which the clinician stands.

    `settles`: with this one the dispute was settled, as `verdict`.
    """

    __tablename__ = "rulings"
    __table_args__ = (
        CheckConstraint("party IN ('medical', 'care', 'regulator')", name="party"),
        CheckConstraint("verdict IN ('confirmed', 'void')", name="verdict"),
        Index(None, "record_id", "at"),
        Index(None, "dispute_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey(ConfirmationAct.id))
    record_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRecord.id))
    version: Mapped[int]
    party: Mapped[str]
    verdict: Mapped[str]
    text: Mapped[str]
    settles: Mapped[bool]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]

    by: Mapped[Account] = relationship(lazy="raise")
