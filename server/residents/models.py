"""Residents of care institutions, their stays and their conditions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.auth.actor import Actor
from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation
from server.organisations.revisions import Revisioned


class Resident(Revisioned, Base):
    """A person in a care institution. The identity number is sealed; `identity_hash` finds it again.

    `search` is pinyin and initials, made once, so that phones can search without a dictionary.
    """

    __tablename__ = "residents"
    __table_args__ = (
        CheckConstraint("sex IN ('male', 'female')", name="sex"),
        Index(None, "institution_id", "revision"),
        Index(None, "identity_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    name: Mapped[str]
    search: Mapped[str]
    sex: Mapped[str]
    born: Mapped[date]
    bed: Mapped[str] = mapped_column(default="")
    identity_type: Mapped[str | None]
    identity_sealed: Mapped[str | None]
    identity_hash: Mapped[str | None]
    consented_on: Mapped[date | None]
    emergency_contact: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]

    stays: Mapped[list["Stay"]] = relationship(
        order_by="Stay.starts", back_populates="resident", lazy="raise"
    )
    conditions: Mapped[list["Condition"]] = relationship(
        order_by="Condition.since", back_populates="resident", lazy="raise"
    )

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Whoever gives or receives the care. Regulators read rates, not residents."""
        return cls.institution_id.in_(actor.reach)


class Stay(Base):
    """Days lived in the institution, both inclusive; `ends` is None while the person is there."""

    __tablename__ = "stays"
    __table_args__ = (
        CheckConstraint("ends IS NULL OR ends >= starts", name="order"),
        Index(None, "resident_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey(Resident.id))
    starts: Mapped[date]
    ends: Mapped[date | None]
    reason: Mapped[str | None]

    resident: Mapped[Resident] = relationship(back_populates="stays", lazy="raise")


class Condition(Base):
    """A diagnosis or state with the days it holds; codes as the catalogue's eligibility uses them."""

    __tablename__ = "conditions"
    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="order"),
        Index(None, "resident_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    resident_id: Mapped[UUID] = mapped_column(ForeignKey(Resident.id))
    code: Mapped[str]
    since: Mapped[date]
    until: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="care_institution")

    resident: Mapped[Resident] = relationship(back_populates="conditions", lazy="raise")
