"""What is read of institutions for a phone, stage by stage: residents, windows, rounds, lines, duties."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.confirmation.queries import line_views
from server.followups import queries as follow_ups
from server.followups.models import FollowUp
from server.followups.views import follow_up_view
from server.fulfilment.models import Obligation
from server.residents.models import Resident, Stay
from server.rounds.models import Round, ServiceRecord
from server.rounds.queries import LINE_LOADED, ROUND_LOADED, joined_by, round_view
from server.sync.cursor import Cursor, Mark
from server.sync.readings import last_readings

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


@dataclass(frozen=True, slots=True)
class Span:
    """Institutions read together: all of them whole (their marks are None), or each since its mark."""

    marks: Mapping[UUID, Mark | None]

    @property
    def whole(self) -> bool:
        return None in self.marks.values()

    def here(self, institution: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = institution.in_(self.marks)
        return found

    def revision(self, institution: Any) -> Any:
        """Up to which revision rows are known, -1 where none are."""
        return _each(institution, {id_: mark.revision if mark else -1 for id_, mark in self.marks.items()})

    def ahead(self, institution: Any) -> Any:
        """Up to which day windows were sent ahead when it was read last."""
        return _each(institution, {id_: mark.day + AHEAD for id_, mark in self.marks.items() if mark})


def _each(institution: Any, values: Mapping[UUID, Any]) -> Any:
    """A value by institution; most often it is one and the same for most of them."""
    ((usual, _),) = Counter(values.values()).most_common(1)
    others = {id_: value for id_, value in values.items() if value != usual}
    return case(others, value=institution, else_=usual) if others else usual


def _residents(reader: Reader, span: Span) -> Select[Resident]:
    here = or_(Stay.ends.is_(None), Stay.ends >= reader.today - KEPT_AFTER_LEAVING)
    known = Resident.revision > span.revision(Resident.institution_id)
    return (
        select(Resident)
        .where(span.here(Resident.institution_id), Resident.stays.any(here) if span.whole else known)
        .options(selectinload(Resident.stays), selectinload(Resident.conditions))
    )


def _add_residents(reader: Reader, found: Page, rows: Sequence[Resident], whole: bool) -> None:
    last = last_readings(reader.session, reader.actor, [row.id for row in rows])
    for row in rows:
        stay = row.stays[-1]
        if not (stay.ends and stay.ends < reader.today - KEPT_AFTER_LEAVING):
            found.residents.append(_resident_view(row, last.get(row.id, {}), reader.today))
        elif not whole:
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


def _owed(reader: Reader, span: Span) -> Select[Obligation]:
    return (
        select(Obligation)
        .where(
            span.here(Obligation.institution_id),
            Obligation.agreement_id.in_(select(Agreement.id).where(Agreement.scope(reader.actor))),
            _owed_news(reader, span),
        )
        .options(joinedload(Obligation.commitment).load_only(Commitment.key, Commitment.clause))
    )


def _add_owed(reader: Reader, found: Page, rows: Sequence[Obligation], whole: bool) -> None:
    for row in rows:
        near = row.start <= reader.today + AHEAD  # what is not near was never on the phone
        if near and row.need > 0 and row.deadline >= reader.today:
            found.owed.append(_owed_view(row))
        elif near and not whole:
            found.gone["owed"].append(row.id)


def _owed_news(reader: Reader, span: Span) -> ColumnElement[bool]:
    """Windows that changed, and those that have come near since the phone last read."""
    if span.whole:
        return and_(
            Obligation.promised > Obligation.reported + Obligation.reported_excused,
            Obligation.deadline >= reader.today,
            Obligation.start <= reader.today + AHEAD,
        )
    here = Obligation.institution_id
    near = and_(Obligation.start > span.ahead(here), Obligation.start <= reader.today + AHEAD)
    return or_(Obligation.revision > span.revision(here), near)


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
        "min_minutes": clause.get("min_minutes", 0),
        "min_attendees": clause.get("min_attendees", 0),
        "subject_id": row.resident_id,
        "excused": row.reported_excused,
    }


def _held(reader: Reader, span: Span) -> ColumnElement[bool]:
    """A clinician's own rounds, and for staff all rounds of their institutions, of the last 90 days.

    Own ones are those begun or joined for an institution that the clinician is still of."""
    actor = reader.actor
    took_part = or_(Round.clinician_id == actor.id, Round.id.in_(joined_by(actor.id)))
    own = and_(took_part, Round.medical_id.in_(actor.medical))
    mine = or_(own, Round.institution_id.in_(actor.care))
    return and_(span.here(Round.institution_id), mine, Round.on >= reader.today - ROUNDS_KEPT)


def _rounds(reader: Reader, span: Span) -> Select[Round]:
    news = Round.revision > span.revision(Round.institution_id)
    return select(Round).where(_held(reader, span), news).options(*ROUND_LOADED)


def _add_rounds(reader: Reader, found: Page, rows: Sequence[Round], _whole: bool) -> None:
    found.rounds += [round_view(reader.actor, row) for row in rows]


def _lines(reader: Reader, span: Span) -> Select[ServiceRecord]:
    since = span.revision(Round.institution_id)
    # Whoever joins has none of the lines before: they come with the round, whose revision the joining raised.
    joined = and_(Round.id.in_(joined_by(reader.actor.id)), Round.revision > since)
    return (
        select(ServiceRecord)
        .join(ServiceRecord.round)
        .where(_held(reader, span), or_(ServiceRecord.revision > since, joined))
        .options(*LINE_LOADED)
    )


def _add_lines(reader: Reader, found: Page, rows: Sequence[ServiceRecord], _whole: bool) -> None:
    found.lines += line_views(reader.session, reader.actor, rows)


def _follow_ups(reader: Reader, span: Span) -> Select[FollowUp]:
    known = FollowUp.revision > span.revision(FollowUp.institution_id)
    news = FollowUp.state == "open" if span.whole else known
    found = follow_ups.of_institutions(reader.actor, span.marks.keys())
    return found.where(news).options(*follow_ups.LOADED)


def _add_follow_ups(reader: Reader, found: Page, rows: Sequence[FollowUp], _whole: bool) -> None:
    found.followups += [follow_up_view(reader.actor, row) for row in rows if row.state == "open"]
    found.gone["followups"] += [row.id for row in rows if row.state != "open"]


# What is read of an institution, in this order: the column that rows are ordered by, the rows that are new
# since a mark, and how they come to a page.
STAGES: tuple[tuple[Any, Any, Any], ...] = (
    (Resident.id, _residents, _add_residents),
    (Obligation.id, _owed, _add_owed),
    (Round.id, _rounds, _add_rounds),
    (ServiceRecord.id, _lines, _add_lines),
    (FollowUp.id, _follow_ups, _add_follow_ups),
)


def counts(reader: Reader, span: Span) -> dict[UUID, int]:
    """How many rows there are to send, by institution, in one statement."""
    stages = (statement(reader, span).subquery() for _, statement, _ in STAGES)
    counted = (
        select(stage.c.institution_id, func.count().label("rows")).group_by(stage.c.institution_id)
        for stage in stages
    )
    found: dict[UUID, int] = {}
    for row in reader.session.execute(union_all(*counted)):
        found[row.institution_id] = found.get(row.institution_id, 0) + row.rows
    return found
