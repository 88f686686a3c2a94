"""Views of pages that open screens read again every few seconds: one entry of the trail in ten minutes.

What differs in the meantime is seen by whoever looks on; that somebody looks at it is what the trail says.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.web.application import Application

AGAIN_AFTER = timedelta(minutes=10)
_MOST = 10_000  # views remembered by a process; the oldest is forgotten, and its next look is an entry more
_Key = tuple[UUID, Tag, UUID]


def looked_on(
    app: Application,
    actor: Actor,
    tag: Tag,
    now: datetime,
    *,
    subject: UUID,
    parties: tuple[UUID, ...],
    **details: Any,
) -> None:
    """As `viewed`, unless the same session was shown the same within ten minutes by this process."""
    seen = cast(OrderedDict[_Key, datetime], app.extensions.setdefault("looked_on", OrderedDict()))
    key = (actor.session_id, tag, subject)
    last = seen.get(key)
    if last is not None and timedelta(0) <= now - last < AGAIN_AFTER:
        return
    seen[key] = now
    seen.move_to_end(key)
    while len(seen) > _MOST:
        seen.popitem(last=False)
    viewed(app, actor, tag, now, subject=subject, parties=parties, **details)
