"""What may become of a referral. Pure: its state follows from the steps that are known, in whatever order
they arrived, for phones on both sides are often without a signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# A referral is recorded as one of these services; each goes one way.
DIRECTIONS: Mapping[str, str] = {
    "green_channel_emergency": "green_channel",
    "emergency_transfer": "green_channel",
    "referral_up": "up",
    "referral_down": "down",
}
ACTS = ("accept", "decline", "depart", "arrive", "close", "family", "void")
STATES = ("requested", "accepted", "declined", "departed", "arrived", "closed", "void")
SETTLED = ("declined", "closed", "void")  # nobody waits for anything any more
DECLINE_REASONS = ("no_bed", "not_equipped", "not_indicated", "other_hospital_better", "other")
WITHDRAWN = "withdrawn"
RECEIVERS_OUTCOMES = ("admitted", "treated_returned", "transferred_on", "died", "not_arrived")
OUTCOMES = (*RECEIVERS_OUTCOMES, WITHDRAWN)
SAME_CALL = timedelta(hours=24)
CALLED_AFTER = timedelta(hours=1)
TOLERANCE = timedelta(minutes=5)  # two phones' clocks, each corrected, are not one clock

_ORDER = {"request": 0, "depart": 1, "arrive": 2, "close": 3}
_AGAINST_DECLINING = {
    "close": "already_closed",
    "arrive": "under_way",
    "depart": "under_way",
    "accept": "already_accepted",
}
_SAYERS: Mapping[str, frozenset[str]] = {
    "accept": frozenset({"receiver"}),
    "decline": frozenset({"receiver"}),
    "depart": frozenset({"sender", "care"}),
    "arrive": frozenset({"sender", "care", "receiver"}),
    "close": frozenset({"sender", "receiver"}),
    "family": frozenset({"sender", "care", "receiver"}),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing said of a referral: `at` by the phone's corrected clock; `outcome` of a close."""

    act: str
    at: datetime
    outcome: str | None = None


def state_of(steps: Sequence[Step]) -> str:
    """The furthest that is known; the order in which the steps came is nothing to it."""
    acts = {step.act for step in steps}
    for act, state in (
        ("void", "void"),
        ("close", "closed"),
        ("arrive", "arrived"),
        ("depart", "departed"),
        ("decline", "declined"),
        ("accept", "accepted"),
    ):
        if act in acts:
            return state
    return "requested"


def may_say(act: str, outcome: str | None, sides: frozenset[str], *, outside: bool) -> bool:
    """Whether somebody on these sides (`sender`, `receiver`, `care`) says this of a referral.

    `outside`: the receiving hospital is not one that uses this product. Then the sender speaks for it:
    somebody rang there. Only the sender withdraws what it asked for; how it ended is the receiver's word.
    """
    if outside and "sender" in sides:
        sides |= {"receiver"}
    if act == "close":
        return ("sender" if outcome == WITHDRAWN else "receiver") in sides
    return bool(_SAYERS[act] & sides)


def why_not(requested_at: datetime, steps: Sequence[Step], new: Step) -> str | None:
    """Why `new` is impossible after what is known, or None. To be said twice is no contradiction.

    What was done before the end may become known after it; what contradicts it may not.
    """
    acts = {step.act for step in steps}
    if "void" in acts:
        return "void"
    if new.act in ("family", "void"):
        return None
    return _excluded(acts, steps, new) or _out_of_time(requested_at, steps, new)


def _excluded(acts: set[str], steps: Sequence[Step], new: Step) -> str | None:
    if new.act == "decline":
        return next((code for act, code in _AGAINST_DECLINING.items() if act in acts), None)
    if "decline" in acts:
        return "already_declined"
    if new.act == "close":
        if any(step.act == "close" and step.outcome != new.outcome for step in steps):
            return "already_closed"
        return "under_way" if new.outcome == WITHDRAWN and "arrive" in acts else None
    return None


def _out_of_time(requested_at: datetime, steps: Sequence[Step], new: Step) -> str | None:
    """Each stage is not before those that come before it, nor after those that come after it."""
    for known in (Step("request", requested_at), *_first_of_each(steps)):
        if known.act == "close" and new.act != "close" and new.at > known.at + TOLERANCE:
            return "already_closed"
        if not _ordered(known, new):
            return "out_of_order"
    return None


def _ordered(known: Step, new: Step) -> bool:
    """Answering has no place between setting out and arriving: an ambulance does not wait for it."""
    place = _ORDER.get(known.act)
    if place is None or (new.act not in _ORDER and known.act not in ("request", "close")):
        return True
    own = _ORDER.get(new.act, 1 if known.act == "request" else 2)
    if place < own:
        return new.at >= known.at - TOLERANCE
    return place == own or new.at <= known.at + TOLERANCE


def _first_of_each(steps: Sequence[Step]) -> list[Step]:
    """What was said twice was so from the first time on."""
    first: dict[str, Step] = {}
    for step in sorted(steps, key=lambda step: step.at):
        first.setdefault(step.act, step)
    return list(first.values())


def limit_at(asked_at: datetime, minutes: int | None) -> datetime | None:
    """The last moment for an answer in time, inclusive; None where no agreement sets one."""
    return None if minutes is None else asked_at + timedelta(minutes=minutes)


def same_call(called_at: datetime, asked_at: datetime, answered_at: datetime | None) -> bool:
    """Whether a call of the care institution and a referral of the same resident are one event: the call led
    to it within a day, or staff called too while the hospital had not answered yet."""
    if called_at <= asked_at:
        return asked_at - called_at <= SAME_CALL
    return called_at - asked_at <= CALLED_AFTER and (answered_at is None or answered_at >= called_at)
