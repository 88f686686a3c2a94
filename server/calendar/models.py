"""Links by which calendars are subscribed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.accounts.models import Account
from server.db import Base


class CalendarLink(Base):
    """The one link of an account. Only a hash of its token is kept: who loses the link makes another.

    `last_used_at` is to the hour. The link is good for the roles held when it was made: one that is given
    back later does not bring it back.
    """

    __tablename__ = "calendar_links"
    __table_args__ = (CheckConstraint("language IN ('zh-CN', 'en')", name="language"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str]
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
