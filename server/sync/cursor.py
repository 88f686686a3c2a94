"""How far a phone has read: for each institution a revision and a day, and the reference data's version."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from server.errors import invalid


class Mark(NamedTuple):
    """Where reading an institution ended. What has come near since `day` is sent without a change."""

    revision: int
    day: date


@dataclass(frozen=True, slots=True)
class Cursor:
    reference: str = ""
    marks: Mapping[UUID, Mark] = field(default_factory=dict)

    def text(self) -> str:
        """Opaque to the phone."""
        marks = {str(id_): [mark.revision, mark.day.isoformat()] for id_, mark in self.marks.items()}
        document = json.dumps([self.reference, marks], separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode()


def read_cursor(text: str | None) -> Cursor:
    """The cursor a phone hands back; without one it has read nothing."""
    if not text:
        return Cursor()
    try:
        reference, marks = json.loads(base64.urlsafe_b64decode(text))
        return Cursor(
            str(reference),
            {
                UUID(id_): Mark(int(revision), date.fromisoformat(day))
                for id_, (revision, day) in marks.items()
            },
        )
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise invalid("cursor", "not_a_cursor") from None
