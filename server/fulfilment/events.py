"""Facts that fulfilment announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FulfilmentChanged:
    """A figure of this agreement may differ: a window was recounted, or a request came or was answered."""

    agreement_id: UUID
