"""What counties put in the place of national targets."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base
from server.ids import new_id


class CountyTarget(Base):
    """A county's own target of a policy from a day on; without a value it is the policy's own again.

    `region` is a GB/T 2260 code of a county; `value` is a number as text, whole or with one decimal as the
    policy has it.
    """

    __tablename__ = "county_targets"
    __table_args__ = (UniqueConstraint("region", "policy", "target", "starts"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    region: Mapped[str]
    policy: Mapped[str]
    target: Mapped[str]
    starts: Mapped[date]
    value: Mapped[str | None]
    set_at: Mapped[datetime]
