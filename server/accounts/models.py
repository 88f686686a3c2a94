"""People, their roles, their signed-in devices and their qualification."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.auth.actor import Actor
from server.auth.roles import Role
from server.db import Base
from server.ids import new_id
from server.organisations.models import Organisation

_HELD = text("ended_at IS NULL")
_ROLES = ", ".join(f"'{role.value}'" for role in Role)


class Account(Base):
    """One person. `login` is kept in lower case."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    memberships: Mapped[list["MembershipRow"]] = relationship(back_populates="account", lazy="raise")


class MembershipRow(Base):
    """A period in which a person held a role. Who comes back begins another: what came in between is not for
    those they came back to."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(f"role IN ({_ROLES})", name="role"),
        CheckConstraint("ended_at >= began_at", name="period"),
        Index(None, "account_id"),
        Index(None, "organisation_id"),
        Index(
            "uq_memberships_held",
            *("account_id", "organisation_id", "role"),
            unique=True,
            sqlite_where=_HELD,
            postgresql_where=_HELD,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey(Organisation.id))
    role: Mapped[str]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(back_populates="memberships", lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    def held(self, now: datetime) -> bool:
        return self.began_at <= now and not self.over(now)

    def over(self, now: datetime) -> bool:
        return self.ended_at is not None and self.ended_at <= now


class AccountSession(Base):
    """One signed-in browser. The cookie carries only its id, signed; ending it here ends it there."""

    __tablename__ = "account_sessions"
    __table_args__ = (Index(None, "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    device_name: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        return cls.account_id == actor.id


class SignInFailure(Base):
    """A failed sign-in or enrolment, kept to slow down the next ones. `source` is whose, hashed."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index(None, "source", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    at: Mapped[datetime]


class CertificateRow(Base):
    """A period in which a doctor or nurse may practise, both days inclusive. What was recorded on a day that
    none covers is kept, not counted.

    Periods stay when they are over: a record may arrive, or be judged again, long after its day.
    """

    __tablename__ = "certificates"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_until: Mapped[date]
    number: Mapped[str]
    category: Mapped[str]


class Clinician(Base):
    """A doctor or nurse with the newest certificate, as people see it; days are judged by all of them."""

    __tablename__ = "clinicians"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), primary_key=True)
    certificate_number: Mapped[str]
    category: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
