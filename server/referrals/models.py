"""Referrals: a resident is sent from one medical institution to another, step by step."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.auth.actor import Actor
from server.db import Base
from server.demands.models import Demand
from server.ids import new_id
from server.organisations.models import Organisation, in_regions
from server.residents.models import Resident


class Referral(Base):
    """One resident on the way to a hospital or back. `state` follows from the steps.

    Where it was asked for in a round, the round's line of the same id is the service recorded: what the form
    says is the line's. `receiver_id` is None where the hospital does not use this product: its name is in the
    form. `requested_at` is the phone's corrected clock, `received_at` is when the server had the request: the
    receiver could know of it from then on. `asked_at` is that, or when the care institution called
    (`demand_id`). `answered_at` likewise is the server's: nobody sets their own time.
    """

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint("direction IN ('green_channel', 'up', 'down')", name="direction"),
        CheckConstraint(
            "state IN ('requested', 'accepted', 'declined', 'departed', 'arrived', 'closed', 'void')",
            name="state",
        ),
        Index(None, "institution_id", "changed_at"),
        Index(None, "sender_id", "changed_at"),
        Index(None, "receiver_id", "changed_at"),
        Index(None, "demand_id", unique=True),
        Index(None, "from_id"),
        Index(None, "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    sender_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    receiver_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organisation.id))
    subject_id: Mapped[UUID] = mapped_column(ForeignKey(Resident.id))
    service: Mapped[str]
    direction: Mapped[str]
    form: Mapped[dict[str, Any]]
    reading_id: Mapped[UUID | None]
    from_id: Mapped[UUID | None]
    demand_id: Mapped[UUID | None] = mapped_column(ForeignKey(Demand.id))
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    received_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))
    state: Mapped[str]
    changed_at: Mapped[datetime]

    institution: Mapped[Organisation] = relationship(foreign_keys=[institution_id], lazy="raise")
    sender: Mapped[Organisation] = relationship(foreign_keys=[sender_id], lazy="raise")
    receiver: Mapped[Organisation | None] = relationship(foreign_keys=[receiver_id], lazy="raise")
    subject: Mapped[Resident] = relationship(lazy="raise")
    requested_by: Mapped[Account] = relationship(foreign_keys=[requested_by_id], lazy="raise")
    steps: Mapped[list["ReferralStep"]] = relationship(order_by="ReferralStep.at", lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Who sends, who receives, where the resident lives, and the regulators of that region."""
        overseen = select(Organisation.id).where(in_regions(actor))
        return or_(
            cls.sender_id.in_(actor.medical),
            cls.receiver_id.in_(actor.medical),
            cls.institution_id.in_(actor.care),
            cls.institution_id.in_(overseen),
        )


class ReferralStep(Base):
    """One thing said of a referral; its id is the entry that said it. `said` holds what goes with the act:
    `reason`, `outcome`, `text`, and of the family `name` and `relation`."""

    __tablename__ = "referral_steps"
    __table_args__ = (Index(None, "referral_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey(Referral.id))
    act: Mapped[str]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    said: Mapped[dict[str, Any]]

    by: Mapped[Account] = relationship(lazy="raise")
