"""The ledger: everything phones ever sent, whatever became of it; and what is known of the phones."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, Index, Text, or_, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from server.accounts.models import Account, MembershipRow
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import Base
from server.ids import new_id
from server.rounds.models import Round

# Word for word the conditions of the indices below, which are used only so.
IS_STORED = text("outcome = 'stored'")
_IS_REFUSED = text("outcome = 'refused'")


class LedgerEntry(Base):
    """One entry as it was sent: `content` as canonical JSON text, without coordinates.

    The same author, id and content is one row however often it is sent. An id is stored at most once: the
    index, not a look-up, sees to that. A refused entry keeps its row and is judged anew when sent again.

    An entry that was mended with another content is `repaired`, and the row that took its place names it in
    `repair_of_id`. `repaired_*` say who mended or judged it anew, `imported_by_id` who brought it as a file.
    `fields` is JSON of what was wrong: `[{path, code, limit?}]`.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("outcome IN ('stored', 'refused', 'repaired')", name="outcome"),
        Index("uq_ledger_entries_content", "author_id", "entry_id", "content_hash", unique=True),
        Index(
            "uq_ledger_entries_stored",
            "entry_id",
            unique=True,
            sqlite_where=IS_STORED,
            postgresql_where=IS_STORED,
        ),
        Index(None, "round_id"),
        Index(
            "ix_ledger_entries_refused",
            *("author_id", "id"),
            sqlite_where=_IS_REFUSED,
            postgresql_where=_IS_REFUSED,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID | None]
    author_id: Mapped[UUID]  # signed in when it came; nobody's account is deleted
    device_id: Mapped[UUID]
    device_name: Mapped[str]
    kind: Mapped[str | None]
    round_id: Mapped[UUID | None]
    content: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str]
    offset_ms: Mapped[int] = mapped_column(BigInteger)  # a clock may be decades off
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    outcome: Mapped[str]
    code: Mapped[str | None]
    fields: Mapped[str | None] = mapped_column(Text)
    imported_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))
    repaired_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Account.id))
    repaired_at: Mapped[datetime | None]
    repair_of_id: Mapped[UUID | None]

    author: Mapped[Account] = relationship(
        primaryjoin="foreign(LedgerEntry.author_id) == Account.id", lazy="raise"
    )
    imported_by: Mapped[Account | None] = relationship(foreign_keys=[imported_by_id], lazy="raise")
    repaired_by: Mapped[Account | None] = relationship(foreign_keys=[repaired_by_id], lazy="raise")

    @classmethod
    def scope(cls, actor: Actor) -> ColumnElement[bool]:
        """What people of the manager's organisations sent while they belonged there; of a round that is
        known, only where the organisation is a party of it."""
        managed = actor.organisations(Permission.LEDGER_REPAIR)
        elsewhere = aliased(Round)
        belonged = (
            select(MembershipRow.account_id)
            .where(
                MembershipRow.account_id == cls.author_id,
                MembershipRow.organisation_id.in_(managed),
                MembershipRow.began_at <= cls.received_at,
                or_(MembershipRow.ended_at.is_(None), MembershipRow.ended_at > cls.received_at),
            )
            .exists()
        )
        others = (
            select(elsewhere.id)
            .where(
                elsewhere.id == cls.round_id,
                elsewhere.medical_id.not_in(managed),
                elsewhere.institution_id.not_in(managed),
            )
            .exists()
        )
        return belonged & ~others


class Tombstone(Base):
    """An author gave an entry up, refused or never sent: `id` is the entry that says so. What was given up
    and arrives all the same is judged as ever."""

    __tablename__ = "tombstones"
    __table_args__ = (Index(None, "author_id", "about_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    about_id: Mapped[UUID]
    at: Mapped[datetime]
    reason: Mapped[str]
    text: Mapped[str | None]


class Device(Base):
    """One person's use of one phone, as its last request told it: how many entries waited there, and since
    when. `offset_ms` is the server's clock minus the phone's."""

    __tablename__ = "devices"

    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    app_version: Mapped[str | None]
    last_sync_at: Mapped[datetime]
    waiting: Mapped[int | None]
    oldest_waiting_at: Mapped[datetime | None]
    offset_ms: Mapped[int] = mapped_column(BigInteger)
