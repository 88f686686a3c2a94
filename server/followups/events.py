"""Facts that follow-ups announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FollowUpStated:
    """Somebody said why no record closes the duty of this resident and matter."""

    institution_id: UUID
    subject_id: UUID
    matter: str
