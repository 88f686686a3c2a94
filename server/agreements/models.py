"""Agreements, what they promise, and when they are suspended. A signed original is never edited."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import Base, Document
from server.ids import new_id
from server.organisations.models import Organisation, in_regions
from server.organisations.revisions import Revisioned


class Agreement(Revisioned, Base):
    """Between one medical and one care institution (`institution_id`), in force `starts`-`last_day`.

    `last_day` is `ends`, or the day before `terminated_on`: the first day no longer in force.
    `drafted_by_id` is the party that drafted it: the other one signs (None: the operator made it).
    """

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'signed', 'active', 'terminated')", name="state"),
        CheckConstraint("ends >= starts AND last_day <= ends", name="order"),
        UniqueConstraint("medical_id", "number"),
        Index(None, "institution_id", "revision"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str]
    medical_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    state: Mapped[str] = mapped_column(default="draft")
    signed_on: Mapped[date | None]
    starts: Mapped[date]
    ends: Mapped[date]
    drafted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organisation.id))
    terminated_on: Mapped[date | None]
    last_day: Mapped[date]
    service_mode: Mapped[str] = mapped_column(default="visiting")
    timezone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    created_at: Mapped[datetime]

    medical: Mapped[Organisation] = relationship(foreign_keys=[medical_id], lazy="raise")
    care: Mapped[Organisation] = relationship(foreign_keys=[institution_id], lazy="raise")
    commitments: Mapped[list["Commitment"]] = relationship(
        order_by="Commitment.position", back_populates="agreement", lazy="raise"
    )
    suspensions: Mapped[list["Suspension"]] = relationship(order_by="Suspension.starts", lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Its parties, and the regulators of the care institution's region."""
        own = actor.organisations(Permission.AGREEMENTS_READ)
        overseen = select(Organisation.id).where(in_regions(actor))
        return or_(cls.medical_id.in_(own), cls.institution_id.in_(own), cls.institution_id.in_(overseen))


class Commitment(Base):
    """One promised thing. `clause` holds the fields of fulfilment.md but `key` and `terms`."""

    __tablename__ = "commitments"
    __table_args__ = (UniqueConstraint("agreement_id", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id))
    key: Mapped[str]
    position: Mapped[int]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    clause: Mapped[dict[str, Any]]

    agreement: Mapped[Agreement] = relationship(back_populates="commitments", lazy="raise")
    terms: Mapped[list["CommitmentTerm"]] = relationship(order_by="CommitmentTerm.starts", lazy="raise")

    @property
    def services(self) -> list[str]:
        services: list[str] = self.clause["services"]
        return services

    @property
    def for_residents(self) -> bool:
        return bool(self.clause.get("scope") == "resident")


class CommitmentTerm(Base):
    """The count promised per window from a day on; a later one never overwrites an earlier one."""

    __tablename__ = "commitment_terms"
    __table_args__ = (
        UniqueConstraint("commitment_id", "starts"),
        CheckConstraint("count >= 0", name="count"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    commitment_id: Mapped[UUID] = mapped_column(ForeignKey(Commitment.id))
    starts: Mapped[date]
    count: Mapped[int]


class Suspension(Base):
    """Days on which nothing is promised (closure, epidemic), both inclusive."""

    __tablename__ = "suspensions"
    __table_args__ = (CheckConstraint("ends >= starts", name="order"), Index(None, "agreement_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id))
    starts: Mapped[date]
    ends: Mapped[date]
    reason: Mapped[str]


class Amendment(Base):
    """A supplementary agreement: one party proposes and the other signs. It adds, and never overwrites.

    `terms` are `{commitment_id, from, count}`, `suspensions` `{from, to, reason}`: the text as it was
    proposed. Signed, they stand as rows beside the original's. `since` is the first day that they touch.
    """

    __tablename__ = "amendments"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'signed', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'signed') = (signed_on IS NOT NULL)", name="signed"),
        Index(None, "agreement_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id))
    number: Mapped[str]
    given_on: Mapped[date]
    since: Mapped[date]
    terms: Mapped[list[Any]] = mapped_column(Document)
    suspensions: Mapped[list[Any]] = mapped_column(Document)
    state: Mapped[str] = mapped_column(default="proposed")
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    proposed_at: Mapped[datetime]
    signed_on: Mapped[date | None]

    proposed_by: Mapped[Organisation] = relationship(lazy="raise")
