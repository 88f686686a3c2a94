"""How far a phone has read: for each institution a revision and a day, and the reference data's version."""

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from server.auth.actor import Actor
from server.errors import invalid

_LONGEST = 1_000_000  # bytes, unzipped


class Mark(NamedTuple):
    """Where reading an institution ended. What has come near since `day` is sent without a change.

    `scope` says in which roles it was read: in others other rows of it are theirs to know, changed or not.
    """

    revision: int
    day: date
    scope: str = ""


class Begun(NamedTuple):
    """An institution that did not fit on its page: its rows up to `target` go on in this stage after this
    row. What changes meanwhile is beyond the target, and comes when the institution is read again."""

    institution: UUID
    target: Mark
    stage: int
    after: UUID | None


def could_be(mark: Mark, now: Mark) -> bool:
    """A mark ahead of the server is of a time that a restored backup has undone: read all of it again. So it
    is with one of other roles."""
    return 0 <= mark.revision <= now.revision and mark.day <= now.day and mark.scope == now.scope


def scope_of(actor: Actor, institution: UUID) -> str:
    """In which of the actor's roles the rows of an institution are read."""
    roles = [*sorted(each.hex for each in actor.medical), str(institution in actor.care)]
    return hashlib.sha256("".join(roles).encode()).hexdigest()[:6]


@dataclass(frozen=True, slots=True)
class Cursor:
    reference: str = ""
    marks: Mapping[UUID, Mark] = field(default_factory=dict)
    begun: Begun | None = None
    referrals: str = ""

    def text(self) -> str:
        """Opaque to the phone."""
        marks = {
            str(id_): [mark.revision, mark.day.isoformat(), mark.scope] for id_, mark in self.marks.items()
        }
        parts: list[Any] = [self.reference, marks, None, self.referrals]
        if self.begun:
            id_, target, stage, after = self.begun
            where = [stage, str(after) if after else None]
            parts[2] = [str(id_), target.revision, target.day.isoformat(), *where, target.scope]
        document = json.dumps(parts, separators=(",", ":"))
        return base64.urlsafe_b64encode(zlib.compress(document.encode())).decode()


def read_cursor(text: str | None) -> Cursor:
    """The cursor a phone hands back; without one it has read nothing."""
    if not text:
        return Cursor()
    try:
        reference, marks, *rest = json.loads(_unzipped(base64.urlsafe_b64decode(text)))
        return Cursor(
            str(reference),
            {UUID(id_): _mark(*mark) for id_, mark in marks.items()},
            _begun(*rest[0]) if rest and rest[0] else None,
            str(rest[1]) if len(rest) > 1 else "",
        )
    except (binascii.Error, zlib.error, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise invalid("cursor", "not_a_cursor") from None


def _unzipped(document: bytes) -> bytes:
    """Zipped, for it goes in an address, with room for two hundred institutions so; phones that have more
    ask at length (`POST /sync/read`). Phones may still hold one that is not."""
    if document.startswith(b"["):
        return document
    unzip = zlib.decompressobj()
    unzipped = unzip.decompress(document, _LONGEST)
    if not unzip.eof:
        raise ValueError("cut off, or more than a cursor of ours")
    return unzipped


def _mark(revision: Any, day: Any, scope: Any = "") -> Mark:
    return Mark(int(revision), date.fromisoformat(day), str(scope))


def _begun(institution: Any, revision: Any, day: Any, stage: Any, after: Any, scope: Any = "") -> Begun:
    target = _mark(revision, day, scope)
    return Begun(UUID(institution), target, int(stage), UUID(after) if after else None)
