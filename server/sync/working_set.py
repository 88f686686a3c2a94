"""What a phone needs offline: its institutions with everything owed there, and the rounds it deals with.

A page reads the institutions' revisions first and their rows after: a row written meanwhile has a higher
revision than the cursor says, and comes with a later page. It can come twice; it cannot be skipped. An
institution that does not fit on one page goes on with the next, stage by stage and in the order of ids,
towards the revision it had when it was begun.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from server import clock
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.catalogue import queries as catalogue
from server.clinical import policies
from server.confirmation.queries import line_views
from server.followups import queries as follow_ups
from server.followups.models import FollowUp
from server.followups.views import follow_up_view
from server.fulfilment.models import Obligation
from server.keys import Keyring
from server.organisations.models import InstitutionRevision
from server.residents.models import Resident, Stay
from server.rounds.models import Round, ServiceRecord
from server.rounds.queries import LINE_LOADED, ROUND_LOADED, joined_by, round_view
from server.sync.cap import check_size, may_have_grown
from server.sync.cursor import Begun, Cursor, Mark, could_be, scope_of
from server.sync.readings import last_readings
from server.sync.referred import referrals_since
from server.sync.served import institution_view

PAGE_ROWS = 500
AHEAD = timedelta(days=35)  # windows that begin so soon are on the phone already
KEPT_AFTER_LEAVING = timedelta(days=7)  # a late entry may still speak of somebody who moved out
ROUNDS_KEPT = timedelta(days=90)


@dataclass(slots=True)
class Page:
    """Rows in the shapes of `WorkingSetSchema`."""

    cursor: Cursor
    more: bool = False
    reference: dict[str, Any] | None = None
    snapshots: list[UUID] = field(default_factory=list)
    forget: list[UUID] = field(default_factory=list)
    institutions: list[dict[str, Any]] = field(default_factory=list)
    residents: list[dict[str, Any]] = field(default_factory=list)
    owed: list[dict[str, Any]] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    followups: list[dict[str, Any]] = field(default_factory=list)
    referrals: dict[str, Any] | None = None
    gone: dict[str, list[UUID]] = field(
        default_factory=lambda: {"residents": [], "owed": [], "rounds": [], "lines": [], "followups": []}
    )


@dataclass(frozen=True, slots=True)
class Reader:
    session: Session
    actor: Actor
    today: date


def page(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    cursor: Cursor,
    now: datetime,
    only: frozenset[UUID] | None = None,
) -> Page:
    """The next page: institution by institution until it is full; the cursor says how far it got.

    `only` are the institutions that were chosen for this phone where all would be too much; the phone forgets
    the others. Refuses `too_many_rows`.
    """
    reader = Reader(session, actor, clock.local_day(now, "Asia/Shanghai"))
    current = {
        id_: Mark(revision, reader.today, scope_of(actor, id_))
        for id_, revision in _revisions(reader).items()
        if only is None or id_ in only
    }
    known = cursor.marks.items()
    read = {id_: mark for id_, mark in known if id_ in current and could_be(mark, current[id_])}
    if may_have_grown(cursor, current):
        check_size(session, {id_: _size(reader, id_) for id_ in current})
    held = {*cursor.marks, *([cursor.begun.institution] if cursor.begun else [])}
    found = Page(cursor, forget=sorted(held - current.keys()))
    shared = reference(keyring)
    if cursor.reference != shared["version"]:
        found.reference = shared
    begun = _still_good(cursor, read, current)
    room = PAGE_ROWS
    while room > 0 and (reading := begun or _next(read, current)):
        begun, room = _read_on(reader, found, reading, read.get(reading.institution), room)
        if begun is None:
            read[reading.institution] = reading.target
    found.more = (begun or _next(read, current)) is not None
    sent = cursor.referrals
    if not found.more:
        found.referrals, sent = referrals_since(session, actor, sent, now)
    found.cursor = Cursor(shared["version"], read, begun, sent)
    return found


def _next(read: Mapping[UUID, Mark], current: Mapping[UUID, Mark]) -> Begun | None:
    """The first institution with something new."""
    news = (id_ for id_ in sorted(current) if read.get(id_) != current[id_])
    institution = next(news, None)
    return Begun(institution, current[institution], 0, None) if institution else None


def _still_good(cursor: Cursor, read: Mapping[UUID, Mark], current: Mapping[UUID, Mark]) -> Begun | None:
    """What was begun goes on, unless it left the scope or a restored backup has undone it."""
    begun = cursor.begun
    if begun is None or begun.institution not in current:
        return None
    same_start = (begun.institution in cursor.marks) == (begun.institution in read)
    sound = could_be(begun.target, current[begun.institution]) and 0 <= begun.stage < len(_STAGES)
    return begun if same_start and sound else None


def _revisions(reader: Reader) -> dict[UUID, int]:
    rows = reader.session.execute(
        select(InstitutionRevision.institution_id, InstitutionRevision.value).where(
            InstitutionRevision.institution_id.in_(reader.actor.reach)
        )
    )
    return dict(iter(rows))


def _read_on(
    reader: Reader, found: Page, reading: Begun, mark: Mark | None, room: int
) -> tuple[Begun | None, int]:
    """All of it where the phone has nothing, otherwise what changed since; as many rows as there is room for.

    Returns where to go on, None if it was read to its end, and the room that is left.
    """
    institution, target, start, after = reading
    if start == 0 and after is None:
        if mark is None:
            found.snapshots.append(institution)
        found.institutions.append(institution_view(reader.session, reader.actor, institution, reader.today))
        room -= 1
    for number, (key, statement, add) in enumerate(_STAGES[start:], start):
        rows = statement(reader, institution, mark).order_by(key).limit(room)
        if after:
            rows = rows.where(key > after)
        read = reader.session.scalars(rows).all()
        add(reader, found, read, mark)
        room -= len(read)
        if room <= 0:
            return Begun(institution, target, number, read[-1].id if read else after), 0
        after = None
    return None, room


def reference(keyring: Keyring) -> dict[str, Any]:
    """What is the same for everybody: catalogue, forms, reason codes, public keys of posters and of seals."""
    newest = keyring.sealing[0]
    keys = [*(key.id.hex() for key in keyring.signing), newest.id.hex()]
    return {
        "version": ".".join([catalogue.version(), policies.version(), *keys]),
        "services": list(catalogue.services().values()),
        "categories": catalogue.categories(),
        "forms": list(catalogue.forms().values()),
        "policies": policies.policies(),
        "keys": [{"id": key.id.hex(), "jwk": key.public_jwk()} for key in keyring.signing],
        "sealing": {"id": newest.id.hex(), "jwk": newest.public_jwk()},
        "reasons": catalogue.reasons(),
    }


def _residents(reader: Reader, institution: UUID, mark: Mark | None) -> Select[Resident]:
    here = or_(Stay.ends.is_(None), Stay.ends >= reader.today - KEPT_AFTER_LEAVING)
    news = Resident.revision > mark.revision if mark else Resident.stays.any(here)
    return (
        select(Resident)
        .where(Resident.institution_id == institution, news)
        .options(selectinload(Resident.stays), selectinload(Resident.conditions))
    )


def _since(mark: Mark | None) -> int:
    return mark.revision if mark else -1


def _add_residents(reader: Reader, found: Page, rows: Sequence[Resident], mark: Mark | None) -> None:
    last = last_readings(reader.session, reader.actor, [row.id for row in rows])
    for row in rows:
        stay = row.stays[-1]
        if not (stay.ends and stay.ends < reader.today - KEPT_AFTER_LEAVING):
            found.residents.append(_resident_view(row, last.get(row.id, {}), reader.today))
        elif mark:
            found.gone["residents"].append(row.id)


def _resident_view(row: Resident, last: dict[str, Any], today: date) -> dict[str, Any]:
    same = "id institution_id name sex born bed search".split()
    current = [
        each.code
        for each in row.conditions
        if each.since <= today and (each.until is None or today <= each.until)
    ]
    return {
        **{name: getattr(row, name) for name in same},
        "conditions": current,
        "last": last,
        "stay_from": row.stays[-1].starts,
        "stay_to": row.stays[-1].ends,
    }


def _owed(reader: Reader, institution: UUID, mark: Mark | None) -> Select[Obligation]:
    return (
        select(Obligation)
        .where(
            Obligation.institution_id == institution,
            Obligation.agreement_id.in_(select(Agreement.id).where(Agreement.scope(reader.actor))),
            _owed_news(reader, mark),
        )
        .options(joinedload(Obligation.commitment).load_only(Commitment.key, Commitment.clause))
    )


def _add_owed(reader: Reader, found: Page, rows: Sequence[Obligation], mark: Mark | None) -> None:
    for row in rows:
        near = row.start <= reader.today + AHEAD  # what is not near was never on the phone
        if near and row.need > 0 and row.deadline >= reader.today:
            found.owed.append(_owed_view(row))
        elif near and mark:
            found.gone["owed"].append(row.id)


def _owed_news(reader: Reader, mark: Mark | None) -> ColumnElement[bool]:
    """Windows that changed, and those that have come near since the phone last read."""
    if mark is None:
        return and_(
            Obligation.promised > Obligation.reported + Obligation.reported_excused,
            Obligation.deadline >= reader.today,
            Obligation.start <= reader.today + AHEAD,
        )
    near = and_(Obligation.start > mark.day + AHEAD, Obligation.start <= reader.today + AHEAD)
    return or_(Obligation.revision > mark.revision, near)


def _owed_view(row: Obligation) -> dict[str, Any]:
    same = (
        "id institution_id agreement_id commitment_id start end deadline promised confirmed reported need "
        "last_counted_on"
    )
    clause = row.commitment.clause
    return {
        **{name: getattr(row, name) for name in same.split()},
        "commitment_key": row.commitment.key,
        "services": clause["services"],
        "match": clause.get("match", "any"),
        "min_gap_days": clause.get("min_gap_days", 0),
        "count_by": clause.get("count_by", "day"),
        "subject_id": row.resident_id,
        "excused": row.reported_excused,
    }


def _held(reader: Reader, institution: UUID) -> ColumnElement[bool]:
    """A clinician's own rounds, and for staff all rounds of their institution, of the last 90 days.

    Own ones are those begun or joined for an institution that the clinician is still of."""
    actor = reader.actor
    took_part = or_(Round.clinician_id == actor.id, Round.id.in_(joined_by(actor.id)))
    own = and_(took_part, Round.medical_id.in_(actor.medical))
    mine = or_(own, Round.institution_id.in_(actor.care))
    return and_(Round.institution_id == institution, mine, Round.on >= reader.today - ROUNDS_KEPT)


def _rounds(reader: Reader, institution: UUID, mark: Mark | None) -> Select[Round]:
    held = _held(reader, institution)
    return select(Round).where(held, Round.revision > _since(mark)).options(*ROUND_LOADED)


def _add_rounds(reader: Reader, found: Page, rows: Sequence[Round], _mark: Mark | None) -> None:
    found.rounds += [round_view(reader.actor, row) for row in rows]


def _lines(reader: Reader, institution: UUID, mark: Mark | None) -> Select[ServiceRecord]:
    since = _since(mark)
    # Whoever joins has none of the lines before: they come with the round, whose revision the joining raised.
    joined = and_(Round.id.in_(joined_by(reader.actor.id)), Round.revision > since)
    return (
        select(ServiceRecord)
        .join(ServiceRecord.round)
        .where(_held(reader, institution), or_(ServiceRecord.revision > since, joined))
        .options(*LINE_LOADED)
    )


def _add_lines(reader: Reader, found: Page, rows: Sequence[ServiceRecord], _mark: Mark | None) -> None:
    found.lines += line_views(reader.session, reader.actor, rows)


def _follow_ups(reader: Reader, institution: UUID, mark: Mark | None) -> Select[FollowUp]:
    news = FollowUp.revision > mark.revision if mark else FollowUp.state == "open"
    return follow_ups.of_institution(reader.actor, institution).where(news).options(*follow_ups.LOADED)


def _add_follow_ups(reader: Reader, found: Page, rows: Sequence[FollowUp], _mark: Mark | None) -> None:
    found.followups += [follow_up_view(reader.actor, row) for row in rows if row.state == "open"]
    found.gone["followups"] += [row.id for row in rows if row.state != "open"]


# What is read of an institution, in this order: the column that rows are ordered by, the rows that are new
# since a mark, and how they come to a page.
_STAGES: tuple[tuple[Any, Any, Any], ...] = (
    (Resident.id, _residents, _add_residents),
    (Obligation.id, _owed, _add_owed),
    (Round.id, _rounds, _add_rounds),
    (ServiceRecord.id, _lines, _add_lines),
    (FollowUp.id, _follow_ups, _add_follow_ups),
)


def _size(reader: Reader, institution: UUID) -> int:
    """How many rows a phone that has nothing would be sent of an institution, in one statement."""
    counts = [
        select(func.count()).select_from(statement(reader, institution, None).subquery()).scalar_subquery()
        for _, statement, _ in _STAGES
    ]
    return sum(reader.session.execute(select(*counts)).one())
