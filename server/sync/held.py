"""What is held of the things a batch speaks of, read in a handful of queries before it is judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select, union_all
from sqlalchemy.orm import Session

from server.accounts.queries import certificate_periods
from server.agreements.queries import Serving, serving_on
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.auth.scope import visible
from server.checkin.datum import fence_at
from server.checkin.models import Poster
from server.checkin.rules import read_rotating_token
from server.confirmation.queries import settled
from server.db import among
from server.kiosks.queries import KnownKiosk, kiosks_named, uses_of
from server.organisations.models import InstitutionRevision, Organisation
from server.prepared import Prepared, Question, Row as Cells, ask, by_index
from server.referrals.rules import DIRECTIONS
from server.referrals.service import Case
from server.rounds.models import Round, RoundUnlock, ServiceRecord
from server.rounds.queries import first_kept, rounds_joined
from server.rounds.rules import Line, Person, Place, Visit, time_refusal
from server.rounds.service import Deeds, Row
from server.sync.known import Measured, earlier_of, people_of, targets_of
from server.sync.models import IS_STORED, LedgerEntry
from server.sync.protocol import Entry, Unreadable
from server.sync.referred import Referring, hold_referring, referred_at

_DAY = timedelta(days=1)
_NAME_A_PLACE = ("check_in", "referral_request", "follow_up_done")
_NEW_LINES = ("record", "referral_request")


class CurrentPoster(NamedTuple):
    version: int
    short_code: str


@dataclass(slots=True)
class Ledgered:
    """An entry's row of the ledger; `new` is that row while the database does not have it."""

    id: UUID
    outcome: str
    new: Row | None = None


@dataclass(slots=True)
class Held:
    """Things by id, all within the actor's scope; entries of the batch add to it as they are applied, and
    `deeds` gathers what they do.

    `taken` are ids that the batch would give to lines but that lines have already, in whosever scope. `uses`
    are the rounds in which the author used the codes (kiosk, step) that the batch shows. `unlocked` are
    rounds of which a manager lets entries in that are too old. `ruled` are lines that the batch disputes, and
    the versions at which disputes of them were settled. `counters` are the revisions of the institutions,
    which are locked. `referrals` are those the batch speaks of, and its follow-ups.
    """

    counters: Mapping[UUID, int]
    ledger: dict[tuple[UUID | None, str], Ledgered]
    stored_ids: set[UUID]
    taken: set[UUID]
    places: dict[UUID, Place]
    posters: dict[UUID, CurrentPoster]
    serving: Sequence[Serving]
    visits: dict[UUID, Visit]
    people: dict[UUID, Person]
    measured: Measured
    kiosks: dict[UUID, KnownKiosk]
    uses: dict[tuple[UUID, int], UUID]
    certificates: Sequence[tuple[date, date]]
    unlocked: frozenset[UUID]
    ruled: frozenset[tuple[UUID, int]]
    lines: dict[UUID, Line] = field(default_factory=dict)
    by_round: dict[UUID, dict[UUID, Line]] = field(default_factory=dict)
    referrals: Referring = field(default_factory=Referring)
    deeds: Deeds = field(default_factory=Deeds)
    judged_again: dict[UUID, Row] = field(default_factory=dict)

    def add_visit(self, visit: Visit, line: Line) -> None:
        self.visits[visit.id] = visit
        self.add_line(line)

    def add_line(self, line: Line) -> None:
        self.lines[line.id] = line
        self.taken.add(line.id)
        self.by_round.setdefault(line.round_id, {})[line.id] = line
        self.measured.add(line)

    def record_of(self, entry: Entry | Unreadable) -> Mapping[str, Any] | None:
        """What a repeated send is answered with: the thing as it now is, where it is still in scope."""
        if isinstance(entry, Unreadable):
            return None
        if entry.kind in ("check_in", "join", "check_out", "note") and entry.round_id in self.visits:
            return visit_record(self.visits[entry.round_id])
        if entry.kind.startswith("referral_"):
            return self.referrals.record_of(entry)
        if entry.kind in ("confirm", "dispute"):
            named = [each["line_id"] for each in entry.payload["lines"]]
            return {"lines": [line_record(self.lines[id_]) for id_ in named if id_ in self.lines]}
        line_id = entry.id if entry.kind == "record" else entry.payload.get("line_id")
        return line_record(self.lines[line_id]) if line_id in self.lines else None


def visit_record(visit: Visit) -> dict[str, Any]:
    return {
        "round_id": str(visit.id),
        "grade": visit.grade,
        "grade_reasons": visit.grade_reasons,
        "distance_m": visit.distance_m,
        "minutes": visit.minutes,
    }


def line_record(line: Line) -> dict[str, Any]:
    return {"id": str(line.id), "version": line.version, "state": line.state, "urgent": line.urgent}


def hold(session: Session, actor: Actor, entries: Sequence[Entry | Unreadable], now: datetime) -> Held:
    """Lock the institutions of the batch and read what it needs, all at once; the statements do not grow with
    its length, nor with history."""
    connection = session.connection()
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    referred = referred_at(session, actor, entries)
    unlocked = _unlocked(connection, readable, now)
    planned = by_index(connection)
    answers = ask(connection, *planned, *_questions(actor, entries, unlocked, referred, now))
    counters, (lines, taken), (ledger, stored), (places, posters), *others = answers[len(planned) :]
    people, serving, certificates, earlier, targets = others
    visits = _visits(connection, actor, lines)
    referring = hold_referring(session, actor, readable, _corrected(readable, lines))
    things: list[Visit | Case] = [*visits.values(), *referring.cases.values()]
    if any(thing.institution_id not in counters for thing in things):
        return hold(session, actor, entries, now)  # it came while locks were waited for
    shown = _shown(entry for entry in readable if entry.kind == "check_in")
    held = Held(
        counters=counters,
        ledger=ledger,
        stored_ids=stored,
        taken=taken,
        places=places,
        posters=posters,
        serving=serving,
        visits=visits,
        people=people,
        measured=Measured(earlier, targets),
        kiosks=kiosks_named(session, {kiosk for kiosk, _ in shown}),
        uses=uses_of(session, actor.id, shown),
        certificates=certificates,
        unlocked=unlocked,
        ruled=settled(session, _disputed(readable)),
        referrals=referring,
    )
    for line in (each for each in lines if each.round_id in visits):
        held.add_line(line)
    held.deeds.joined |= rounds_joined(session, actor.id, visits.values())
    held.deeds.first |= first_kept(session, _changed(readable) & {line.id for line in lines})
    return held


def _questions(
    actor: Actor,
    entries: Sequence[Entry | Unreadable],
    unlocked: frozenset[UUID],
    referred: frozenset[UUID],
    now: datetime,
) -> list[Question[Any]]:
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    asking = [entry for entry in readable if entry.kind in ("check_in", "referral_request")]
    return [
        locked(actor, entries, referred),
        _lines(readable),
        _ledger(actor, entries),
        _places(actor, entries, referred),
        _people(actor, readable),
        _serving(actor, _in_time(asking, unlocked, now)),
        certificate_periods(actor.id),
        earlier_of(actor, [entry for entry in readable if time_refusal(entry.at, now) != "in_future"]),
        targets_of(_touched(actor, entries, referred)),
    ]


def _corrected(entries: Iterable[Entry], lines: Iterable[Line]) -> set[UUID]:
    """Changed lines of services that refer."""
    return _changed(entries) & {line.id for line in lines if line.service in DIRECTIONS}


def _changed(entries: Iterable[Entry]) -> set[UUID]:
    """Lines that get a new version; a visit does when it ends."""
    return {
        entry.round_id if entry.kind == "check_out" else entry.payload["line_id"]
        for entry in entries
        if entry.kind in ("amend", "void", "check_out")
    }


def _disputed(entries: Iterable[Entry]) -> set[UUID]:
    said = (entry.payload["lines"] for entry in entries if entry.kind == "dispute")
    return {each["line_id"] for lines in said for each in lines}


def _shown(arrivals: Iterable[Entry]) -> set[tuple[UUID, int]]:
    """The rotating codes that check-ins were made with, as kiosk and step: not yet verified."""
    texts = [entry.payload["token"] for entry in arrivals if entry.payload["method"] == "rotating"]
    tokens = [read_rotating_token(text or "") for text in texts]
    return {(token.kiosk_id, token.step) for token in tokens if token}


_TOUCHED = union_all(
    select(Round.institution_id).where(among(Round.id, "rounds")),
    select(Organisation.id).where(among(Organisation.id, "named")),
)
_LOCK = Prepared(
    select(InstitutionRevision.institution_id, InstitutionRevision.value)
    .where(
        InstitutionRevision.institution_id.in_(_TOUCHED), among(InstitutionRevision.institution_id, "reach")
    )
    .order_by(InstitutionRevision.institution_id)
    .with_for_update()
)


def locked(
    actor: Actor, entries: Sequence[Entry | Unreadable], referred: frozenset[UUID] = frozenset()
) -> Question[dict[UUID, int]]:
    """The institutions that the entries may touch with their revisions, locked in the order of their ids:
    senders queue here and nowhere else. `referred` are those of referrals that the entries speak of.

    The revisions are raised only when rows change: what was only sent again is no news to other phones.
    """
    return Question(_LOCK, _touched(actor, entries, referred), lambda rows: {row[0]: row[1] for row in rows})


def _touched(actor: Actor, entries: Sequence[Entry | Unreadable], referred: frozenset[UUID]) -> Row:
    rounds = {entry.round_id for entry in entries if entry.round_id}
    naming = (entry for entry in entries if isinstance(entry, Entry) and entry.kind in _NAME_A_PLACE)
    named = {entry.payload["institution_id"] for entry in naming}
    return {"rounds": rounds, "named": named | referred, "reach": actor.reach | referred}


_KEPT = select(
    LedgerEntry.author_id, LedgerEntry.id, LedgerEntry.entry_id, LedgerEntry.content_hash, LedgerEntry.outcome
).where(among(LedgerEntry.entry_id, "ids"))
# In two parts, for each has an index of its own.
_LEDGER = Prepared(
    union_all(
        _KEPT.where(LedgerEntry.author_id == bindparam("author")),
        _KEPT.where(LedgerEntry.author_id != bindparam("author"), IS_STORED),
    )
)


_Ledger = tuple[dict[tuple[UUID | None, str], Ledgered], set[UUID]]


def _ledger(actor: Actor, entries: Sequence[Entry | Unreadable]) -> Question[_Ledger]:
    """This author's rows by id and content, and the ids that anybody has stored."""

    def read(rows: Iterable[Cells]) -> _Ledger:
        own: dict[tuple[UUID | None, str], Ledgered] = {}
        stored: set[UUID] = set()
        for author, row, entry_id, content_hash, outcome in rows:
            if author == actor.id:
                own[entry_id, content_hash] = Ledgered(row, outcome)
            if outcome == "stored":
                stored.add(entry_id)
        return own, stored

    return Question(_LEDGER, {"ids": {entry.id for entry in entries if entry.id}, "author": actor.id}, read)


def _columns(model: Any, kept: type) -> list[Any]:
    """The columns that a dataclass has fields for."""
    return [model.__table__.c[each.name] for each in fields(kept) if each.name != "stored"]


_LINE = tuple(column.name for column in _columns(ServiceRecord, Line))
_LINES = Prepared(
    select(*_columns(ServiceRecord, Line)).where(
        or_(among(ServiceRecord.round_id, "rounds"), among(ServiceRecord.id, "ids"))
    )
)


def _lines(entries: Sequence[Entry]) -> Question[tuple[list[Line], set[UUID]]]:
    """The lines of the rounds named, and the ids that are taken among those that new lines would get.

    Every round has a line of its own id, so that lines tell for rounds too.
    """
    rounds = {entry.round_id for entry in entries}
    wanted = {entry.id for entry in entries if entry.kind in _NEW_LINES}
    wanted |= {entry.round_id for entry in entries if entry.kind == "check_in"}

    def read(rows: Iterable[Cells]) -> tuple[list[Line], set[UUID]]:
        found = [Line(**dict(zip(_LINE, row, strict=True)), stored=True) for row in rows]
        return [line for line in found if line.round_id in rounds], {line.id for line in found} & wanted

    return Question(_LINES, {"rounds": rounds, "ids": wanted}, read)


def _visits(connection: Connection, actor: Actor, lines: Iterable[Line]) -> dict[UUID, Visit]:
    rounds = {line.round_id for line in lines}
    if not rounds:
        return {}
    held = visible(select(*_columns(Round, Visit)), Round, actor).where(
        Round.id.in_(rounds), Round.institution_id.in_(actor.reach)
    )
    rows: Iterable[Any] = connection.execute(held)
    return {row.id: Visit(**row._asdict(), stored=True) for row in rows}


_PLACES = Prepared(
    select(
        *(Organisation.id, Organisation.timezone),
        *(Organisation.latitude, Organisation.longitude, Organisation.datum, Organisation.fence_m),
        *(Poster.version, Poster.short_code),
    )
    .outerjoin(Poster, Poster.institution_id == Organisation.id)
    .where(Organisation.id.in_(_TOUCHED), among(Organisation.id, "reach"))
    .order_by(Poster.version)
)
_Places = tuple[dict[UUID, Place], dict[UUID, CurrentPoster]]


def _places(
    actor: Actor, entries: Sequence[Entry | Unreadable], referred: frozenset[UUID]
) -> Question[_Places]:
    """The institutions, and their posters: the last version of each is the one that counts."""
    return Question(_PLACES, _touched(actor, entries, referred), _read_places)


def _read_places(rows: Iterable[Cells]) -> _Places:
    places, posters = {}, {}
    for id_, timezone, *point, version, short_code in rows:
        places[id_] = Place(id_, timezone, fence_at(*point))
        if version is not None:
            posters[id_] = CurrentPoster(version, short_code)
    return places, posters


def _people(actor: Actor, entries: Sequence[Entry]) -> Question[dict[UUID, Person]]:
    ids = {entry.payload["subject_id"] for entry in entries if entry.kind in _NEW_LINES} - {None}
    return people_of(actor, ids, entries)


_UNLOCKED = select(RoundUnlock.round_id).where(
    among(RoundUnlock.round_id, "rounds"), RoundUnlock.until > bindparam("now")
)


def _unlocked(connection: Connection, entries: Sequence[Entry], now: datetime) -> frozenset[UUID]:
    old = {entry.round_id for entry in entries if time_refusal(entry.at, now) == "too_old"}
    return frozenset(connection.scalars(_UNLOCKED, {"rounds": old, "now": now})) if old else frozenset()


def _in_time(arrivals: Sequence[Entry], unlocked: frozenset[UUID], now: datetime) -> list[Entry]:
    return [each for each in arrivals if not time_refusal(each.at, now, unlocked=each.round_id in unlocked)]


def _serving(actor: Actor, arrivals: Sequence[Entry]) -> Question[Sequence[Serving]]:
    """Agreements in force about the days of check-ins: the local day may be the next or the last in UTC."""
    medical = actor.organisations(Permission.ROUNDS_RECORD, OrganisationKind.MEDICAL)
    named = {entry.payload["institution_id"] for entry in arrivals} & actor.reach
    days = [entry.at.date() for entry in arrivals] or [date.max - _DAY]  # nothing is named then
    return serving_on(medical, named, min(days) - _DAY, max(days) + _DAY)
