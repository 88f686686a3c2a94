"""Reading rounds."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server.auth.actor import Actor
from server.auth.scope import visible
from server.errors import NotFound
from server.rounds.models import Participant, RecordVersion, Round, ServiceRecord
from server.rounds.rules import Visit, sent_late


def rounds_visible(actor: Actor) -> Select[Round]:
    """The rounds the actor may see, with all that `round_view` shows."""
    return visible(select(Round), Round, actor).options(*ROUND_LOADED)


def lines_visible(actor: Actor) -> Select[ServiceRecord]:
    return visible(select(ServiceRecord), ServiceRecord, actor).options(*LINE_LOADED)


ROUND_LOADED = (
    joinedload(Round.medical),
    joinedload(Round.clinician),
    selectinload(Round.notes),
    selectinload(Round.participants).joinedload(Participant.account),
)
LINE_LOADED = (joinedload(ServiceRecord.performer), joinedload(ServiceRecord.subject))


def joined_by(account_id: UUID) -> Select[UUID]:
    """Ids of the rounds that somebody joined."""
    return select(Participant.round_id).where(Participant.account_id == account_id)


def rounds_joined(session: Session, account_id: UUID, visits: Iterable[Visit]) -> set[UUID]:
    """Those of these rounds, begun by others, in which somebody takes part; no query where there are none."""
    others = {visit.id for visit in visits if visit.clinician_id != account_id}
    if not others:
        return set()
    return set(session.scalars(joined_by(account_id).where(Participant.round_id.in_(others))))


def first_kept(session: Session, lines: Collection[UUID]) -> set[UUID]:
    """Those of these lines whose first version is kept beside them; no query where there are none."""
    if not lines:
        return set()
    kept = RecordVersion.record_id.in_(lines), RecordVersion.version == 1
    return set(session.scalars(select(RecordVersion.record_id).where(*kept)))


def round_of(session: Session, actor: Actor, round_id: UUID) -> Round:
    found = session.scalar(rounds_visible(actor).where(Round.id == round_id))
    if found is None:
        raise NotFound("round")
    return found


def line_of(session: Session, actor: Actor, line_id: UUID) -> ServiceRecord:
    found = session.scalar(lines_visible(actor).where(ServiceRecord.id == line_id))
    if found is None:
        raise NotFound("line")
    return found


def versions_of(session: Session, records: Iterable[UUID]) -> dict[UUID, list[RecordVersion]]:
    """The versions of these lines that are kept beside them, oldest first: all of what was changed."""
    grouped: dict[UUID, list[RecordVersion]] = {}
    rows = session.scalars(
        select(RecordVersion)
        .where(RecordVersion.record_id.in_(set(records)))
        .options(joinedload(RecordVersion.by))
        .order_by(RecordVersion.record_id, RecordVersion.version)
    )
    for row in rows:
        grouped.setdefault(row.record_id, []).append(row)
    return grouped


def round_view(actor: Actor, round_: Round) -> dict[str, Any]:
    """A round in the shape of `RoundSchema`. Free text may name residents: it is for those who may."""
    known = actor.knows(round_.medical_id, round_.institution_id)
    same = (
        "id institution_id on checked_in_at checked_out_at minutes method manual_reason grade "
        "grade_reasons distance_m accuracy_m out_distance_m received_at device_name"
    )
    return {
        **{name: getattr(round_, name) for name in same.split()},
        "medical": {"id": round_.medical_id, "name": round_.medical.name},
        "clinician": {"id": round_.clinician_id, "name": round_.clinician.name},
        "participants": [_participant_view(each) for each in round_.participants],
        "no_signal": sent_late(round_.checked_in_at, round_.received_at),
        "status": "closed" if round_.checked_out_at else "open",
        "manual_text": round_.manual_text if known else None,
        "note": ("\n".join(note.text for note in round_.notes) or None) if known else None,
    }


def _participant_view(row: Participant) -> dict[str, Any]:
    same = "at grade grade_reasons distance_m accuracy_m"
    who = {"id": row.account_id, "name": row.account.name}
    return {**{name: getattr(row, name) for name in same.split()}, **who}
