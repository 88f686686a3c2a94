"""What the database must hold when exactly these entries were stored, in this order, and nothing else."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from server.audit.models import AuditEntry
from server.audit.tags import Tag
from server.confirmation.models import ConfirmationAct
from server.rounds.models import Position, RecordVersion, Round, RoundNote, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.phone import Entry
from tests.factories.world import World

_STATES = {"confirm": "confirmed", "dispute": "disputed"}


@dataclass
class ExpectedLine:
    """`versions` are the entries that made them, with the form each left behind."""

    versions: list[tuple[UUID, dict[str, Any]]]
    state: str = "pending"

    def add(self, entry_id: UUID, form: dict[str, Any], state: str = "pending") -> None:
        self.versions.append((entry_id, form))
        self.state = state

    @property
    def form(self) -> dict[str, Any]:
        return self.versions[-1][1]


@dataclass
class Expected:
    """Everything by what identifies it; what may exist only once is counted."""

    rounds: dict[UUID, int | None] = field(default_factory=dict)  # minutes
    lines: dict[UUID, ExpectedLine] = field(default_factory=dict)
    notes: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    acts: Counter[tuple[UUID, UUID, int, str]] = field(default_factory=Counter)
    trail: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    places: Counter[UUID] = field(default_factory=Counter)
    stored: set[UUID] = field(default_factory=set)
    late: set[UUID] = field(default_factory=set)


def expected(stored: Iterable[Entry]) -> Expected:
    known = Expected()
    for entry in stored:
        _APPLY[entry["kind"]](known, entry)
    return known


def _ids(entry: Entry) -> tuple[UUID, UUID]:
    return UUID(entry["id"]), UUID(entry["round_id"])


def _check_in(known: Expected, entry: Entry) -> None:
    id_, round_id = _ids(entry)
    known.rounds[round_id] = None
    known.lines[round_id] = ExpectedLine([(id_, {})])
    known.places[id_] += 1
    known.trail["round.checked_in", round_id] += 1


def _record(known: Expected, entry: Entry) -> None:
    id_, _ = _ids(entry)
    known.lines[id_] = ExpectedLine([(id_, entry["payload"]["form"])])
    known.stored.add(id_)
    if entry["payload"].get("late_reason"):
        known.late.add(id_)


def _amend(known: Expected, entry: Entry) -> None:
    line = UUID(entry["payload"]["line_id"])
    known.lines[line].add(UUID(entry["id"]), entry["payload"]["form"])
    known.trail["record.amended", line] += 1


def _void(known: Expected, entry: Entry) -> None:
    line = UUID(entry["payload"]["line_id"])
    known.lines[line].add(UUID(entry["id"]), known.lines[line].form, "void")
    known.trail["record.voided", line] += 1


def _note(known: Expected, entry: Entry) -> None:
    _add_note(known, entry, entry["payload"]["text"])


def _add_note(known: Expected, entry: Entry, text: str) -> None:
    id_, round_id = _ids(entry)
    known.notes[id_, text] += 1
    known.trail["round.noted", round_id] += 1


def _check_out(known: Expected, entry: Entry) -> None:
    id_, round_id = _ids(entry)
    known.rounds[round_id] = entry["elapsed_ms"] // 60_000
    known.places[id_] += 1
    known.lines[round_id].add(id_, {})
    known.trail["round.checked_out", round_id] += 1
    if note := entry["payload"]["note"]:
        _add_note(known, entry, note)


def _word(known: Expected, entry: Entry) -> None:
    for named in entry["payload"]["lines"]:
        line_id = UUID(named["line_id"])
        line = known.lines[line_id]
        line.state = _STATES[entry["kind"]]
        known.acts[UUID(entry["id"]), line_id, len(line.versions), entry["kind"]] += 1
        known.trail[f"record.{line.state}", line_id] += 1


_APPLY = {
    "check_in": _check_in,
    "record": _record,
    "amend": _amend,
    "void": _void,
    "note": _note,
    "check_out": _check_out,
    "confirm": _word,
    "dispute": _word,
}


def assert_holds(world: World, known: Expected) -> None:
    """Rounds, lines, versions, notes, words, places and the trail are these, each as often as expected."""
    assert {row.id: row.minutes for row in world.rows(select(Round))} == known.rounds
    lines = {
        row.id: (row.version, row.state, row.form, row.minutes) for row in world.rows(select(ServiceRecord))
    }
    assert lines == {
        id_: (len(line.versions), line.state, line.form, known.rounds.get(id_))
        for id_, line in known.lines.items()
    }
    versions = world.rows(select(RecordVersion))
    assert {(row.record_id, row.version): (row.entry_id, row.form) for row in versions} == {
        (id_, number): version
        for id_, line in known.lines.items()
        if len(line.versions) > 1 or line.versions[0][0] != id_ or id_ in known.late
        for number, version in enumerate(line.versions, start=1)
    }
    assert Counter((row.id, row.text) for row in world.rows(select(RoundNote))) == known.notes
    acts = world.rows(select(ConfirmationAct))
    assert Counter((row.entry_id, row.record_id, row.version, row.act) for row in acts) == known.acts
    _assert_places(world, known)
    said = or_(AuditEntry.tag.startswith("round."), AuditEntry.tag.startswith("record."))
    trail = world.rows(select(AuditEntry).where(said))
    assert Counter((row.tag, row.subject_id) for row in trail if row.tag != Tag.RECORD_STORED) == known.trail
    noted = Counter(UUID(id_) for row in trail for id_ in row.details.get("records", ()))
    assert noted == Counter(known.stored)


def _assert_places(world: World, known: Expected) -> None:
    """A place stands with its round, and what was ever refused leaves one with its row of the ledger."""
    places = world.rows(select(Position))
    assert Counter(row.entry_id for row in places if row.round_id) == known.places
    placed = LedgerEntry.kind.in_(("check_in", "check_out"))
    ledger = {row.id for row in world.rows(select(LedgerEntry).where(placed))}
    assert {row.entry_id for row in places if row.round_id is None} <= ledger
