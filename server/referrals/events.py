"""Facts that referrals announce."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReferralChanged:
    """A referral is new, or something was said of it."""

    referral_id: UUID
