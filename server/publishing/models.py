"""Published periods: what was known when a month, quarter or year was published, kept with a digest."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.agreements.models import Agreement, Commitment
from server.db import Base
from server.ids import new_id


class PublishedPeriod(Base):
    """A period of a region (a code prefix, as regulators oversee them), frozen as of a day.

    `digest` is the SHA-256, in hex, of the canonical text of the rows (see the documentation); `headline` the
    rates and counts as they were shown. Never updated, never deleted.
    """

    __tablename__ = "published_periods"
    __table_args__ = (UniqueConstraint("region", "period"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    region: Mapped[str]
    period: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    as_of: Mapped[date]
    published_at: Mapped[datetime]
    published_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))
    digest: Mapped[str]
    headline: Mapped[dict[str, Any]]

    published_by: Mapped[Account | None] = relationship(lazy="raise")


class PublishedWindow(Base):
    """One window of one commitment in a published period, summed over its subjects as it was then."""

    __tablename__ = "published_windows"
    __table_args__ = (Index(None, "published_id", "agreement_id"),)

    published_id: Mapped[UUID] = mapped_column(ForeignKey(PublishedPeriod.id), primary_key=True)
    commitment_id: Mapped[UUID] = mapped_column(ForeignKey(Commitment.id), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    end: Mapped[date] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id))
    deadline: Mapped[date]
    promised: Mapped[int]
    confirmed: Mapped[int]
    confirmed_late: Mapped[int]
    confirmed_excused: Mapped[int]
    reported: Mapped[int]
    reported_excused: Mapped[int]
