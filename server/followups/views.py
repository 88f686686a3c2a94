"""Follow-ups in the shape of the wire."""

from typing import Any

from server.auth.actor import Actor
from server.followups.models import FollowUp
from server.residents.rules import masked


def follow_up_view(actor: Actor, row: FollowUp) -> dict[str, Any]:
    """A duty with its names; a regulator reads no resident's name and nothing that people wrote."""
    known = actor.knows(row.medical_id, row.institution_id)
    same = (
        "id record_id institution_id subject_id service matter on due_on urgent state closed_on closed_by_id"
    )
    return {
        **{name: getattr(row, name) for name in same.split()},
        "institution": {"id": row.institution_id, "name": row.institution.name},
        "medical": {"id": row.medical_id, "name": row.medical.name},
        "performer": {"id": row.performer_id, "name": row.performer.name},
        "subject_name": row.subject.name if known else masked(row.subject.name),
        "bed": row.subject.bed if known else "",
        "word": _word(row, known=known),
    }


def _word(row: FollowUp, *, known: bool) -> dict[str, Any] | None:
    word = row.word
    if word is None:
        return None
    return {"by": word.by.name, "at": word.at, "reason": word.reason, "text": word.text if known else None}
