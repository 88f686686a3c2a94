"""What a phone's request tells of the phone itself."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.prepared import Prepared, Question, Row
from server.sync.models import Device
from server.sync.protocol import Batch

_NOTED_EVERY = timedelta(minutes=1)
_CLOCK_MOVED_MS = 15_000
_KEY = ("account_id", "device_id")
_TOLD = ("name", "app_version", "waiting", "oldest_waiting_at")


def noted(session: Session, account_id: UUID, batch: Batch, now: datetime) -> Question[list[Row]]:
    """What keeps that which the phone told; it changes nothing where nothing differs within a minute."""
    waiting = batch.waiting or {"count": None, "oldest_at": None}
    seen = {
        "account_id": account_id,
        "device_id": batch.device_id,
        "name": batch.device_name,
        "app_version": batch.app_version,
        "last_sync_at": now,
        "waiting": waiting["count"],
        "oldest_waiting_at": waiting["oldest_at"],
        "offset_ms": batch.offset // timedelta(milliseconds=1),
    }
    given = {f"new_{name}": value for name, value in seen.items()}
    statement = _NOTE[session.get_bind().dialect.name]
    return statement.asked({**given, "noted_before": now - _NOTED_EVERY})


def _statement(dialect: Any) -> Any:
    names = [column.name for column in Device.__table__.columns]
    new = dialect.insert(Device).values({name: bindparam(f"new_{name}") for name in names})
    differs = or_(
        Device.last_sync_at < bindparam("noted_before"),
        func.abs(Device.offset_ms - new.excluded.offset_ms) > _CLOCK_MOVED_MS,
        *(getattr(Device, name).is_distinct_from(new.excluded[name]) for name in _TOLD),
    )
    return new.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: new.excluded[name] for name in names if name not in _KEY},
        where=differs,
    )


_NOTE = {"postgresql": Prepared(_statement(postgresql)), "sqlite": Prepared(_statement(sqlite))}
