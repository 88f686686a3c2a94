"""Facts that rounds announce."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RecordChanged:
    """A line of a round is new, or says or counts differently. `subject_id` is None for the institution."""

    institution_id: UUID
    medical_id: UUID
    service: str
    subject_id: UUID | None
    on: date


@dataclass(frozen=True, slots=True)
class FollowedRecorded:
    """A record of a resident is new, was corrected or withdrawn; urgent, or one that is followed up."""

    institution_id: UUID
    subject_id: UUID
    service: str
