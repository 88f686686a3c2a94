"""Organisations, and the revision counter that every institution's phones read by."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, false, or_
from sqlalchemy.orm import Mapped, mapped_column

from server.auth.actor import Actor
from server.db import Base
from server.ids import new_id
from server.organisations.rules import FENCE_M


class Organisation(Base):
    """A medical institution, a care institution or a regulator.

    `region` is a GB/T 2260 code; `latitude`/`longitude` are in `datum`. `fence_m` is the radius within which
    a phone counts as being there.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("kind IN ('medical', 'care', 'regulator')", name="kind"),
        CheckConstraint(f"fence_m BETWEEN {FENCE_M[0]} AND {FENCE_M[1]}", name="fence"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="location"),
        Index(None, "region"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    name: Mapped[str]
    region: Mapped[str]
    town: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    uscc: Mapped[str | None]
    licence_number: Mapped[str | None]
    licence_until: Mapped[date | None]
    embedded_clinic: Mapped[str] = mapped_column(default="none")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    datum: Mapped[str] = mapped_column(default="WGS-84")
    fence_m: Mapped[int] = mapped_column(default=200)
    timezone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    created_at: Mapped[datetime]

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        own = actor.organisations()
        return or_(cls.id.in_(actor.reach | own), in_regions(actor))


def in_regions(actor: Actor) -> ColumnElement[bool]:
    """Organisations a regulator oversees; nothing for anybody else."""
    return in_prefixes(actor.regions)


def in_prefixes(prefixes: Iterable[str]) -> ColumnElement[bool]:
    """Organisations whose region begins with one of these; none for no prefix."""
    return or_(false(), *(Organisation.region.startswith(prefix) for prefix in prefixes))


class Region(Base):
    """A GB/T 2260 code with its name; its parents are the codes 330100 and 330000 of 330102."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")


class InstitutionRevision(Base):
    """A counter per care institution, raised once in every transaction that changes what its phones hold.

    The row's lock orders those transactions, so that a revision that can be read means that all rows up to
    it can be read too.
    """

    __tablename__ = "institution_revisions"

    institution_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id), primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
