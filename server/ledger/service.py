"""Mending what was refused: as the author's own act, at its own time, by a manager whose name is kept."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from server.accounts.models import Account
from server.accounts.queries import accounts_with_memberships, actor_of, in_reach
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor, ReachFinder
from server.auth.roles import Permission
from server.errors import NotFound, Refusal, invalid
from server.keys import Keyring
from server.ledger.queries import knows_round, ledger_entry, parties_of
from server.rounds.models import RoundUnlock
from server.rounds.positions import KEPT, position_of
from server.rounds.rules import OLDEST
from server.sync.keeping import KEPT_APART
from server.sync.models import LedgerEntry
from server.sync.protocol import Batch, Entry, Result, Unreadable, read_entry
from server.sync.sealing import Opener, is_sealed
from server.sync.service import Door, lock_institutions, receive

LONGEST_UNLOCK = timedelta(days=30)
_FORGOTTEN = "null"  # of JSON


@dataclass(frozen=True, slots=True)
class Desk:
    """A manager at work; `reach` says which care institutions a member of medical institutions deals with."""

    session: Session
    actor: Actor
    keyring: Keyring
    reach: ReachFinder
    now: datetime


class Judged(NamedTuple):
    """What became of a row; of what was once read, id and kind are there."""

    ledger_id: UUID
    entry_id: UUID | None
    kind: str | None
    outcome: str
    code: str | None


def repair(desk: Desk, ledger_id: UUID, payload: Mapping[str, Any] | None) -> list[Judged]:
    """Judge a refused entry again, with `payload` in place of its own where given; then what waited for it.

    Refuses with the code it is refused with now, and leaves all as it was.
    """
    row = ledger_entry(desk.session, desk.actor, ledger_id)
    entry = _read(desk, row, payload)
    door = _door(desk, row.author_id, entry.at, managed(desk.actor))
    lock_institutions(door, [entry])
    _claim(desk, row)
    result = _send(door, row, entry)
    if result.outcome not in ("stored", "duplicate"):
        details = {"retry_after_s": 5} if result.outcome == "busy" else {}
        raise Refusal(result.code or "busy", *result.fields, **details)
    _note_repair(desk, row, entry, result)
    mended = Judged(row.id, entry.id, entry.kind, result.outcome, None)
    judged = [mended, *_replay(desk, row, entry)]
    _trail(desk, row, corrected=payload is not None, replayed=len(judged) - 1)
    return judged


def _read(desk: Desk, row: LedgerEntry, payload: Mapping[str, Any] | None) -> Entry:
    """The entry with its position in its place again. Refuses one that still cannot be read."""
    raw = json.loads(row.content)
    if isinstance(raw, dict) and not is_sealed(raw):
        given = raw.get("payload") if payload is None else payload
        raw = {**raw, "payload": _placed(desk.session, row, given)}
    offset = timedelta(milliseconds=row.offset_ms)
    entry = read_entry(raw, "entry", offset, Opener(desk.keyring, row.author_id))
    if isinstance(entry, Unreadable):
        raise entry.refusal
    return entry


def _placed(session: Session, row: LedgerEntry, payload: Any) -> Any:
    """Coordinates were kept apart, for 90 days; nobody else can say where the author was."""
    if not isinstance(payload, dict) or not payload.get("position"):
        return payload
    if payload["position"] != KEPT_APART:
        raise invalid("payload.position", "unknown_choice", KEPT_APART)
    fix = position_of(session, row.id)
    if fix is None:
        return {**payload, "position": None}
    measured = {"latitude": fix.latitude, "longitude": fix.longitude, "accuracy_m": fix.accuracy_m}
    return {**payload, "position": {**measured, "datum": "WGS-84"}}


def _door(desk: Desk, author_id: UUID, at: datetime, within: frozenset[UUID] | None) -> Door:
    """The author as of then: who left since, or whose agreement ended, was in order when it was said."""
    then = max(min(at, desk.now), desk.now - OLDEST)
    author = author_as_of(desk, author_id, then, within)
    if author is None:
        raise NotFound("account")
    return Door(desk.session, author, desk.keyring, desk.now)


def author_as_of(
    desk: Desk, account_id: UUID, then: datetime, within: frozenset[UUID] | None
) -> Actor | None:
    """The person with the roles held at a moment, acting in the manager's session.

    Who speaks for an author does so in the organisations `within` alone: what the author is elsewhere is for
    the managers there. None: these are the author's own words, unchanged, in all roles.
    """
    account = desk.session.scalar(accounts_with_memberships().where(Account.id == account_id))
    if account is None:
        return None
    author = actor_of(desk.session, account, desk.actor.session_id, desk.reach, then)
    if within is None:
        return author
    there = tuple(each for each in author.memberships if each.organisation_id in within)
    return in_reach(desk.session, replace(author, memberships=there), desk.reach, then)


def managed(manager: Actor) -> frozenset[UUID]:
    """Organisations whose people's entries the manager brings and mends."""
    return manager.organisations(Permission.LEDGER_REPAIR)


def _claim(desk: Desk, row: LedgerEntry) -> None:
    """Of two who repair at once one gets the row; the other finds it settled."""
    outcome = desk.session.scalar(
        select(LedgerEntry.outcome).where(LedgerEntry.id == row.id).with_for_update()
    )
    if outcome != "refused":
        raise Refusal("not_refused", outcome=outcome)


def _send(door: Door, row: LedgerEntry, entry: Entry) -> Result:
    offset = timedelta(milliseconds=row.offset_ms)
    again = Batch(row.device_id, row.device_name, offset, (entry,), arrived_at=row.received_at)
    (result,) = receive(door, again)
    return result


def _note_repair(desk: Desk, row: LedgerEntry, entry: Entry, result: Result) -> None:
    """Name the manager on what was stored by it, and where its content is another, on what it came from.

    A duplicate was stored before, by the author alone: it stays the author's, though it settles the row.
    """
    connection = desk.session.connection()
    named = {"repaired_by_id": desk.actor.id, "repaired_at": desk.now}
    ours = update(LedgerEntry).where(LedgerEntry.author_id == row.author_id)
    another = entry.kept.content_hash != row.content_hash
    if result.outcome == "stored":
        connection.execute(
            ours.where(
                LedgerEntry.entry_id == entry.id, LedgerEntry.content_hash == entry.kept.content_hash
            ).values(**named, repair_of_id=row.id if another else None)
        )
    if another:
        connection.execute(ours.where(LedgerEntry.id == row.id).values(**named, outcome="repaired"))


def _replay(desk: Desk, row: LedgerEntry, mended: Entry) -> list[Judged]:
    """What was refused because this entry was not there, and what waited for that in its turn; in the order
    it came, each as its author's."""
    judged: dict[UUID, Judged] = {}
    stored = [(mended, row.author_id)]
    while stored:
        rows = [waiting for waiting in _waiting(desk.session, stored) if waiting.id not in judged]
        stored = []
        for waiting in rows:
            try:
                entry = _read(desk, waiting, None)
            except Refusal as unreadable:  # its key or its shape is gone: the others of its round are not
                judged[waiting.id] = _judged(waiting, "refused", unreadable.code)
                continue
            result = _judge_again(desk, waiting, entry)
            if result.outcome == "stored":
                stored.append((entry, waiting.author_id))
            judged[waiting.id] = _judged(waiting, result.outcome, result.code)
    return list(judged.values())


def _judge_again(desk: Desk, waiting: LedgerEntry, entry: Entry) -> Result:
    door = _door(desk, waiting.author_id, entry.at, _brought_within(desk, waiting))
    result = _send(door, waiting, entry)
    if result.outcome == "stored":
        _note_repair(desk, waiting, entry, result)
    return result


def _judged(row: LedgerEntry, outcome: str, code: str | None = None) -> Judged:
    return Judged(row.id, row.entry_id, row.kind, outcome, code)


def _waiting(session: Session, stored: Sequence[tuple[Entry, UUID]]) -> Sequence[LedgerEntry]:
    """Entries refused for want of these (each with its author), in the order they came."""
    rounds, ids = _by_kind(stored, "round_id"), _by_kind(stored, "id")
    lines = rounds["record"] | rounds["referral_request"]
    # Steps of a referral, and words on a follow-up, name it as what they belong to.
    wanted = [
        _refused("unknown_round", rounds["check_in"]),
        _refused("unknown_line", lines),
        _refused("unknown_referral", ids["referral_request"]),
        _refused("unknown_follow_up", ids["record"]),
    ]
    # Who has not joined a round says nothing in it.
    joined = [(entry.round_id, author_id) for entry, author_id in stored if entry.kind == "join"]
    wanted += [
        and_(_refused("not_yours", {round_id}), LedgerEntry.author_id == author_id)
        for round_id, author_id in joined
    ]
    rows = select(LedgerEntry).where(LedgerEntry.outcome == "refused", or_(*wanted))
    return session.scalars(rows.order_by(LedgerEntry.id)).all()


def _by_kind(stored: Sequence[tuple[Entry, UUID]], name: str) -> Mapping[str, set[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    for entry, _author in stored:
        found[entry.kind].add(getattr(entry, name))
    return found


def _refused(code: str, what: Collection[UUID]) -> ColumnElement[bool]:
    return and_(LedgerEntry.code == code, LedgerEntry.round_id.in_(what))


def _brought_within(desk: Desk, row: LedgerEntry) -> frozenset[UUID] | None:
    """Where whoever brought an entry as a file might do so; None where the author sent it."""
    if row.imported_by_id is None:
        return None
    importer = author_as_of(desk, row.imported_by_id, row.received_at, None)
    return managed(importer) if importer else frozenset()


def _trail(desk: Desk, row: LedgerEntry, **details: Any) -> None:
    _record(desk, Tag.ENTRY_REPAIRED, row.id, row.round_id, kind=row.kind, **details)


def _record(desk: Desk, tag: Tag, subject: UUID, round_id: UUID | None, **details: Any) -> None:
    """In the trail of the manager's own organisation among the round's parties; the other one is named."""
    parties = parties_of(desk.session, round_id) or ()
    own = next((party for party in parties if party in managed(desk.actor)), None)
    other = next((party for party in parties if party != own), None)
    record(desk.session, desk.actor, tag, desk.now, subject=subject, organisation=own, other=other, **details)


def unlock(desk: Desk, round_id: UUID, until: datetime, reason: str) -> RoundUnlock:
    """Let entries of a round in that are older than 95 days, for 30 days at most. The round may not be here
    yet; its refused entries are."""
    known = not managed(desk.actor).isdisjoint(parties_of(desk.session, round_id) or ())
    if not known and not knows_round(desk.session, desk.actor, round_id):
        raise NotFound("round")
    if not desk.now < until <= desk.now + LONGEST_UNLOCK:
        raise invalid("until", "out_of_range", LONGEST_UNLOCK.days)
    made = RoundUnlock(round_id=round_id, until=until, reason=reason, by_id=desk.actor.id, at=desk.now)
    desk.session.add(made)
    _record(desk, Tag.ROUND_UNLOCKED, round_id, round_id, until=until.isoformat())
    return made


def forget_sealed(session: Session, now: datetime) -> dict[str, Any]:
    """The worker's: a box that could not be opened may hold a position. It goes with those that could, after
    90 days; that it came, and its hash, stay."""
    old = update(LedgerEntry).where(
        LedgerEntry.outcome == "refused",
        LedgerEntry.code == "unreadable_seal",
        LedgerEntry.content != _FORGOTTEN,
        LedgerEntry.received_at < now - KEPT,
    )
    forgotten = session.scalars(old.values(content=_FORGOTTEN).returning(LedgerEntry.id)).all()
    return {"seals": len(forgotten)}
