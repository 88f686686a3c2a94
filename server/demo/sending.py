"""A phone of the demo county sends through the door that all phones use."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from server import clock
from server.db import db
from server.demo.making import DemoError, Making, actor_named
from server.demo.phone import Entry
from server.prepared import ask
from server.sync import devices, service as door
from server.sync.keeping import canonical
from server.sync.protocol import Result, read_batch
from server.web.schemas import instant_text

APP_VERSION = "demo"
PHONE = "演示手机"


def send(
    making: Making,
    login: str,
    at: datetime,
    entries: Sequence[Entry],
    *,
    refused: bool = False,
    waiting: int = 0,
    device: str = PHONE,
) -> None:
    """Within a transaction: all of it is taken, or as the story wants it, all refused. `waiting` entries stay
    on the phone."""
    session = db.session()
    with clock.fixed(at):
        actor = actor_named(making, session, login, at)
        batch = {
            "protocol": 1,
            "device_id": str(UUID(int=actor.id.int ^ len(device))),
            "device_name": device,
            "sent_at": instant_text(at),
            "app_version": APP_VERSION,
            "waiting": {"count": waiting, "oldest_at": instant_text(at) if waiting else None},
            "entries": list(entries),
        }
        read = read_batch(canonical(batch).encode(), at)
        results = door.receive(door.Door(session, actor, making.app.keyring, at), read)
        ask(session.connection(), devices.noted(session, actor.id, read, at))
    _expect(results, "refused" if refused else "stored")


def _expect(results: Sequence[Result], outcome: str) -> None:
    for result in results:
        if result.outcome != outcome:
            raise DemoError(f"an entry of the demo was {result.outcome}: {result.code} {result.fields}")
