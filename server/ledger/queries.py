"""Reading the ledger as managers do: what was refused first, the newest first."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from server.auth.actor import Actor
from server.auth.scope import visible
from server.catalogue import queries as catalogue
from server.errors import NotFound, invalid
from server.organisations.models import Organisation
from server.rounds.models import Round, ServiceRecord
from server.sync.models import LedgerEntry, Tombstone

PAGE = 50
_CHINA = ZoneInfo("Asia/Shanghai")
_PARTS: Mapping[str, ColumnElement[bool]] = {
    "refused": LedgerEntry.outcome == "refused",
    "others": LedgerEntry.outcome != "refused",
}


class Named(NamedTuple):
    id: UUID
    name: str


class LedgerPage(NamedTuple):
    """`next` continues after the last row, None at the end."""

    rows: Sequence[LedgerEntry]
    next: str | None


def ledger_entry(session: Session, actor: Actor, ledger_id: UUID) -> LedgerEntry:
    found = session.scalar(
        visible(select(LedgerEntry), LedgerEntry, actor).where(LedgerEntry.id == ledger_id)
    )
    if found is None:
        raise NotFound("entry")
    return found


def with_people(statement: Select[LedgerEntry]) -> Select[LedgerEntry]:
    """Entries with the people that their views name."""
    people = LedgerEntry.author, LedgerEntry.imported_by, LedgerEntry.repaired_by
    return statement.options(*(joinedload(part) for part in people))


def received(session: Session, actor: Actor, ledger_id: UUID) -> list[LedgerEntry]:
    """One row, and after it the others of its author and entry in the order they came."""
    row = session.scalar(
        with_people(visible(select(LedgerEntry), LedgerEntry, actor)).where(LedgerEntry.id == ledger_id)
    )
    if row is None:
        raise NotFound("entry")
    others = with_people(visible(select(LedgerEntry), LedgerEntry, actor)).where(
        LedgerEntry.author_id == row.author_id,
        LedgerEntry.entry_id == row.entry_id,  # unreadable ids are null, and equal to none
        LedgerEntry.id != row.id,
    )
    return [row, *session.scalars(others.order_by(LedgerEntry.id))]


def ledger_page(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> LedgerPage:
    """`wanted` as `LedgerQuerySchema` reads it. Ids of rows sort by receipt: pages continue by them."""
    statement = _filtered(with_people(visible(select(LedgerEntry), LedgerEntry, actor)), wanted)
    found: list[tuple[str, LedgerEntry]] = []
    for part, before in _parts_from(wanted["before"]):
        rows = statement.where(_PARTS[part]).order_by(LedgerEntry.id.desc()).limit(PAGE + 1 - len(found))
        if before:
            rows = rows.where(LedgerEntry.id < before)
        found += [(part, row) for row in session.scalars(rows)]
        if len(found) > PAGE:
            break
    shown = found[:PAGE]
    last = f"{shown[-1][0]}:{shown[-1][1].id}" if len(found) > PAGE else None
    return LedgerPage([row for _, row in shown], last)


def _parts_from(before: str | None) -> Iterator[tuple[str, UUID | None]]:
    """The parts that follow, the first one from a row on."""
    parts = list(_PARTS)
    if before is None:
        yield from ((part, None) for part in parts)
        return
    try:
        part, _, row = before.partition(":")
        begun, start = parts.index(part), UUID(row)
    except ValueError:
        raise invalid("before", "not_a_cursor") from None
    yield part, start
    yield from ((each, None) for each in parts[begun + 1 :])


def _filtered(statement: Select[LedgerEntry], wanted: Mapping[str, Any]) -> Select[LedgerEntry]:
    if wanted["outcome"]:
        statement = statement.where(LedgerEntry.outcome == wanted["outcome"])
    if wanted["author"]:
        statement = statement.where(LedgerEntry.author_id == wanted["author"])
    if day := wanted["day"]:
        begins = datetime.combine(day, time(), _CHINA).astimezone(UTC)
        statement = statement.where(
            LedgerEntry.received_at >= begins, LedgerEntry.received_at < begins + timedelta(days=1)
        )
    if wanted["institution"]:
        statement = statement.where(_at(wanted["institution"]))
    return statement


def _at(institution: UUID) -> ColumnElement[bool]:
    """Entries of rounds there; of a round that is not known, as its refused check-in said."""
    known = select(Round.id).where(Round.institution_id == institution)
    said = select(LedgerEntry.round_id).where(
        LedgerEntry.kind == "check_in",
        LedgerEntry.outcome == "refused",
        LedgerEntry.content.contains(f'"institution_id":"{institution}"'),
    )
    return or_(LedgerEntry.round_id.in_(known), LedgerEntry.round_id.in_(said))


def institutions_of(session: Session, actor: Actor, rows: Iterable[LedgerEntry]) -> dict[UUID, Named]:
    """Where entries belong, by the id of their row: by their round, or as a check-in says; only such as the
    actor may know of."""
    of_rounds = select(Round.id, Round.institution_id).where(Round.id.in_({row.round_id for row in rows}))
    rounds: dict[UUID, UUID] = dict(iter(session.execute(of_rounds)))
    places = {row.id: (row.round_id and rounds.get(row.round_id)) or _named_in(row) for row in rows}
    wanted = select(Organisation).where(Organisation.id.in_({place for place in places.values() if place}))
    named = {
        found.id: Named(found.id, found.name)
        for found in session.scalars(visible(wanted, Organisation, actor))
    }
    return {row: named[place] for row, place in places.items() if place in named}


def _named_in(row: LedgerEntry) -> UUID | None:
    return _id_in(_payload(row), "institution_id")


def _payload(row: LedgerEntry) -> Mapping[str, Any]:
    content = json.loads(row.content)
    payload = content.get("payload") if isinstance(content, dict) else None
    return payload if isinstance(payload, dict) else {}


def _id_in(payload: Mapping[str, Any], name: str) -> UUID | None:
    try:
        return UUID(payload[name])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def form_of(session: Session, actor: Actor, row: LedgerEntry) -> dict[str, Any] | None:
    """The definition of the form that an entry filled in, as it is today; a correction names its line alone.
    None where there is none."""
    payload = _payload(row)
    service = payload.get("service")
    if service is None and (line := _id_in(payload, "line_id")):
        found = visible(select(ServiceRecord.service), ServiceRecord, actor).where(ServiceRecord.id == line)
        service = session.scalar(found)
    known = catalogue.services().get(service) if isinstance(service, str) else None
    return catalogue.forms()[known.form] if known and known.form else None


def tombstones_of(session: Session, rows: Iterable[LedgerEntry]) -> dict[tuple[UUID, UUID | None], Tombstone]:
    """What authors said of giving entries up, by author and entry."""
    found = session.scalars(
        select(Tombstone)
        .where(Tombstone.about_id.in_({row.entry_id for row in rows}))
        .order_by(Tombstone.at, Tombstone.id)
    )
    return {(row.author_id, row.about_id): row for row in found}


def parties_of(session: Session, round_id: UUID | None) -> tuple[UUID, UUID] | None:
    """The medical and the care institution of a round, where it is known."""
    row = session.execute(
        select(Round.medical_id, Round.institution_id).where(Round.id == round_id)
    ).one_or_none()
    return (row.medical_id, row.institution_id) if row else None


def knows_round(session: Session, actor: Actor, round_id: UUID) -> bool:
    """Whether the ledger has entries of it that the actor may see."""
    sent = visible(select(LedgerEntry.id), LedgerEntry, actor).where(LedgerEntry.round_id == round_id)
    return session.scalar(sent.limit(1)) is not None
