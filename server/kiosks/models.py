"""Kiosks, the invitations that enrol them, and which of their codes were used."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.auth.actor import Actor
from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation


class Kiosk(Base):
    """A screen of a care institution. Only the public half of its key ever leaves it: `{kty, crv, x, y}`.

    `jumps` counts how often its wall clock moved against its monotonic one, as it says itself. `revoked_for`
    is one of `REVOKED_FOR`.
    """

    __tablename__ = "kiosks"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_for IS NULL)", name="revoked_for"),
        Index(None, "institution_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    name: Mapped[str]
    device_name: Mapped[str]
    public_key: Mapped[dict[str, Any]]
    enrolled_at: Mapped[datetime]
    enrolled_by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))
    revoked_for: Mapped[str | None]
    last_seen_at: Mapped[datetime]
    jumps: Mapped[int] = mapped_column(default=0)

    institution: Mapped[Organisation] = relationship(lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Those of the care institutions the actor deals with; to oversee one is not enough."""
        return cls.institution_id.in_(actor.reach)


class KioskInvitation(Base):
    """A code that enrols one kiosk within 15 minutes. Only a keyed hash of it is kept."""

    __tablename__ = "kiosk_invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    name: Mapped[str]
    code_hash: Mapped[str] = mapped_column(unique=True)
    invited_at: Mapped[datetime]
    invited_by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class KioskUse(Base):
    """The first round in which a clinician used a code: the key lets nobody be first twice.

    `at` is when the code was scanned. A kiosk shows the last of these to the people in front of it.
    """

    __tablename__ = "kiosk_uses"
    __table_args__ = (Index(None, "kiosk_id", "at"),)

    kiosk_id: Mapped[UUID] = mapped_column(ForeignKey(Kiosk.id), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    clinician_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), primary_key=True)
    round_id: Mapped[UUID]
    at: Mapped[datetime]
    grade: Mapped[str]
