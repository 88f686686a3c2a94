"""A phone of the demo county sends through the door that all phones use; all of it is taken."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from server import clock
from server.db import db, writing
from server.demo import phone
from server.demo.making import DemoError, Making, actor_named
from server.sync import service as door
from server.sync.protocol import Result, canonical, read_batch
from server.web.schemas import instant_text


def send(making: Making, login: str, at: datetime, said: Callable[[Session], Sequence[phone.Entry]]) -> None:
    """A phone sends what `said` gives it, and all of it is taken."""
    with clock.fixed(at), writing(db.session()) as session:
        actor = actor_named(making, session, login, at)
        batch = {
            "protocol": 1,
            "device_id": str(UUID(int=actor.id.int ^ 1)),
            "device_name": "演示手机",
            "sent_at": instant_text(at),
            "entries": list(said(session)),
        }
        results = door.receive(
            door.Door(session, actor, making.app.keyring, at), read_batch(canonical(batch).encode(), at)
        )
        _expect_stored(results)
        making.app.finish()


def _expect_stored(results: Sequence[Result]) -> None:
    for result in results:
        if result.outcome != "stored":
            raise DemoError(f"an entry of the demo was {result.outcome}: {result.code} {result.fields}")
