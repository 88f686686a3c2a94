"""A colleague joins a round that another clinician began: both record in it, and neither confirms it."""

from dataclasses import dataclass
from uuid import UUID

from server.audit.tags import Tag
from server.auth.roles import OrganisationKind, Permission
from server.checkin.rules import (
    GRADE_RULE_VERSION,
    Fix,
    Joining,
    RoundCode,
    distance_m,
    join_grade,
)
from server.errors import FieldError, Refusal
from server.rounds.models import Participant
from server.rounds.rules import Place, Visit
from server.rounds.service import Act, Deeds, keep_position, note_on_trail


@dataclass(frozen=True, slots=True)
class Shown:
    """What a colleague shows: the code that was scanned (None: unreadable), and where."""

    institution_id: UUID
    code: RoundCode | None
    fix: Fix | None
    position_problem: str | None


def join(deeds: Deeds, act: Act, visit: Visit, place: Place, shown: Shown) -> Visit:
    """Take part in a round of the same medical institution; how being there was shown is graded."""
    if shown.institution_id != visit.institution_id:
        raise Refusal("out_of_scope", FieldError("payload.institution_id", "out_of_scope"))
    if visit.medical_id not in act.actor.organisations(Permission.ROUNDS_RECORD, OrganisationKind.MEDICAL):
        raise Refusal("out_of_scope")
    if visit.clinician_id == act.actor.id or visit.id in deeds.joined:
        raise Refusal("already_checked_in")
    joining = Joining(visit.id, visit.grade, visit.checked_in_at, visit.checked_out_at, shown.code, act.at)
    graded = join_grade(joining, shown.fix, place.fence)
    distance = round(distance_m(shown.fix, place.fence)) if shown.fix and place.fence else None
    deeds.joined.add(visit.id)
    deeds.visits[visit.id] = visit  # phones of both hold it, and learn of it by its revision
    keep_position(deeds, act.entry_id, visit.id, shown.fix, act.received_at)
    deeds.rows[Participant].append(
        {
            "round_id": visit.id,
            "account_id": act.actor.id,
            "entry_id": act.entry_id,
            "at": act.at,
            "grade": graded.letter,
            "grade_reasons": list(graded.reasons),
            "grade_rule": GRADE_RULE_VERSION,
            "distance_m": distance,
            "accuracy_m": round(shown.fix.accuracy_m) if shown.fix else None,
            "position_problem": shown.position_problem,
            "device_id": act.device_id,
            "device_name": act.device_name,
            "received_at": act.received_at,
        }
    )
    note_on_trail(deeds, act, Tag.ROUND_JOINED, visit, grade=graded.letter)
    return visit
