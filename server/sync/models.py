"""The ledger: everything phones ever sent, whatever became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.accounts.models import Account
from server.db import Base
from server.ids import new_id

# Word for word the condition of the index below, which is used only so.
IS_STORED = text("outcome = 'stored'")


class LedgerEntry(Base):
    """One entry as it was sent: `content` as canonical JSON text, without coordinates.

    The same author, id and content is one row however often it is sent. An id is stored at most once: the
    index, not a look-up, sees to that. A refused entry keeps its row and is judged anew when sent again.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("outcome IN ('stored', 'refused')", name="outcome"),
        Index("uq_ledger_entries_content", "author_id", "entry_id", "content_hash", unique=True),
        Index(
            "uq_ledger_entries_stored",
            "entry_id",
            unique=True,
            sqlite_where=IS_STORED,
            postgresql_where=IS_STORED,
        ),
        Index(None, "round_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[UUID | None]
    author_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
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
