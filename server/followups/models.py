"""Follow-ups: an urgent reading obliges to see the resident again within days."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.auth.actor import Actor
from server.db import Base
from server.organisations.models import Organisation, in_regions
from server.organisations.revisions import Revisioned
from server.residents.models import Resident
from server.rounds.models import ServiceRecord


class FollowUp(Revisioned, Base):
    """A duty. Its id follows from the urgent record that made it (`duty_id`), so that a phone knows it before
    the server. `matter` is the quantity to be measured again, or the service where no meter reads it.

    `medical_id` owes it; `performer_id` took the reading. `closed_by_id` is the record that closed it; closed
    without one it has a word, said of the duty `word_of` (this one, or that of a later reading which is about
    the same), or on `closed_on` the resident moved out. `void`: the record was withdrawn, is
    urgent no more, or an earlier one arrived.
    """

    __tablename__ = "follow_ups"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'void')", name="state"),
        Index(None, "institution_id", "revision"),
        Index(None, "subject_id", "matter"),
        Index(None, "medical_id", "state", "due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRecord.id))
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    medical_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    performer_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    subject_id: Mapped[UUID] = mapped_column(ForeignKey(Resident.id))
    service: Mapped[str]
    matter: Mapped[str]
    on: Mapped[date]
    due_on: Mapped[date]
    urgent: Mapped[list[str]]
    state: Mapped[str]
    closed_on: Mapped[date | None]
    closed_by_id: Mapped[UUID | None]
    word_of: Mapped[UUID | None]

    institution: Mapped[Organisation] = relationship(foreign_keys=[institution_id], lazy="raise")
    medical: Mapped[Organisation] = relationship(foreign_keys=[medical_id], lazy="raise")
    performer: Mapped[Account] = relationship(lazy="raise")
    subject: Mapped[Resident] = relationship(lazy="raise")
    word: Mapped["FollowUpWord | None"] = relationship(
        primaryjoin="FollowUpWord.follow_up_id == foreign(FollowUp.word_of)",
        lazy="raise",
        uselist=False,
        viewonly=True,
    )

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Who owes it, where the resident lives, and the regulators of that region."""
        overseen = select(Organisation.id).where(in_regions(actor))
        return or_(
            cls.medical_id.in_(actor.medical),
            cls.institution_id.in_(actor.care),
            cls.institution_id.in_(overseen),
        )


class FollowUpWord(Base):
    """Why no record closes a duty: said once. It may come with the reading, before the duty is made."""

    __tablename__ = "follow_up_words"

    follow_up_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    reason: Mapped[str]
    text: Mapped[str | None]

    by: Mapped[Account] = relationship(lazy="raise")
