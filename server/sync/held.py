"""What is held of the things a batch speaks of, read in a handful of queries before it is judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from server.accounts.queries import certificate_period
from server.agreements.models import Agreement
from server.agreements.queries import serving_on
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.checkin.models import Poster
from server.checkin.queries import current_posters
from server.organisations.models import Organisation
from server.residents.models import Resident
from server.rounds.models import Round, ServiceRecord
from server.rounds.rules import time_refusal
from server.sync.models import LedgerEntry
from server.sync.protocol import Entry, Unreadable


@dataclass(slots=True)
class Held:
    """Rows by id, all within the actor's scope; entries of the batch add to it as they are applied.

    `taken` are ids that the batch would give to lines but that lines have already, in whosever scope.
    """

    ledger: dict[tuple[UUID | None, str], LedgerEntry]
    stored_ids: set[UUID]
    taken: set[UUID]
    institutions: dict[UUID, Organisation]
    posters: dict[UUID, Poster]
    agreements: Sequence[Agreement]
    rounds: dict[UUID, Round]
    residents: dict[UUID, Resident]
    lines: dict[UUID, ServiceRecord]
    certificate: tuple[date | None, date | None]
    by_round: dict[UUID, dict[UUID, ServiceRecord]] = field(default_factory=dict)

    def add_round(self, round_: Round, visit: ServiceRecord) -> None:
        self.rounds[round_.id] = round_
        self.add_line(visit)

    def add_line(self, line: ServiceRecord) -> None:
        self.lines[line.id] = line
        self.taken.add(line.id)
        self.by_round.setdefault(line.round_id, {})[line.id] = line

    def record_of(self, entry: Entry | Unreadable) -> Mapping[str, Any] | None:
        """What a repeated send is answered with: the thing as it now is, where it is still in scope."""
        if isinstance(entry, Unreadable):
            return None
        if entry.kind in ("check_in", "check_out", "note") and entry.round_id in self.rounds:
            return round_record(self.rounds[entry.round_id])
        if entry.kind in ("confirm", "dispute"):
            named = [each["line_id"] for each in entry.payload["lines"]]
            return {"lines": [line_record(self.lines[id_]) for id_ in named if id_ in self.lines]}
        line_id = entry.id if entry.kind == "record" else entry.payload.get("line_id")
        return line_record(self.lines[line_id]) if line_id in self.lines else None


def round_record(round_: Round) -> dict[str, Any]:
    return {
        "round_id": str(round_.id),
        "grade": round_.grade,
        "grade_reasons": list(round_.grade_reasons),
        "distance_m": round_.distance_m,
        "minutes": round_.minutes,
    }


def line_record(line: ServiceRecord) -> dict[str, Any]:
    return {"id": str(line.id), "version": line.version, "state": line.state, "urgent": list(line.urgent)}


def hold(session: Session, actor: Actor, entries: Sequence[Entry | Unreadable], now: datetime) -> Held:
    """Read what the batch needs; the queries do not grow with its length, nor with history."""
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    rounds = _rounds(session, actor, readable)
    institutions = {
        *(entry.payload["institution_id"] for entry in readable if entry.kind == "check_in"),
        *(round_.institution_id for round_ in rounds.values()),
    } & actor.reach
    ledger, stored = _ledger(session, actor, entries)
    held = Held(
        ledger=ledger,
        stored_ids=stored,
        taken=_taken(session, readable),
        institutions=_by_id(session.scalars(select(Organisation).where(Organisation.id.in_(institutions)))),
        posters=current_posters(session, institutions) if institutions else {},
        agreements=_agreements(session, actor, institutions, readable, now),
        rounds=rounds,
        residents=_residents(session, institutions, readable),
        lines={},
        certificate=certificate_period(session, actor.id),
    )
    for line in _lines(session, rounds):
        held.add_line(line)
    return held


def _ledger(
    session: Session, actor: Actor, entries: Sequence[Entry | Unreadable]
) -> tuple[dict[tuple[UUID | None, str], LedgerEntry], set[UUID]]:
    """This author's rows by id and content, and the ids that anybody has stored."""
    ids = {entry.id for entry in entries if entry.id}
    rows = session.scalars(select(LedgerEntry).where(LedgerEntry.entry_id.in_(ids))).all()
    own = {(row.entry_id, row.content_hash): row for row in rows if row.author_id == actor.id}
    return own, {row.entry_id for row in rows if row.outcome == "stored" and row.entry_id}


def _rounds(session: Session, actor: Actor, entries: Sequence[Entry]) -> dict[UUID, Round]:
    ids = {entry.round_id for entry in entries}
    return _by_id(
        session.scalars(
            select(Round)
            .where(Round.id.in_(ids), Round.scope(actor), Round.institution_id.in_(actor.reach))
            .options(selectinload(Round.notes))
        )
    )


def _taken(session: Session, entries: Sequence[Entry]) -> set[UUID]:
    """Every round has a line of its own id, so that lines tell for rounds too."""
    wanted = {entry.id for entry in entries if entry.kind == "record"}
    wanted |= {entry.round_id for entry in entries if entry.kind == "check_in"}
    return set(session.scalars(select(ServiceRecord.id).where(ServiceRecord.id.in_(wanted))))


def _lines(session: Session, rounds: Mapping[UUID, Round]) -> Iterable[ServiceRecord]:
    return session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.round_id.in_(rounds))
        .options(joinedload(ServiceRecord.subject))
    )


def _residents(session: Session, institutions: set[UUID], entries: Sequence[Entry]) -> dict[UUID, Resident]:
    ids = {entry.payload["subject_id"] for entry in entries if entry.kind == "record"}
    return _by_id(
        session.scalars(
            select(Resident)
            .where(Resident.id.in_(ids), Resident.institution_id.in_(institutions))
            .options(selectinload(Resident.stays))
        )
    )


def _agreements(
    session: Session, actor: Actor, institutions: set[UUID], entries: Sequence[Entry], now: datetime
) -> Sequence[Agreement]:
    """Those in force about the days of the check-ins: the local day may be the next or the last in UTC."""
    days = [
        entry.at.date() for entry in entries if entry.kind == "check_in" and not time_refusal(entry.at, now)
    ]
    medical = actor.organisations(Permission.ROUNDS_RECORD, OrganisationKind.MEDICAL)
    if not days or not medical:
        return ()
    day = timedelta(days=1)
    return serving_on(session, medical, institutions, min(days) - day, max(days) + day)


def _by_id(rows: Iterable[Any]) -> dict[UUID, Any]:
    return {row.id: row for row in rows}
