"""Sending a resident to a hospital or back, step by step; and the call on demand that a referral is.

The first half decides, without a database: what is done is written when the whole batch is judged. The second
half acts on what others said: a line confirmed or withdrawn, a call of the care institution.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from server.audit.models import AuditEntry
from server.audit.service import entry as trail_entry
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.errors import FieldError, Refusal, invalid
from server.referrals.models import ReferralStep
from server.referrals.rules import DECLINE_REASONS, DIRECTIONS, OUTCOMES, Step, may_say, state_of, why_not
from server.rounds.rules import Line
from server.rounds.service import Act, Deeds


@dataclass(slots=True)
class Case:
    """A referral by the names of its columns; `steps` are those that are known, `stored` says whether the
    database has it already."""

    id: UUID
    institution_id: UUID
    sender_id: UUID
    receiver_id: UUID | None
    subject_id: UUID
    service: str
    direction: str
    form: dict[str, Any]
    reading_id: UUID | None
    from_id: UUID | None
    demand_id: UUID | None
    requested_at: datetime
    requested_by_id: UUID
    received_at: datetime
    asked_at: datetime
    answered_at: datetime | None
    answered_by_id: UUID | None
    state: str
    changed_at: datetime
    steps: list[Step] = field(default_factory=list)
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: who goes where, and what it comes from."""

    institution_id: UUID
    sender_id: UUID
    receiver_id: UUID | None
    subject_id: UUID
    service: str
    form: dict[str, Any]
    reading_id: UUID | None = None
    from_id: UUID | None = None
    demand_id: UUID | None = None


def request(deeds: Deeds, act: Act, asked: Asked) -> Case:
    """Open a referral. In a round it has a line of the same id, which was judged before."""
    case = Case(
        id=act.entry_id,
        institution_id=asked.institution_id,
        sender_id=asked.sender_id,
        receiver_id=asked.receiver_id,
        subject_id=asked.subject_id,
        service=asked.service,
        direction=DIRECTIONS[asked.service],
        form=asked.form,
        reading_id=asked.reading_id,
        from_id=asked.from_id,
        demand_id=asked.demand_id,
        requested_at=act.at,
        requested_by_id=act.actor.id,
        received_at=act.received_at,
        asked_at=act.received_at,
        answered_at=None,
        answered_by_id=None,
        state="requested",
        changed_at=act.now,
    )
    _trail(deeds, act, Tag.REFERRAL_REQUESTED, case, case.sender_id, service=case.service)
    return case


def from_line(deeds: Deeds, act: Act, line: Line) -> Case | None:
    """The referral of a record that was entered as any other, or was corrected to one that was done: there is
    one way, whoever leads into it. Its id and its beginning are the line's."""
    if line.service not in DIRECTIONS or line.outcome != "done" or line.subject_id is None:
        return None
    parties = line.institution_id, line.medical_id, None
    asked = Asked(*parties, line.subject_id, line.service, line.form)
    return request(deeds, act._replace(entry_id=line.id, at=line.made_at), asked)


def again(case: Case) -> None:
    """Its line says once more that it was done: what was withdrawn with the line goes on where it was."""
    case.steps = [step for step in case.steps if step.act != "void"]
    case.state = state_of(case.steps)


def say(deeds: Deeds, act: Act, case: Case, said: Mapping[str, Any], kind: str) -> Case:
    """One step. `said` is the payload without the referral's id; `kind` one of the rules' acts.

    To say again what is known is taken and changes nothing: two people at one bed do not contradict.
    """
    _check_words(kind, said)
    outcome = said.get("outcome")
    sides = sides_of(act.actor, case)
    if not may_say(kind, outcome, frozenset(sides), outside=case.receiver_id is None):
        raise Refusal("not_yours")
    step = Step(kind, act.at, outcome)
    if problem := why_not(case.requested_at, case.steps, step):
        raise Refusal(problem, FieldError("at", problem))
    case.steps.append(step)
    case.state, case.changed_at = state_of(case.steps), act.now
    if kind == "accept" and case.answered_at is None:
        case.answered_at, case.answered_by_id = max(act.received_at, case.asked_at), act.actor.id
    row = {"id": act.entry_id, "referral_id": case.id, "act": kind, "at": act.at}
    by = {"received_at": act.received_at, "by_id": act.actor.id, "said": _kept(said)}
    deeds.rows[ReferralStep].append({**row, **by})
    own = next(iter(sides.values()))
    _trail(deeds, act, Tag.REFERRAL_STEP, case, own, step=kind)
    return case


def sides_of(actor: Actor, case: Any) -> dict[str, UUID]:
    """On which sides of a referral the actor works with patients, and their organisation there."""
    medical = actor.organisations(Permission.ROUNDS_RECORD, OrganisationKind.MEDICAL)
    care = actor.organisations(Permission.ROUNDS_CONFIRM, OrganisationKind.CARE)
    found: dict[str, UUID] = {}
    if case.sender_id in medical:
        found["sender"] = case.sender_id
    if case.receiver_id in medical:
        found["receiver"] = case.receiver_id
    if case.institution_id in care:
        found["care"] = case.institution_id
    return found


def _check_words(kind: str, said: Mapping[str, Any]) -> None:
    if kind == "decline":
        if said["reason"] not in DECLINE_REASONS:
            raise invalid("payload.reason", "unknown_choice")
        if said["reason"] == "other" and not said["text"]:
            raise invalid("payload.text", "required")
    if kind == "close" and said["outcome"] not in OUTCOMES:
        raise invalid("payload.outcome", "unknown_choice")


def _kept(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "referral_id" and value is not None}


def _trail(deeds: Deeds, act: Act, tag: Tag, case: Case, own: UUID, **details: Any) -> None:
    other = case.institution_id if own != case.institution_id else case.sender_id
    deeds.rows[AuditEntry].append(
        trail_entry(act.actor, tag, act.now, subject=case.id, organisation=own, other=other, **details)
    )
