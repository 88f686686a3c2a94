"""How far a phone has read: for each institution a revision and a day, and the reference data's version."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from server.errors import invalid


class Mark(NamedTuple):
    """Where reading an institution ended. What has come near since `day` is sent without a change."""

    revision: int
    day: date


class Begun(NamedTuple):
    """An institution that did not fit on its page: its rows up to `target` go on in this stage after this
    row. What changes meanwhile is beyond the target, and comes when the institution is read again."""

    institution: UUID
    target: Mark
    stage: int
    after: UUID | None


@dataclass(frozen=True, slots=True)
class Cursor:
    reference: str = ""
    marks: Mapping[UUID, Mark] = field(default_factory=dict)
    begun: Begun | None = None

    def text(self) -> str:
        """Opaque to the phone."""
        marks = {str(id_): [mark.revision, mark.day.isoformat()] for id_, mark in self.marks.items()}
        parts: list[Any] = [self.reference, marks]
        if self.begun:
            id_, target, stage, after = self.begun
            where = [stage, str(after) if after else None]
            parts.append([str(id_), target.revision, target.day.isoformat(), *where])
        document = json.dumps(parts, separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode()


def read_cursor(text: str | None) -> Cursor:
    """The cursor a phone hands back; without one it has read nothing."""
    if not text:
        return Cursor()
    try:
        reference, marks, *begun = json.loads(base64.urlsafe_b64decode(text))
        return Cursor(
            str(reference),
            {UUID(id_): _mark(*mark) for id_, mark in marks.items()},
            _begun(*begun[0]) if begun else None,
        )
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise invalid("cursor", "not_a_cursor") from None


def _mark(revision: Any, day: Any) -> Mark:
    return Mark(int(revision), date.fromisoformat(day))


def _begun(institution: Any, revision: Any, day: Any, stage: Any, after: Any) -> Begun:
    return Begun(UUID(institution), _mark(revision, day), int(stage), UUID(after) if after else None)
