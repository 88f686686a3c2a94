"""Who has the next word in a dispute, and when it is settled. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

MANAGERS = ("medical", "care")
PARTIES = (*MANAGERS, "regulator")
VERDICTS = ("confirmed", "void")
# How long the two managers have before the regulator may rule although one of them is silent.
AGREE_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Ruled:
    """One ruling: a later one of the same party takes the place of an earlier one."""

    party: str
    verdict: str
    by_id: UUID


def settled_as(rulings: Sequence[Ruled]) -> str | None:
    """The verdict that stands, oldest ruling first: the regulator's, or that of both managers where they say
    the same and are two people."""
    last = {each.party: each for each in rulings}
    if "regulator" in last:
        return last["regulator"].verdict
    if any(party not in last for party in MANAGERS):
        return None
    medical, care = (last[party] for party in MANAGERS)
    return medical.verdict if medical.verdict == care.verdict and medical.by_id != care.by_id else None


def awaits(upheld_at: datetime | None, rulings: Sequence[Ruled], now: datetime) -> str | None:
    """Who has the next word: `clinician`, `managers`, `regulator` (managers may still agree), or None where
    it is settled."""
    if settled_as(rulings):
        return None
    if upheld_at is None:
        return "clinician"
    spoken = {each.party for each in rulings}
    return "regulator" if spoken.issuperset(MANAGERS) or now - upheld_at > AGREE_WITHIN else "managers"


def why_not_rule(party: str | None, awaited: str | None) -> str | None:
    """Why this party has no say now: a code; None where it has."""
    if party is None:
        return "no_party"
    if awaited is None:
        return "not_disputed"
    if awaited == "clinician":
        return "not_upheld"
    return "managers_first" if party == "regulator" and awaited != "regulator" else None
