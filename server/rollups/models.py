"""The rates and counts of each agreement in each period, kept so that a province reads thousands of rows.

Periods are written `2026`, `2026-Q3` and `2026-07`. A period owns the windows whose end lies in it. Rows are
as of a day: a window that comes due changes them without anybody writing, so each knows when it goes stale.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.agreements.models import Agreement, Commitment
from server.db import Base


class AgreementPeriod(Base):
    """The rates of one agreement in one period, as of a day.

    A rate is kept twice: `*_rate` as the exact fraction ("5/6"; None: nothing is asked), and `*_scaled` as
    that fraction times `rules.SCALE`, rounded down, so that the database can add thousands of them up;
    `inexact` where one of the three was rounded. `rated` of `of` commitments have a rate; `worst_id`
    is the one with the lowest. A year's row knows which of its months have a rate: bit 0 is January.
    """

    __tablename__ = "agreement_periods"
    __table_args__ = (
        # With all that a province's page adds up: it reads one strip of the index and not the table.
        Index(
            None,
            "period",
            postgresql_include=[
                *("agreement_id", "rated", "inexact", "months", "worst_id", "worst_scaled"),
                *("confirmed_scaled", "reported_scaled", "on_time_scaled"),
            ],
        ),
        Index(None, "stale_on"),
    )

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
    __table_args__ = (
        Index(
            None,
            "period",
            postgresql_include=[
                *("agreement_id", "category", "scope", "promised", "confirmed", "confirmed_late"),
                *("confirmed_excused", "reported", "reported_excused"),
            ],
        ),
    )

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


class StaleAgreement(Base):
    """An agreement whose rows wait to be made again."""

    __tablename__ = "stale_agreements"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    marked_at: Mapped[datetime]
