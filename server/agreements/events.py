"""Facts that agreements announce."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """What an agreement promises, or from when to when, is new or different."""

    agreement_id: UUID


@dataclass(frozen=True, slots=True)
class AgreementAmending:
    """Days from `since` on are about to be promised otherwise. Who published figures of them may refuse."""

    agreement_id: UUID
    institution_id: UUID
    since: date
