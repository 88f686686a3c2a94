"""One row per act. Rows are only ever added; the sealer gives each its place in a chain, once."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import Base
from server.ids import new_id

_UNSEALED = text("seq IS NULL")


class AuditEntry(Base):
    """`organisation_id` is the actor's own; `other_id` the other party. `subject_id` is what it was done to;
    `details` holds codes and counts, never names or readings.

    The rest is the sealer's, empty for a moment only: the chain (the organisation's id, or
    `NO_ORGANISATION`), the place in it from 1, and digests as docs/audit-chain.md specifies them. To erase
    details, empty `details` and `salt` together: the chain holds without them.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("chain_id", "seq"),
        CheckConstraint(
            "(seq IS NULL) = (chain_id IS NULL) AND (seq IS NULL) = (digest IS NULL)"
            " AND (seq IS NULL) = (details_digest IS NULL)",
            name="sealed_wholly",
        ),
        Index(None, "organisation_id", "at"),
        Index(None, "subject_id"),
        # What a sealer has to do is found without a look at what is done.
        Index("ix_audit_entries_unsealed", "id", postgresql_where=_UNSEALED, sqlite_where=_UNSEALED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    tag: Mapped[str]
    actor_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]
    other_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chain_id: Mapped[UUID | None]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    salt: Mapped[bytes | None]
    details_digest: Mapped[bytes | None]
    digest: Mapped[bytes | None]

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """The trail of the organisations whose audit the actor administers; nobody's operator's commands."""
        return cls.organisation_id.in_(actor.organisations(Permission.AUDIT_READ))


class AuditChain(Base):
    """The end of a chain. Its row's lock orders the sealers."""

    __tablename__ = "audit_chains"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes]


class AuditHead(Base):
    """The end of a chain as a day was over: what is sent outside, and so cannot be rewritten here."""

    __tablename__ = "audit_heads"

    day: Mapped[date] = mapped_column(primary_key=True)
    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes]
