"""Posters: the codes on the walls of care institutions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation
from server.organisations.revisions import Revisioned


class Poster(Revisioned, Base):
    """One printed version. The highest version of an institution counts; raising it revokes the others."""

    __tablename__ = "posters"
    __table_args__ = (UniqueConstraint("institution_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    version: Mapped[int]
    short_code: Mapped[str] = mapped_column(unique=True)
    token: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]
