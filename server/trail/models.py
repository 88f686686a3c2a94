"""Who outside gets the ends of the chains every night, and which night's they have."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base
from server.organisations.models import Organisation


class HeadRecipient(Base):
    """An address of an organisation: it gets the heads that concern that one (see `heads.concerned`)."""

    __tablename__ = "head_recipients"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]


class HeadDelivery(Base):
    """A night's heads were taken by the mail server for an address: where another one fails, who has them is
    not written to again. `organisation_id` is NO_ORGANISATION for addresses of the operator's settings."""

    __tablename__ = "head_deliveries"

    day: Mapped[date] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
