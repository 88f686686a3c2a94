"""Confirming and disputing what clinicians say was done: by staff, on their own account; and the clinician's
answer to a dispute."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from server.audit.models import AuditEntry
from server.audit.service import entry as trail_entry
from server.audit.tags import Tag
from server.confirmation.models import ConfirmationAct
from server.errors import FieldError, Refusal
from server.ids import new_id
from server.rounds.rules import Line, Visit
from server.rounds.service import Act, Deeds

_STATE = {"confirm": "confirmed", "dispute": "disputed", "uphold": "disputed"}
_TAG = {"confirm": Tag.RECORD_CONFIRMED, "dispute": Tag.RECORD_DISPUTED, "uphold": Tag.RECORD_UPHELD}


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of the lines named; a dispute and its answer have a reason."""

    act: str
    seen: Sequence[tuple[UUID, int]]
    reason: str | None = None
    text: str | None = None


def say(
    deeds: Deeds,
    act: Act,
    visit: Visit,
    lines: Mapping[UUID, Line],
    word: Word,
    ruled: Collection[tuple[UUID, int]] = (),
) -> list[Line]:
    """Confirm or dispute lines of a round at the versions seen: all of them, or none with each problem named.

    `lines` are the round's. Nobody confirms a round they took part in. Of those `ruled` at a version nobody
    says anything more.
    """
    performers = {visit.clinician_id, *(line.performer_id for line in lines.values())}
    if act.actor.id in performers or visit.id in deeds.joined:
        raise Refusal("own_round")
    problems = [
        FieldError(f"payload.lines[{position}]", problem)
        for position, (line_id, version) in enumerate(word.seen)
        if (problem := _problem(lines.get(line_id), version, ruled))
    ]
    if problems:
        raise Refusal(problems[0].code, *problems)
    chosen = [lines[line_id] for line_id in dict(word.seen)]  # each once, however often it is named
    for line in chosen:
        _apply(deeds, act, line, word)
    return chosen


def _problem(line: Line | None, version: int, ruled: Collection[tuple[UUID, int]]) -> str | None:
    if line is None:
        return "unknown_line"
    if line.state == "void":
        return "void"
    if line.version != version:
        return "stale_version"
    return "ruled" if (line.id, version) in ruled else None


def uphold(deeds: Deeds, act: Act, line: Line, word: Word) -> Line:
    """The clinician stands by a line that is disputed: it stays so until it is ruled on."""
    if line.performer_id != act.actor.id:
        raise Refusal("not_yours")
    ((_, version),) = word.seen
    if problem := _problem(line, version, ()):
        raise Refusal(problem, version=line.version)
    if line.state != "disputed":
        raise Refusal("not_disputed")
    _apply(deeds, act, line, word)
    return line


def _apply(deeds: Deeds, act: Act, line: Line, word: Word) -> None:
    line.state = _STATE[word.act]
    deeds.lines[line.id] = line  # a second word may leave the state as it is, and is news all the same
    deeds.rows[ConfirmationAct].append(
        {
            "id": new_id(),
            "record_id": line.id,
            "version": line.version,
            "act": word.act,
            "entry_id": act.entry_id,
            "by_id": act.actor.id,
            "at": act.at,
            "received_at": act.now,  # words follow each other as they were taken
            "device_name": act.device_name,
            "reason": word.reason,
            "text": word.text,
        }
    )
    parties = (line.institution_id, line.medical_id)
    organisation, other = reversed(parties) if word.act == "uphold" else parties
    deeds.rows[AuditEntry].append(
        trail_entry(
            act.actor,
            _TAG[word.act],
            act.now,
            subject=line.id,
            organisation=organisation,
            other=other,
            version=line.version,
        )
    )
