"""Facts that demands announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DemandChanged:
    """A request between these two was made, answered or withdrawn: response rates on the service differ."""

    institution_id: UUID
    medical_id: UUID
    service: str
