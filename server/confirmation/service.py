"""Confirming and disputing what clinicians say was done: by staff, on their own account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from server.audit.service import record as trail
from server.audit.tags import Tag
from server.confirmation.models import ConfirmationAct
from server.errors import FieldError, Refusal
from server.events import emit
from server.organisations.revisions import touch
from server.rounds.events import RecordChanged
from server.rounds.models import Round, ServiceRecord
from server.rounds.service import Act

_STATE = {"confirm": "confirmed", "dispute": "disputed"}
_TAG = {"confirm": Tag.RECORD_CONFIRMED, "dispute": Tag.RECORD_DISPUTED}


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of the lines named; a dispute has a reason."""

    act: str
    seen: Sequence[tuple[UUID, int]]
    reason: str | None = None
    text: str | None = None


def say(
    session: Session, act: Act, round_: Round, lines: Mapping[UUID, ServiceRecord], word: Word
) -> list[ServiceRecord]:
    """Confirm or dispute lines of a round at the versions seen: all of them, or none with each problem named.

    `lines` are the round's. Nobody confirms a round they took part in.
    """
    if act.actor.id in {round_.clinician_id, *(line.performer_id for line in lines.values())}:
        raise Refusal("own_round")
    problems = [
        FieldError(f"payload.lines[{position}]", problem)
        for position, (line_id, version) in enumerate(word.seen)
        if (problem := _problem(lines.get(line_id), version))
    ]
    if problems:
        raise Refusal(problems[0].code, *problems)
    chosen = [lines[line_id] for line_id in dict(word.seen)]  # each once, however often it is named
    for line in chosen:
        _apply(session, act, line, word)
    return chosen


def _problem(line: ServiceRecord | None, version: int) -> str | None:
    if line is None:
        return "unknown_line"
    if line.state == "void":
        return "void"
    return None if line.version == version else "stale_version"


def _apply(session: Session, act: Act, line: ServiceRecord, word: Word) -> None:
    line.state = _STATE[word.act]
    touch(session, line)  # a second word may leave the state as it is
    session.add(
        ConfirmationAct(
            record_id=line.id,
            version=line.version,
            act=word.act,
            entry_id=act.entry_id,
            by_id=act.actor.id,
            at=act.at,
            received_at=act.received_at,
            device_name=act.device_name,
            reason=word.reason,
            text=word.text,
        )
    )
    emit(session, RecordChanged(line.institution_id, line.medical_id, line.service, line.subject_id, line.on))
    trail(
        session,
        act.actor,
        _TAG[word.act],
        act.received_at,
        subject=line.id,
        organisation=line.institution_id,
        other=line.medical_id,
        version=line.version,
    )
