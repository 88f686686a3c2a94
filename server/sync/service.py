"""The phone's door: every entry is kept, judged and answered, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.errors import Refusal
from server.events import savepoint
from server.keys import Keyring
from server.organisations.models import InstitutionRevision
from server.rounds.models import Round
from server.rounds.rules import time_refusal
from server.rounds.service import Act
from server.sync.entries import APPLY
from server.sync.held import Held, hold
from server.sync.models import LedgerEntry
from server.sync.protocol import Batch, Entry, Result, Unreadable

AnyEntry = Entry | Unreadable


@dataclass(frozen=True, slots=True)
class Door:
    """Who sends, with what keys posters are checked, and when it arrived."""

    session: Session
    actor: Actor
    keyring: Keyring
    now: datetime


def receive(door: Door, batch: Batch) -> list[Result]:
    """Judge a batch in the order sent: as a whole, and entry by entry only when the database refuses that."""
    _lock_institutions(door, batch.entries)
    try:
        with savepoint(door.session):
            return _apply_all(door, batch)
    except IntegrityError:
        return [result for entry in batch.entries for result in _alone(door, batch, entry)]


def _alone(door: Door, batch: Batch, entry: AnyEntry) -> list[Result]:
    single = replace(batch, entries=(entry,))
    try:
        with savepoint(door.session):
            return _apply_all(door, single)
    except IntegrityError:
        # Somebody else stored this id at the same moment; what is there now decides.
        return [Result(_id(entry), "busy")]


def _lock_institutions(door: Door, entries: Sequence[AnyEntry]) -> None:
    """Lock the institutions that the batch may touch, sorted: senders queue here and nowhere else.

    Their revisions are raised only when rows change: what was only sent again is no news to other phones.
    """
    named = {
        entry.payload["institution_id"]
        for entry in entries
        if isinstance(entry, Entry) and entry.kind == "check_in"
    }
    rounds = {entry.round_id for entry in entries if entry.round_id}
    of_rounds = door.session.scalars(select(Round.institution_id).where(Round.id.in_(rounds)))
    counter = InstitutionRevision.institution_id
    touched = (named | set(of_rounds)) & door.actor.reach
    door.session.scalars(
        select(counter).where(counter.in_(touched)).order_by(counter).with_for_update()
    ).all()


def _apply_all(door: Door, batch: Batch) -> list[Result]:
    held = hold(door.session, door.actor, batch.entries, door.now)
    results = [_apply(door, batch, held, entry) for entry in batch.entries]
    door.session.flush()  # a clash with another sender must show inside the savepoint
    return results


def _apply(door: Door, batch: Batch, held: Held, entry: AnyEntry) -> Result:
    known = held.ledger.get((entry.id, entry.kept.content_hash))
    if known and known.outcome == "stored":
        return Result(_id(entry), "duplicate", record=held.record_of(entry))
    try:
        record = _judge(door, batch, held, entry)
    except Refusal as refusal:
        _enter(door, batch, held, entry, known, refusal.code)
        return Result(_id(entry), "refused", refusal.code, refusal.fields)
    _enter(door, batch, held, entry, known, None)
    return Result(_id(entry), "stored", record=record)


def _judge(door: Door, batch: Batch, held: Held, entry: AnyEntry) -> Mapping[str, Any]:
    if isinstance(entry, Unreadable):
        raise entry.refusal
    if entry.id in held.stored_ids:
        raise Refusal("content_differs")
    if code := time_refusal(entry.at, door.now):
        raise Refusal(code)
    act = Act(
        entry.id,
        door.actor,
        entry.at,
        door.now,
        entry.elapsed_ms,
        batch.device_id,
        batch.device_name,
        held.certificate,
    )
    return APPLY[entry.kind](door.session, held, act, entry, door.keyring)


def _enter(
    door: Door, batch: Batch, held: Held, entry: AnyEntry, known: LedgerEntry | None, code: str | None
) -> None:
    outcome = "refused" if code else "stored"
    if known:
        known.outcome, known.code, known.decided_at = outcome, code, door.now
        known.offset_ms = _milliseconds(batch)
    else:
        known = LedgerEntry(
            entry_id=entry.id,
            author_id=door.actor.id,
            device_id=batch.device_id,
            device_name=batch.device_name,
            kind=entry.kind,
            round_id=entry.round_id,
            content=entry.kept.content,
            content_hash=entry.kept.content_hash,
            offset_ms=_milliseconds(batch),
            received_at=door.now,
            decided_at=door.now,
            outcome=outcome,
            code=code,
        )
        door.session.add(known)
        held.ledger[(entry.id, entry.kept.content_hash)] = known
    if not code and entry.id:
        held.stored_ids.add(entry.id)


def _id(entry: AnyEntry) -> str | None:
    return str(entry.id) if entry.id else None


def _milliseconds(batch: Batch) -> int:
    return round(batch.offset.total_seconds() * 1000)
