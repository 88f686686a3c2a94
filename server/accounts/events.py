"""Facts that accounts announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CertificateFiled:
    """A certificate of this clinician is new or different: other days may be covered than before."""

    account_id: UUID
