"""What a batch did, written at its end in a handful of statements: each table's new rows together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, update
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry
from server.confirmation.models import ConfirmationAct
from server.db import Base, among
from server.events import emit
from server.followups.models import FollowUpWord
from server.followups.service import concerns, watched
from server.fulfilment.service import promised_to, touch_recorded
from server.insertion import new_rows
from server.kiosks.models import KioskUse
from server.organisations.revisions import raise_locked
from server.prepared import Prepared, Question, Row as Cells, ask
from server.referrals.events import ReferralChanged
from server.referrals.models import Referral, ReferralStep
from server.referrals.rules import DIRECTIONS
from server.referrals.service import Case
from server.residents.models import Resident
from server.rounds.events import FollowedRecorded, RecordChanged
from server.rounds.models import Participant, Position, RecordVersion, Round, RoundNote, ServiceRecord
from server.rounds.rules import Line, Visit
from server.rounds.service import Row
from server.sync.held import Held
from server.sync.models import LedgerEntry, Tombstone

_Write = Question[list[Cells]]
# In this order; rounds and lines, of which these speak, go before.
_ADDED: tuple[type[Base], ...] = (
    *(RecordVersion, RoundNote, Participant, Position, KioskUse, ConfirmationAct, AuditEntry),
    *(ReferralStep, FollowUpWord),
    *(Tombstone, LedgerEntry),
)
_VISIT_CHANGES = ("checked_out_at", "minutes", "out_distance_m")
_LINE_CHANGES = (
    *("version", "state", "outcome", "form", "form_version"),
    *("unusual", "urgent", "minutes", "attendees", "assessment"),
)


def write(session: Session, held: Held, beside: Iterable[Question[Any]] = ()) -> None:
    """Write all that the batch did, and what goes `beside` it, at once.

    A clash with another sender shows here, as an IntegrityError. Core writes pass by the flush that stamps
    `Revisioned` rows: their revision is set here.
    """
    deeds = held.deeds
    things: list[Visit | Line] = [*deeds.visits.values(), *deeds.lines.values()]
    institutions = {thing.institution_id for thing in things}
    revisions, raising = raise_locked(session, institutions, held.counters)
    statements = [
        *raising,
        *_stored(Round, deeds.visits.values(), revisions, _VISIT_CHANGES),
        *_stored(ServiceRecord, deeds.lines.values(), revisions, _LINE_CHANGES),
        *_cases(held.referrals.changed.values()),
        *(new_rows(_table(model), rows) for model in _ADDED if (rows := deeds.rows[model])),
        *_changed(LedgerEntry, held.judged_again.values(), _REFUSED),
        *_stamped(deeds.read, revisions),
        *beside,
    ]
    changed = [
        RecordChanged(line.institution_id, line.medical_id, line.service, line.subject_id, line.on)
        for line in deeds.lines.values()
    ]
    if changed:
        watching = watched({line.subject_id for line in deeds.lines.values() if line.subject_id})
        *_, followed, promises = ask(session.connection(), *statements, watching, promised_to(changed))
        touch_recorded(session, changed, promises)
        _announce(session, deeds.lines.values(), followed)
    elif statements:
        ask(session.connection(), *statements)
    held.referrals.announce(session)


def _announce(session: Session, lines: Iterable[Line], followed: Collection[tuple[UUID, str]]) -> None:
    """Lines that duties to follow up come from or end with, and lines that are referrals."""
    for line in lines:
        if line.subject_id and (line.urgent or concerns(followed, line.subject_id, line.service)):
            emit(session, FollowedRecorded(line.institution_id, line.subject_id, line.service))
        if line.service in DIRECTIONS and line.stored:
            emit(session, ReferralChanged(line.id))


def _cases(cases: Iterable[Case]) -> list[_Write]:
    """Referrals made, and what changed of those that are stored."""
    new, old = [], []
    for case in cases:
        if case.stored:
            old.append({name: getattr(case, name) for name in ("id", *_CASE_CHANGES)})
        else:
            new.append({name: getattr(case, name) for name in _CASE})
    return [*([new_rows(_table(Referral), new)] if new else []), *_changed(Referral, old)]


_CASE = tuple(each.name for each in fields(Case) if each.name not in ("steps", "stored"))
# At the door; what it comes from stays as it was said.
_CASE_CHANGES = ("state", "changed_at", "answered_at", "answered_by_id")


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _stored(
    model: type[Base], things: Iterable[Visit | Line], revisions: Mapping[UUID, int], changes: Iterable[str]
) -> list[_Write]:
    """Insert what is new with all its columns; of what is stored write those that change."""
    rows: dict[bool, list[Row]] = {False: [], True: []}
    for thing in things:
        names = ("id", *changes) if thing.stored else _NAMES[type(thing)]
        row = {name: getattr(thing, name) for name in names}
        rows[thing.stored].append({**row, "revision": revisions[thing.institution_id]})
    new = [new_rows(_table(model), rows[False])] if rows[False] else []
    return [*new, *_changed(model, rows[True])]


_NAMES = {kept: tuple(each.name for each in fields(kept) if each.name != "stored") for kept in (Visit, Line)}


def _changed(model: type[Base], rows: Collection[Row], *only: ColumnElement[bool]) -> list[_Write]:
    """Update rows by their `id`, `only` such as they are now; all of them name the same columns."""
    return [
        _update(model, tuple(row), only).asked({f"new_{name}": value for name, value in row.items()})
        for row in rows
    ]


@cache
def _update(model: Any, names: tuple[str, ...], only: tuple[ColumnElement[bool], ...]) -> Prepared:
    values: Row = {name: bindparam(f"new_{name}") for name in names if name != "id"}
    return Prepared(update(model).where(model.id == bindparam("new_id"), *only).values(values))


# A manager may have mended it since it was read: that stands.
_REFUSED = LedgerEntry.outcome == "refused"
_STAMP = Prepared(
    update(Resident).where(among(Resident.id, "ids")).values(revision=bindparam("new_revision"))
)


def _stamped(read: Mapping[UUID, UUID], revisions: Mapping[UUID, int]) -> list[_Write]:
    """Residents with a new last reading count as changed: phones show it beside the field."""
    of_institution: dict[UUID, list[UUID]] = defaultdict(list)
    for resident, institution in read.items():
        of_institution[institution].append(resident)
    return [
        _STAMP.asked({"ids": residents, "new_revision": revisions[institution]})
        for institution, residents in of_institution.items()
    ]
