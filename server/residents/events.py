"""Facts that residents announce."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ResidentChanged:
    """A stay, a condition or the birth date of a resident is new or different, on no day before `since`."""

    resident_id: UUID
    institution_id: UUID
    since: date = date.min
