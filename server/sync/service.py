"""The phone's door: every entry is kept, judged and answered, once."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.auth.actor import Actor
from server.db import begin_write, constraint_of, is_taken
from server.errors import FieldError, Refusal
from server.events import savepoint
from server.ids import new_id
from server.keys import Keyring
from server.prepared import Question, ask
from server.rounds.rules import time_refusal
from server.rounds.service import Act, keep_position
from server.sync import joined, referring
from server.sync.entries import APPLY, fix_of
from server.sync.held import Held, Ledgered, hold, locked
from server.sync.models import LedgerEntry
from server.sync.protocol import Batch, Entry, Result, Unreadable
from server.sync.referred import referred_at
from server.sync.writing import write

log = logging.getLogger(__name__)

AnyEntry = Entry | Unreadable
_APPLY = {**APPLY, **joined.APPLY, **referring.APPLY}


@dataclass(frozen=True, slots=True)
class Door:
    """Who sends, with what keys posters are checked, and when it arrived; `imported_by` is who brought it
    instead, as a file."""

    session: Session
    actor: Actor
    keyring: Keyring
    now: datetime
    imported_by: UUID | None = None


def receive(door: Door, batch: Batch) -> list[Result]:
    """Judge a batch in the order sent: as a whole, and entry by entry only when the database refuses that."""
    try:
        with savepoint(door.session):
            return _apply_all(door, batch)
    except IntegrityError:
        return _one_by_one(door, batch)


def receive_first(door: Door, batch: Batch, beside: Question[Any]) -> list[Result]:
    """As `receive`, where the transaction has written nothing else: it needs no savepoint, for it can begin
    again. `beside` is written with the batch."""
    try:
        return _apply_all(door, batch, beside)
    except IntegrityError:
        door.session.rollback()
        begin_write(door.session)
        return _one_by_one(door, batch)


def _one_by_one(door: Door, batch: Batch) -> list[Result]:
    lock_institutions(door, batch.entries)  # of all, before what is done to one of them
    return [result for entry in batch.entries for result in _alone(door, batch, entry)]


def _alone(door: Door, batch: Batch, entry: AnyEntry) -> list[Result]:
    single = replace(batch, entries=(entry,))
    try:
        with savepoint(door.session):
            return _apply_all(door, single)
    except IntegrityError as error:
        if is_taken(error):
            # Somebody else stored this id at the same moment; what is there now decides.
            return [Result(_id(entry), "busy")]
        log.error("the database refuses an entry of kind %s: %s", entry.kind, constraint_of(error))
    refused = Unreadable(entry.id, entry.kind, entry.round_id, entry.kept, Refusal("internal"), entry.payload)
    with savepoint(door.session):  # kept all the same, for whoever finds out why
        return _apply_all(door, replace(batch, entries=(refused,)))


def lock_institutions(door: Door, entries: Sequence[AnyEntry]) -> None:
    """Lock what judging these entries locks, for whoever must lock more afterwards."""
    referred = referred_at(door.session, door.actor, entries)
    ask(door.session.connection(), locked(door.actor, entries, referred))


def _apply_all(door: Door, batch: Batch, *beside: Question[Any]) -> list[Result]:
    held = hold(door.session, door.actor, batch.entries, door.now)
    results = [_apply(door, batch, held, entry) for entry in batch.entries]
    write(door.session, held, beside)
    return results


def _apply(door: Door, batch: Batch, held: Held, entry: AnyEntry) -> Result:
    known = held.ledger.get((entry.id, entry.kept.content_hash))
    if known and known.outcome in ("stored", "repaired"):  # mended is as good as stored to the phone
        return Result(_id(entry), "duplicate", record=held.record_of(entry))
    try:
        record = _judge(door, batch, held, entry)
    except Refusal as refusal:
        _enter(door, batch, held, entry, refusal)
        return Result(_id(entry), "refused", refusal.code, refusal.fields)
    _enter(door, batch, held, entry, None)
    return Result(_id(entry), "stored", record=record)


def _judge(door: Door, batch: Batch, held: Held, entry: AnyEntry) -> Mapping[str, Any]:
    if isinstance(entry, Unreadable):
        raise entry.refusal
    if entry.id in held.stored_ids:
        raise Refusal("content_differs")
    if code := time_refusal(entry.at, door.now, unlocked=entry.round_id in held.unlocked):
        raise Refusal(code, FieldError("at", code))
    act = Act(
        entry.id,
        door.actor,
        entry.at,
        batch.arrived_at or door.now,
        door.now,
        entry.elapsed_ms,
        batch.device_id,
        batch.device_name,
        held.certificates,
        entry.payload.get("late_reason"),
        entry.payload.get("late_text"),
    )
    return _APPLY[entry.kind](held, act, entry, door.keyring)


def _enter(door: Door, batch: Batch, held: Held, entry: AnyEntry, refusal: Refusal | None) -> None:
    """Keep the entry and its outcome in the ledger: one row for an author, id and content, however often
    it is judged."""
    outcome = "refused" if refusal else "stored"
    verdict = {
        "outcome": outcome,
        "code": refusal.code if refusal else None,
        "fields": _fields(refusal) if refusal else None,
        "decided_at": door.now,
        "offset_ms": round(batch.offset.total_seconds() * 1000),
    }
    key = (entry.id, entry.kept.content_hash)
    known = held.ledger.get(key)
    if known is None:
        row = {**_kept(door, batch, entry), **verdict}
        held.deeds.rows[LedgerEntry].append(row)
        if refusal:  # whoever judges it again finds where it was said
            keep_position(held.deeds, row["id"], None, fix_of(entry.payload), door.now)
        held.ledger[key] = Ledgered(row["id"], outcome, row)
    elif known.new is None:
        held.judged_again[known.id] = {"id": known.id, **verdict}
        known.outcome = outcome
    else:
        known.new.update(verdict)
        known.outcome = outcome
    if not refusal and entry.id:
        held.stored_ids.add(entry.id)


def _kept(door: Door, batch: Batch, entry: AnyEntry) -> dict[str, Any]:
    return {
        "id": new_id(),
        "entry_id": entry.id,
        "author_id": door.actor.id,
        "device_id": batch.device_id,
        "device_name": batch.device_name,
        "kind": entry.kind,
        "round_id": entry.round_id,
        "content": entry.kept.content,
        "content_hash": entry.kept.content_hash,
        "received_at": door.now,
        "imported_by_id": door.imported_by,
    }


def _fields(refusal: Refusal) -> str:
    """What is wrong, for whoever mends it; limits may be decimals."""
    return json.dumps([asdict(field) for field in refusal.fields], default=str)


def _id(entry: AnyEntry) -> str | None:
    return str(entry.id) if entry.id else None
