"""Published periods: what was known when a month, quarter or year was published, kept with a digest."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, exists, false, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.accounts.models import Account
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.db import Base, Document
from server.ids import new_id
from server.organisations.models import Organisation


class State(StrEnum):
    """Asked for; cut (its rows are frozen, agreements are being rated); published; or given up."""

    PENDING = "pending"
    CUT = "cut"
    PUBLISHED = "published"
    FAILED = "failed"


UNDER_WAY = (State.PENDING, State.CUT)


class PublishedPeriod(Base):
    """A period of a region (a code prefix, as regulators oversee them), frozen as of a day.

    `headline` holds the rates and counts as they were shown; `digest` is the SHA-256, in hex, of the text of
    headline and rows that docs/fulfilment-published.md specifies. Once published never updated or deleted.
    Until it is cut, `published_at` is when it was asked for; `failure` is why it was given up.
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
    bureau_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organisation.id))
    state: Mapped[str]
    failure: Mapped[str | None]
    digest: Mapped[str]
    headline: Mapped[dict[str, Any]]

    published_by: Mapped[Account | None] = relationship(lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """Who oversees the region, and whoever may see an agreement in it."""
        involved = exists().where(
            Agreement.scope(actor),
            Organisation.id == Agreement.institution_id,
            Organisation.region.startswith(cls.region),
        )
        return or_(involved, cls.overseen(actor))

    @classmethod
    def overseen(cls, actor: Actor) -> ColumnElement[bool]:
        """Periods of regions that the actor oversees as a whole."""
        return or_(false(), *(cls.region.startswith(prefix) for prefix in actor.regions))


class PublishedWindow(Base):
    """One window of one commitment in a published period, summed over its subjects as it was then.

    What was asked on demand is one row a commitment: the period itself, due requests as `promised` and those
    met as `confirmed` and `reported`.
    """

    __tablename__ = "published_windows"
    __table_args__ = (Index(None, "agreement_id", "published_id"),)

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


class PublishedAgreement(Base):
    """One agreement in a published period: its exact rates as they were frozen, and how far it differs today.

    `rows` are its frozen ones; `in_force`: it counts in the headline. `counts` are lists of category, scope
    and figures; empty, as the rates are, until it is `rated`. `adjustments` is how many windows stand
    otherwise now, as last compared; `due_on` the day on which they must be compared again by itself.
    """

    __tablename__ = "published_agreements"
    __table_args__ = (Index(None, "agreement_id"), Index(None, "due_on"))

    published_id: Mapped[UUID] = mapped_column(ForeignKey(PublishedPeriod.id), primary_key=True)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    in_force: Mapped[bool]
    rows: Mapped[int]
    confirmed_rate: Mapped[str | None]
    reported_rate: Mapped[str | None]
    on_time_rate: Mapped[str | None]
    rated: Mapped[bool]
    counts: Mapped[list[Any]] = mapped_column(Document)
    adjustments: Mapped[int]
    due_on: Mapped[date | None]


class ChangedAgreement(Base):
    """An agreement whose windows may differ from the published ones: marked by what changed them."""

    __tablename__ = "changed_agreements"

    agreement_id: Mapped[UUID] = mapped_column(ForeignKey(Agreement.id), primary_key=True)
    marked_at: Mapped[datetime]
