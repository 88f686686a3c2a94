"""The rates and counts of each agreement in each period, and their sums by region: a province reads hundreds
of rows.

Periods are written `2026`, `2026-Q3` and `2026-07`. A period owns the windows whose end lies in it. Rows are
as of a day: a window that comes due changes them without anybody writing, so each knows when it goes stale.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, false, or_
from sqlalchemy.orm import Mapped, mapped_column

from server.accounts.models import Account
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.db import Base, Document


class AgreementPeriod(Base):
    """The rates of one agreement in one period, as of a day.

    A rate is kept twice: `*_rate` as the exact fraction ("5/6"; None: nothing is asked), and `*_scaled` as
    that fraction times `rules.SCALE`, rounded down, so that the database can add thousands of them up;
    `inexact` where one of the three was rounded. `rated` of `of` commitments have a rate; `worst_id`
    is the one with the lowest. A year's row knows which of its months have a rate: bit 0 is January.
    """

    __tablename__ = "agreement_periods"
    __table_args__ = (Index(None, "stale_on"),)

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    stale_on: Mapped[date | None]
    rated: Mapped[int]
    of: Mapped[int]
    confirmed_rate: Mapped[str | None]
    reported_rate: Mapped[str | None]
    on_time_rate: Mapped[str | None]
    confirmed_scaled: Mapped[int | None] = mapped_column(BigInteger)
    reported_scaled: Mapped[int | None] = mapped_column(BigInteger)
    on_time_scaled: Mapped[int | None] = mapped_column(BigInteger)
    inexact: Mapped[bool]
    months: Mapped[int]
    worst_id: Mapped[UUID | None] = mapped_column(ForeignKey(Commitment.id))
    worst_scaled: Mapped[int | None] = mapped_column(BigInteger)


class AgreementCategory(Base):
    """The pooled counts of one agreement in one period for one service category and one scope.

    `scope` is `institution`, `resident` or `demand`: residents, institutions and requests are never added up
    together. Counts are of due windows (of due requests: promised and confirmed).
    """

    __tablename__ = "agreement_categories"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    promised: Mapped[int]
    confirmed: Mapped[int]
    confirmed_late: Mapped[int]
    confirmed_excused: Mapped[int]
    reported: Mapped[int]
    reported_excused: Mapped[int]


class OfRegion:
    """Sums over the agreements of the care institutions of one region (six digits)."""

    region: Mapped[str] = mapped_column(primary_key=True, sort_order=-2)
    period: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Only regulators see a region whole."""
        return or_(false(), *(cls.region.startswith(prefix) for prefix in actor.regions))


class RegionPeriod(OfRegion, Base):
    """The rates of a region's agreements in one period, added up from their rows; `agreements` touch it.

    Of each rate: how many agreements have it, the sum of their `*_scaled`, and how many of these were rounded
    (or stand in a row in which another was). `worst_*` is the commitment with the lowest rate of all.
    """

    __tablename__ = "region_periods"

    agreements: Mapped[int]
    confirmed: Mapped[int]
    confirmed_scaled: Mapped[int] = mapped_column(BigInteger)
    confirmed_inexact: Mapped[int]
    reported: Mapped[int]
    reported_scaled: Mapped[int] = mapped_column(BigInteger)
    reported_inexact: Mapped[int]
    on_time: Mapped[int]
    on_time_scaled: Mapped[int] = mapped_column(BigInteger)
    on_time_inexact: Mapped[int]
    worst_scaled: Mapped[int | None] = mapped_column(BigInteger)
    worst_agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey(Agreement.id))
    worst_id: Mapped[UUID | None] = mapped_column(ForeignKey(Commitment.id))


class RegionCategory(OfRegion, Base):
    """The pooled counts of a region's agreements in one period; `kind`: the scope of `AgreementCategory`."""

    __tablename__ = "region_categories"

    category: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    promised: Mapped[int] = mapped_column(BigInteger)
    confirmed: Mapped[int] = mapped_column(BigInteger)
    confirmed_late: Mapped[int] = mapped_column(BigInteger)
    confirmed_excused: Mapped[int] = mapped_column(BigInteger)
    reported: Mapped[int] = mapped_column(BigInteger)
    reported_excused: Mapped[int] = mapped_column(BigInteger)


class StaleAgreement(Base):
    """An agreement whose rows wait to be made again. `failed_at`: when that was last tried and failed."""

    __tablename__ = "stale_agreements"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    marked_at: Mapped[datetime]
    failed_at: Mapped[datetime | None]


class PastAgreement(Base):
    """An agreement as it stood on a past day, that somebody asked for; the worker makes it.

    `made_at` is when that was done (None: it waits), `failed` that it could not be.
    """

    __tablename__ = "past_agreements"
    __table_args__ = (Index(None, "made_at", "asked_at"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    made_at: Mapped[datetime | None]
    failed: Mapped[bool]


class PastPeriod(Base):
    """The rates of an agreement in one period as of a past day, as exact fractions; `rated` of its
    commitments have one. `counts` are lists of category, scope and figures."""

    __tablename__ = "past_periods"

    day: Mapped[date] = mapped_column(primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    rated: Mapped[int]
    confirmed_rate: Mapped[str | None]
    reported_rate: Mapped[str | None]
    on_time_rate: Mapped[str | None]
    worst_rate: Mapped[str | None]
    worst_id: Mapped[UUID | None] = mapped_column(ForeignKey(Commitment.id))
    counts: Mapped[list[Any]] = mapped_column(Document)
