"""Rounds and the services recorded in them. Corrections are new versions; nothing is lost."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ColumnElement, ForeignKey, Index, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.auth.actor import Actor
from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation, in_regions
from server.organisations.revisions import Revisioned
from server.residents.models import Resident

# Nothing is no document: null in the database, not in JSON.
_ASSESSMENT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _parties(model: Any, actor: Actor) -> ColumnElement[bool]:
    """The institution that did it, the one it was done at, and the regulators of the latter's region."""
    overseen = select(Organisation.id).where(in_regions(actor))
    return or_(
        model.medical_id.in_(actor.medical),
        model.institution_id.in_(actor.care),
        model.institution_id.in_(overseen),
    )


class Round(Revisioned, Base):
    """One visit to one institution and the evidence of having been there. `on` is the local day of check-in.

    Instants are the phone's, corrected by the offset measured when it sent them; `received_at` is the
    server's. `minutes` come from the phone's monotonic clock. Coordinates are in `Position`.
    """

    __tablename__ = "rounds"
    __table_args__ = (
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade"),
        Index(None, "institution_id", "revision"),
        Index(None, "institution_id", "on"),
        Index(None, "medical_id", "on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    medical_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    clinician_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    on: Mapped[date]
    checked_in_at: Mapped[datetime]
    checked_out_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    method: Mapped[str]
    manual_reason: Mapped[str | None]
    manual_text: Mapped[str | None]
    grade: Mapped[str]
    grade_reasons: Mapped[list[str]]
    grade_rule: Mapped[int]
    distance_m: Mapped[int | None]
    accuracy_m: Mapped[int | None]
    out_distance_m: Mapped[int | None]
    position_problem: Mapped[str | None]
    device_id: Mapped[UUID]
    device_name: Mapped[str]
    received_at: Mapped[datetime]

    medical: Mapped[Organisation] = relationship(foreign_keys=[medical_id], lazy="raise")
    clinician: Mapped[Account] = relationship(lazy="raise")
    notes: Mapped[list["RoundNote"]] = relationship(order_by="RoundNote.at", lazy="raise")
    participants: Mapped[list["Participant"]] = relationship(order_by="Participant.at", lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        return _parties(cls, actor)


class RoundNote(Base):
    __tablename__ = "round_notes"
    __table_args__ = (Index(None, "round_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey(Round.id))
    at: Mapped[datetime]
    text: Mapped[str]


class Participant(Base):
    """A colleague who joined a round that another clinician began, and how being there was shown.

    `at` is the phone's, corrected by its offset. Whoever takes part confirms nothing of the round.
    """

    __tablename__ = "round_participants"
    __table_args__ = (
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade"),
        Index(None, "account_id"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey(Round.id), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), primary_key=True)
    entry_id: Mapped[UUID]
    at: Mapped[datetime]
    grade: Mapped[str]
    grade_reasons: Mapped[list[str]]
    grade_rule: Mapped[int]
    distance_m: Mapped[int | None]
    accuracy_m: Mapped[int | None]
    position_problem: Mapped[str | None]
    device_id: Mapped[UUID]
    device_name: Mapped[str]
    received_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="raise")


class Position(Base):
    """Raw coordinates of a check-in or check-out, apart from all that is hashed: deleted after 90 days.

    Those of a refused entry have no round, and `entry_id` is its row in the ledger: the phone's own id is
    unique only once it is stored.
    """

    __tablename__ = "positions"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey(Round.id))
    latitude: Mapped[float]
    longitude: Mapped[float]
    accuracy_m: Mapped[float]
    received_at: Mapped[datetime] = mapped_column(index=True)


# As text: a planner takes the index only for what stands in the question as it does there.
IS_READING = text("assessment IS NOT NULL AND state <> 'void'")


class ServiceRecord(Revisioned, Base):
    """One line of a round: a service, for a resident or for the institution. The visit itself is the line
    whose id is the round's.

    `not_counted` says why fulfilment ignores it (its performer was not qualified that day). `assessment` is
    what its values meant on its day, by which policy (docs/clinical.md); None where no rule judges it.

    Its parties and its performer are those of its round, which refers to them: to check them again for each
    line was a tenth of the database's work.
    """

    __tablename__ = "service_records"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'confirmed', 'disputed', 'void')", name="state"),
        CheckConstraint("outcome IN ('done', 'declined', 'absent', 'elsewhere')", name="outcome"),
        Index(None, "institution_id", "revision"),
        Index(None, "round_id"),
        Index(None, "institution_id", "medical_id", "service", "on"),
        Index(None, "subject_id", "service", "on"),
        Index(
            None,
            *("subject_id", "service", "on", "made_at"),
            postgresql_where=IS_READING,
            sqlite_where=IS_READING,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey(Round.id))
    institution_id: Mapped[UUID]
    medical_id: Mapped[UUID]
    performer_id: Mapped[UUID]
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resident.id))
    service: Mapped[str]
    on: Mapped[date]
    made_at: Mapped[datetime]
    received_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="pending")
    outcome: Mapped[str]
    form: Mapped[dict[str, Any]]
    form_version: Mapped[int | None]
    unusual: Mapped[list[str]]
    urgent: Mapped[list[str]]
    minutes: Mapped[int | None]
    attendees: Mapped[int | None]
    assessment: Mapped[dict[str, Any] | None] = mapped_column(_ASSESSMENT)
    not_counted: Mapped[str | None]

    round: Mapped[Round] = relationship(lazy="raise")
    performer: Mapped[Account] = relationship(
        primaryjoin="foreign(ServiceRecord.performer_id) == Account.id", lazy="raise"
    )
    subject: Mapped[Resident | None] = relationship(lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        return _parties(cls, actor)


class RecordVersion(Base):
    """What a line said at one version, who made it so, and why; `late_reason` why so long after the visit.

    The first version of a line that is its entry's is kept when the line changes, or when it came late: until
    then the line itself says all of it.

    Who made it so is the line's performer, and refers to nobody of its own.
    """

    __tablename__ = "record_versions"

    record_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRecord.id), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
    by_id: Mapped[UUID]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    reason: Mapped[str | None]
    reason_text: Mapped[str | None]
    outcome: Mapped[str]
    form: Mapped[dict[str, Any]]
    assessment: Mapped[dict[str, Any] | None] = mapped_column(_ASSESSMENT)
    late_reason: Mapped[str | None]
    late_text: Mapped[str | None]

    record: Mapped[ServiceRecord] = relationship(lazy="raise")
    by: Mapped[Account] = relationship(primaryjoin="foreign(RecordVersion.by_id) == Account.id", lazy="raise")


class RoundUnlock(Base):
    """A manager lets entries of a round in that are older than 95 days, until a moment. The round itself may
    not be here yet: its check-in may be among them."""

    __tablename__ = "round_unlocks"
    __table_args__ = (Index(None, "round_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    round_id: Mapped[UUID]
    until: Mapped[datetime]
    reason: Mapped[str]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
