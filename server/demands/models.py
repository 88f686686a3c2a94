"""Requests on demand: a care institution asks for a service now, and how soon it was answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.auth.actor import Actor
from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation, in_regions
from server.residents.models import Resident


class Demand(Base):
    """A request made by care staff, who alone start the clock: a clinician cannot set her own response rate.

    `answered_at` is when the medical institution took it up, by the server's clock, or, when staff say it for
    them (`stated`), the time staff name. Instants are whole milliseconds, as the wire shows them. Withdrawn
    requests count nowhere.
    """

    __tablename__ = "demands"
    __table_args__ = (
        CheckConstraint("answered_at IS NULL OR answered_at >= asked_at", name="order"),
        Index(None, "institution_id", "medical_id", "asked_at"),
        Index(None, "medical_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    medical_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    service: Mapped[str]
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resident.id))
    note: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))
    stated: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))

    institution: Mapped[Organisation] = relationship(foreign_keys=[institution_id], lazy="raise")
    medical: Mapped[Organisation] = relationship(foreign_keys=[medical_id], lazy="raise")
    subject: Mapped[Resident | None] = relationship(lazy="raise")
    asked_by: Mapped[Account] = relationship(foreign_keys=[asked_by_id], lazy="raise")
    answered_by: Mapped[Account | None] = relationship(foreign_keys=[answered_by_id], lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Who asks, who is asked, and the regulators of the care institution's region."""
        overseen = select(Organisation.id).where(in_regions(actor))
        return or_(
            cls.medical_id.in_(actor.medical),
            cls.institution_id.in_(actor.care),
            cls.institution_id.in_(overseen),
        )
