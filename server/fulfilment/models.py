"""The promised windows, materialised, so that nobody waits for a recount."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation
from server.organisations.revisions import Revisioned

FIGURES = (
    "promised",
    "confirmed",
    "confirmed_late",
    "confirmed_surplus",
    "confirmed_excused",
    "reported",
    "reported_late",
    "reported_surplus",
    "reported_excused",
)


class Obligation(Revisioned, Base):
    """One window of one commitment for one subject, with its figures as the engine last gave them.

    `subject_id` is a resident, or the care institution itself for what is promised to it. All windows of the
    term are here, those not begun too: what is due and its status are derived when read, and change at
    midnight by themselves. A window that no longer exists keeps its row with zeros. `last_counted_on` is the
    latest day reported up to the window's end; kept only where the commitment has a gap rule.

    Agreement and institution are those of the commitment, which refers to them: to check them again for each
    window, and an index by agreement beside those by commitment, cost a rebuild more than they gave.
    """

    __tablename__ = "obligations"
    __table_args__ = (
        UniqueConstraint("commitment_id", "subject_id", "start"),
        Index(None, "commitment_id", "start"),
        Index(None, "institution_id", "revision"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agreement_id: Mapped[UUID]
    commitment_id: Mapped[UUID] = mapped_column(ForeignKey(Commitment.id))
    institution_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    start: Mapped[date]
    end: Mapped[date]
    deadline: Mapped[date]
    promised: Mapped[int] = mapped_column(default=0)
    confirmed: Mapped[int] = mapped_column(default=0)
    confirmed_late: Mapped[int] = mapped_column(default=0)
    confirmed_surplus: Mapped[int] = mapped_column(default=0)
    confirmed_excused: Mapped[int] = mapped_column(default=0)
    reported: Mapped[int] = mapped_column(default=0)
    reported_late: Mapped[int] = mapped_column(default=0)
    reported_surplus: Mapped[int] = mapped_column(default=0)
    reported_excused: Mapped[int] = mapped_column(default=0)
    last_counted_on: Mapped[date | None]

    commitment: Mapped[Commitment] = relationship(lazy="raise")

    @property
    def resident_id(self) -> UUID | None:
        return None if self.subject_id == self.institution_id else self.subject_id

    @property
    def need(self) -> int:
        """What is still to be done by the reported figures."""
        return max(0, self.promised - self.reported - self.reported_excused)

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.agreement_id.in_(select(Agreement.id).where(Agreement.scope(actor)))


def exists() -> ColumnElement[bool]:
    """Windows that are there for people: with a promise, or with surplus."""
    return (Obligation.promised > 0) | (Obligation.confirmed_surplus > 0) | (Obligation.reported_surplus > 0)


class CommitmentWindow(Base):
    """One window of one commitment, summed over its subjects: what dashboards read instead of obligations.

    `met`, `excused`, `some` and `none` count its obligations by status: of those neither met nor excused,
    `some` are partly done and `none` not at all (partial and missed once the window is due, open before).
    `owed` is what is still to be done by the reported figures, by `owing` subjects; `last_chance` is the
    earliest of the days on which one of them must have the next visit, given the gap rule.
    """

    __tablename__ = "commitment_windows"
    __table_args__ = (Index(None, "agreement_id", "end"), Index(None, "last_chance"))

    commitment_id: Mapped[UUID] = mapped_column(ForeignKey(Commitment.id), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    end: Mapped[date] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID]
    deadline: Mapped[date]
    subjects: Mapped[int]
    promised: Mapped[int]
    confirmed: Mapped[int]
    confirmed_late: Mapped[int]
    confirmed_surplus: Mapped[int]
    confirmed_excused: Mapped[int]
    reported: Mapped[int]
    reported_late: Mapped[int]
    reported_surplus: Mapped[int]
    reported_excused: Mapped[int]
    met: Mapped[int]
    excused: Mapped[int]
    some: Mapped[int]
    none: Mapped[int]
    owed: Mapped[int]
    owing: Mapped[int]
    last_chance: Mapped[date | None]


class StaleStream(Base):
    """A stream whose obligations wait for a recount: written in the transaction that changed its facts."""

    __tablename__ = "stale_streams"
    __table_args__ = (Index(None, "institution_id"), Index(None, "agreement_id"))

    commitment_id: Mapped[UUID] = mapped_column(ForeignKey(Commitment.id), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id))
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    marked_at: Mapped[datetime]


class Drift(Base):
    """A stored window that the engine, asked again, gave differently: the alarm of the nightly sample.

    `stored` and `computed` hold the figures that differ, by name; either may be empty (no such window). Of
    roll-ups there is no commitment; sums of a region stand with one of its agreements.
    """

    __tablename__ = "drifts"
    __table_args__ = (Index(None, "found_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    found_at: Mapped[datetime]
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id))
    commitment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Commitment.id))
    subject_id: Mapped[UUID | None]
    start: Mapped[date]
    stored: Mapped[dict[str, Any]]
    computed: Mapped[dict[str, Any]]
