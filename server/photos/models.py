"""Photos that records name. Kept apart from them, encrypted with a key that is not in the database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.accounts.models import Account
from server.db import Base
from server.rounds.models import ServiceRecord


class Photo(Base):
    """A JPEG without metadata. `sealed` is nonce and AES-GCM of it, bound to its id; `digest` is the SHA-256
    of the picture itself. Never changed; deleted with the record, after its time."""

    __tablename__ = "photos"
    __table_args__ = (Index(None, "record_id"), Index(None, "received_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey(ServiceRecord.id))
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    received_at: Mapped[datetime]
    digest: Mapped[str]
    key_id: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
