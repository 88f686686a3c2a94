"""What a batch did, written at its end in a handful of statements: each table's new rows together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, bindparam, update
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry
from server.confirmation.models import ConfirmationAct
from server.db import Base, among, insert_rows
from server.events import emit
from server.kiosks.models import KioskUse
from server.organisations.revisions import raise_revisions
from server.prepared import Prepared
from server.residents.models import Resident
from server.rounds.events import RecordChanged
from server.rounds.models import Position, RecordVersion, Round, RoundNote, ServiceRecord
from server.rounds.rules import Line, Visit
from server.rounds.service import Deeds, Row
from server.sync.models import LedgerEntry, Tombstone

# In this order; rounds and lines, of which these speak, go before.
_ADDED: tuple[type[Base], ...] = (
    *(RecordVersion, RoundNote, Position, KioskUse, ConfirmationAct, AuditEntry),
    *(Tombstone, LedgerEntry),
)
_VISIT_CHANGES = ("checked_out_at", "minutes", "out_distance_m")
_LINE_CHANGES = (
    *("version", "state", "outcome", "form", "form_version"),
    *("unusual", "urgent", "minutes", "attendees"),
)


def write(session: Session, deeds: Deeds, judged_again: Collection[Row]) -> None:
    """Write all of it; `judged_again` are rows of the ledger with a new outcome.

    A clash with another sender shows here, as an IntegrityError. Core writes pass by the flush that stamps
    `Revisioned` rows: their revision is set here.
    """
    connection = session.connection()
    things: list[Visit | Line] = [*deeds.visits.values(), *deeds.lines.values()]
    revisions = raise_revisions(session, {thing.institution_id for thing in things})
    _store(connection, Round, deeds.visits.values(), revisions, _VISIT_CHANGES)
    _store(connection, ServiceRecord, deeds.lines.values(), revisions, _LINE_CHANGES)
    for model in _ADDED:
        if rows := deeds.rows[model]:
            insert_rows(connection, cast(Table, model.__table__), rows)
    # A manager may have mended it since it was read: that stands.
    _update(connection, LedgerEntry, judged_again, LedgerEntry.outcome == "refused")
    _stamp_residents(connection, deeds.read, revisions)
    for line in deeds.lines.values():
        emit(
            session,
            RecordChanged(line.institution_id, line.medical_id, line.service, line.subject_id, line.on),
        )


def _store(
    connection: Connection,
    model: type[Base],
    things: Iterable[Visit | Line],
    revisions: Mapping[UUID, int],
    changes: Iterable[str],
) -> None:
    """Insert what is new with all its columns; of what is stored write those that change."""
    rows: dict[bool, list[Row]] = {False: [], True: []}
    for thing in things:
        names = ("id", *changes) if thing.stored else _NAMES[type(thing)]
        row = {name: getattr(thing, name) for name in names}
        rows[thing.stored].append({**row, "revision": revisions[thing.institution_id]})
    if rows[False]:
        insert_rows(connection, cast(Table, model.__table__), rows[False])
    _update(connection, model, rows[True])


_NAMES = {kept: tuple(each.name for each in fields(kept) if each.name != "stored") for kept in (Visit, Line)}


def _update(connection: Connection, model: Any, rows: Collection[Row], *only: ColumnElement[bool]) -> None:
    """Update rows by their `id`, `only` such as they are now; all of them name the same columns."""
    if not rows:
        return
    names = [name for name in next(iter(rows)) if name != "id"]
    statement = (
        update(model)
        .where(model.id == bindparam("which"), *only)
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    connection.execute(
        statement, [{"which": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
    )


_STAMP = Prepared(
    update(Resident).where(among(Resident.id, "ids")).values(revision=bindparam("new_revision"))
)


def _stamp_residents(
    connection: Connection, read: Mapping[UUID, UUID], revisions: Mapping[UUID, int]
) -> None:
    """Residents with a new last reading count as changed: phones show it beside the field."""
    of_institution: dict[UUID, list[UUID]] = defaultdict(list)
    for resident, institution in read.items():
        of_institution[institution].append(resident)
    for institution, residents in of_institution.items():
        _STAMP.run(connection, {"ids": residents, "new_revision": revisions[institution]})
