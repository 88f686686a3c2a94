"""Facts that demands announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DemandChanged:
    """A service was asked for, answered or the request withdrawn."""

    institution_id: UUID
    medical_id: UUID
    service: str
