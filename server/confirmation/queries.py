"""Lines of rounds together with what was said of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server.auth.actor import Actor
from server.confirmation.models import ConfirmationAct, Ruling
from server.photos.queries import missing_of
from server.residents.rules import masked
from server.rounds.models import RecordVersion, ServiceRecord
from server.rounds.queries import versions_of
from server.rounds.rules import sent_late

_SAME = (
    "id institution_id round_id service subject_id on made_at received_at version state outcome minutes "
    "attendees not_counted"
).split()


def acts_on(session: Session, records: Iterable[UUID]) -> dict[UUID, list[ConfirmationAct]]:
    """Everything said of these lines, oldest first."""
    grouped: dict[UUID, list[ConfirmationAct]] = {}
    rows = session.scalars(
        select(ConfirmationAct)
        .where(ConfirmationAct.record_id.in_(set(records)))
        .options(joinedload(ConfirmationAct.by))
        .order_by(ConfirmationAct.received_at, ConfirmationAct.id)
    )
    for row in rows:
        grouped.setdefault(row.record_id, []).append(row)
    return grouped


def rulings_on(session: Session, records: Iterable[UUID]) -> dict[UUID, list[Ruling]]:
    """Every ruling on these lines, oldest first."""
    grouped: dict[UUID, list[Ruling]] = {}
    rows = session.scalars(
        select(Ruling)
        .where(Ruling.record_id.in_(set(records)))
        .options(joinedload(Ruling.by))
        .order_by(Ruling.at, Ruling.id)
    )
    for row in rows:
        grouped.setdefault(row.record_id, []).append(row)
    return grouped


def settled(session: Session, records: Collection[UUID]) -> frozenset[tuple[UUID, int]]:
    """Those of these lines that were ruled on, with the version that was."""
    if not records:
        return frozenset()
    rows = session.execute(
        select(Ruling.record_id, Ruling.version).where(Ruling.settles, Ruling.record_id.in_(records))
    )
    return frozenset((row.record_id, row.version) for row in rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """What was said last of a line as it now is: a word of staff, and what followed a dispute."""

    word: ConfirmationAct | None
    answer: ConfirmationAct | None
    rulings: Sequence[Ruling]

    @property
    def ruled(self) -> bool:
        return any(each.settles for each in self.rulings)


def standings(session: Session, lines: Sequence[ServiceRecord]) -> dict[UUID, Standing]:
    """What stands of each line; one query, and one more where some of them were disputed."""
    return _standings(session, lines, acts_on(session, [line.id for line in lines]))


def _standings(
    session: Session, lines: Sequence[ServiceRecord], acts: Mapping[UUID, Sequence[ConfirmationAct]]
) -> dict[UUID, Standing]:
    words = {line.id: _last_word(line, acts.get(line.id, ())) for line in lines}
    disputed = {id_ for id_, (word, _) in words.items() if word and word.act == "dispute"}
    rulings = rulings_on(session, disputed) if disputed else {}
    return {
        id_: Standing(
            word, answer, [each for each in rulings.get(id_, ()) if word and each.dispute_id == word.id]
        )
        for id_, (word, answer) in words.items()
    }


def _last_word(
    line: ServiceRecord, acts: Sequence[ConfirmationAct]
) -> tuple[ConfirmationAct | None, ConfirmationAct | None]:
    """The last word of staff on its present version, and the clinician's answer to it."""
    word = answer = None
    for act in acts:
        if act.version == line.version and act.act == "uphold":
            answer = act
        elif act.version == line.version:
            word, answer = act, None
    return word, answer


def line_views(session: Session, actor: Actor, lines: Sequence[ServiceRecord]) -> list[dict[str, Any]]:
    """Lines (performer and subject loaded) in the shape of `LineSchema`; two or three queries for all."""
    ids = [line.id for line in lines]
    acts, versions = acts_on(session, ids), versions_of(session, ids)
    said, missing = _standings(session, lines, acts), missing_of(session, lines)
    return [
        {
            **_view(actor, line, said[line.id], versions.get(line.id, []), acts.get(line.id, [])),
            "photos_missing": missing.get(line.id, []),
        }
        for line in lines
    ]


def _view(
    actor: Actor,
    line: ServiceRecord,
    said: Standing,
    versions: Sequence[RecordVersion],
    acts: Sequence[ConfirmationAct],
) -> dict[str, Any]:
    known = actor.knows(line.medical_id, line.institution_id)
    word = said.word.act if said.word else None
    corrections = [version for version in versions if version.reason not in (None, "checked_out")]
    return {
        **{name: getattr(line, name) for name in _SAME},
        "form": line.form if known else {},
        "urgent": line.urgent if known else [],
        "assessment": line.assessment if known else None,
        "subject_name": _shown_name(line, known=known),
        "performer": {"id": line.performer_id, "name": line.performer.name},
        "no_signal": sent_late(line.made_at, line.received_at),
        "late_reason": next((each.late_reason for each in reversed(versions) if each.late_reason), None),
        "amended": bool(corrections),
        "earlier": _earlier(versions, acts, known=known),
        "confirmation": _said(said.word, known=known) if word == "confirm" else None,
        "dispute": _said(said.word, known=known) if word == "dispute" else None,
        "answer": _said(said.answer, known=known),
        "rulings": ruling_views(said.rulings),
        "void_reason": _void_reason(line, said, corrections),
    }


def _earlier(
    versions: Sequence[RecordVersion], acts: Sequence[ConfirmationAct], *, known: bool
) -> list[dict[str, Any]]:
    """What was said before each correction, latest first, with who had confirmed it."""
    confirmed = {act.version: act for act in acts if act.act == "confirm"}
    corrected = [
        (before, after.reason)
        for before, after in pairwise(versions)
        if after.reason not in (None, "checked_out")
    ]
    return [
        {
            **{name: getattr(before, name) for name in ("version", "at", "outcome")},
            "form": before.form if known else {},
            "by": before.by.name,
            "reason": reason,
            "confirmed": _said(confirmed.get(before.version), known=known),
        }
        for before, reason in reversed(corrected)
    ]


def _void_reason(line: ServiceRecord, said: Standing, corrections: Sequence[RecordVersion]) -> str | None:
    if line.state != "void":
        return None
    return "ruled" if said.ruled else corrections[-1].reason


def ruling_views(rulings: Iterable[Ruling]) -> list[dict[str, Any]]:
    """For both parties and the regulator alike: whoever rules is told that all of them read the words."""
    same = "party at verdict text settles".split()
    return [{**{name: getattr(each, name) for name in same}, "by": each.by.name} for each in rulings]


def _said(act: ConfirmationAct | None, *, known: bool) -> dict[str, Any] | None:
    """What somebody said of a line; their own words may name residents."""
    if act is None:
        return None
    text = act.text if known else None
    return {"by": act.by.name, "at": act.at, "reason": act.reason, "text": text}


def _shown_name(line: ServiceRecord, *, known: bool) -> str | None:
    if line.subject is None:
        return None
    return line.subject.name if known else masked(line.subject.name)


def version_views(
    line: ServiceRecord, versions: Sequence[RecordVersion], *, known: bool
) -> list[dict[str, Any]]:
    """Every version, oldest first. Of a line that nobody changed the line itself is all there is."""
    if not versions:
        return [_only_version(line, known=known)]
    same = "version at received_at reason late_reason outcome".split()
    return [
        {
            **{name: getattr(version, name) for name in same},
            "by": version.by.name,
            "no_signal": sent_late(version.at, version.received_at),
            "late_text": version.late_text if known else None,
            "form": version.form if known else {},
            "reason_text": version.reason_text if known else None,
        }
        for version in versions
    ]


def _only_version(line: ServiceRecord, *, known: bool) -> dict[str, Any]:
    return {
        "version": line.version,
        "at": line.made_at,
        "received_at": line.received_at,
        "by": line.performer.name,
        "no_signal": sent_late(line.made_at, line.received_at),
        "reason": None,
        "reason_text": None,
        "late_reason": None,
        "late_text": None,
        "outcome": line.outcome,
        "form": line.form if known else {},
    }


def history_views(acts: Sequence[ConfirmationAct], *, known: bool) -> list[dict[str, Any]]:
    return [{**(_said(act, known=known) or {}), "act": act.act, "version": act.version} for act in acts]
