"""Facts that agreements announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """What an agreement promises, or from when to when, is new or different."""

    agreement_id: UUID
