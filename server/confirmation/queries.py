"""Lines of rounds together with what was said of them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server.auth.actor import Actor
from server.confirmation.models import ConfirmationAct
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


def line_views(session: Session, actor: Actor, lines: Sequence[ServiceRecord]) -> list[dict[str, Any]]:
    """Lines (performer and subject loaded) in the shape of `LineSchema`; two queries for all of them."""
    ids = [line.id for line in lines]
    acts, versions = acts_on(session, ids), versions_of(session, ids)
    return [_view(actor, line, acts.get(line.id, []), versions[line.id]) for line in lines]


def _view(
    actor: Actor, line: ServiceRecord, acts: Sequence[ConfirmationAct], versions: Sequence[RecordVersion]
) -> dict[str, Any]:
    known = actor.knows(line.medical_id, line.institution_id)
    last = acts[-1] if acts and acts[-1].version == line.version else None
    word = _said(last, known=known) if last else None
    corrections = [version for version in versions if version.reason not in (None, "checked_out")]
    return {
        **{name: getattr(line, name) for name in _SAME},
        "form": line.form if known else {},
        "urgent": line.urgent if known else [],
        "subject_name": _shown_name(line, known=known),
        "performer": {"id": line.performer_id, "name": line.performer.name},
        "no_signal": sent_late(line.made_at, line.received_at),
        "late_reason": next((each.late_reason for each in reversed(versions) if each.late_reason), None),
        "amended": bool(corrections),
        "confirmation": word if line.state == "confirmed" else None,
        "dispute": word if line.state == "disputed" else None,
        "void_reason": corrections[-1].reason if line.state == "void" else None,
    }


def _said(act: ConfirmationAct, *, known: bool) -> dict[str, Any]:
    """What somebody said of a line; their own words may name residents."""
    text = act.text if known else None
    return {"by": act.by.name, "at": act.at, "reason": act.reason, "text": text}


def _shown_name(line: ServiceRecord, *, known: bool) -> str | None:
    if line.subject is None:
        return None
    return line.subject.name if known else masked(line.subject.name)


def version_views(versions: Sequence[RecordVersion], *, known: bool) -> list[dict[str, Any]]:
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


def history_views(acts: Sequence[ConfirmationAct], *, known: bool) -> list[dict[str, Any]]:
    return [{**_said(act, known=known), "act": act.act, "version": act.version} for act in acts]
