"""The open windows that cannot be met any more, must be served soon, or lag behind: the most urgent first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from server.accounts.models import Account
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor, region_prefix
from server.fulfilment.models import CommitmentWindow
from server.fulfilment.queries import SUMS
from server.fulfilment.rules.pace import NEAR_DAYS, pace
from server.fulfilment.rules.sums import WindowSums
from server.organisations.models import Organisation
from server.rounds.models import Round

LIMIT = 500
# Whoever made most rounds at an institution in so many days is the one to go there.
LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look at; None asks nothing. `within` is a region code or a prefix of codes."""

    agreement_id: UUID | None = None
    clinician_id: UUID | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A window at risk, its agreement and commitment in the shapes of the wire, and who goes there."""

    sums: WindowSums
    commitment: Mapping[str, Any]
    agreement: Mapping[str, Any]
    clinician: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Found:
    """The most urgent `LIMIT` windows of `total`."""

    windows: Sequence[Window]
    total: int


_Rows = Select[*tuple[Any, ...]]


class _Days(FunctionElement[int]):
    """The days from one date to another: each database has its own way to subtract them."""

    inherit_cache = True


@compiles(_Days)
def _subtracted(element: _Days, compiler: SQLCompiler, **options: Any) -> str:
    first, last = element.clauses
    return f"({compiler.process(last, **options)} - {compiler.process(first, **options)})"


@compiles(_Days, "sqlite")
def _julian(element: _Days, compiler: SQLCompiler, **options: Any) -> str:
    first, last = (f"julianday({compiler.process(each, **options)})" for each in element.clauses)
    return f"CAST({last} - {first} AS INTEGER)"


def windows_at_risk(session: Session, actor: Actor, wanted: Wanted, today: date) -> Found:
    """The windows at risk in the actor's scope, by their last chance. Three queries for any number."""
    statement = _at_risk(actor, wanted, today)
    total = session.scalar(select(func.count()).select_from(statement.subquery()))
    ordered = statement.order_by(
        CommitmentWindow.last_chance, CommitmentWindow.deadline, Agreement.number, Commitment.position
    )
    rows = session.execute(ordered.limit(LIMIT)).all()
    goers = _goers_to(session, {row.care for row in rows}, today)
    return Found([_window(goers.get((row.care, row.medical)), *row) for row in rows], total or 0)


def _at_risk(actor: Actor, wanted: Wanted, today: date) -> _Rows:
    medical, care = aliased(Organisation), aliased(Organisation)
    statement: _Rows = (
        select(
            Commitment.id.label("of"),
            Commitment.title_zh,
            Commitment.title_en,
            Agreement.id.label("agreement"),
            Agreement.number,
            medical.id.label("medical"),
            medical.name.label("medical_name"),
            care.id.label("care"),
            care.name.label("care_name"),
            *SUMS,
        )
        .join_from(CommitmentWindow, Commitment, Commitment.id == CommitmentWindow.commitment_id)
        .join(Agreement, Agreement.id == CommitmentWindow.agreement_id)
        .join(medical, medical.id == Agreement.medical_id)
        .join(care, care.id == Agreement.institution_id)
        .where(Agreement.scope(actor))
        .where(CommitmentWindow.start <= today, CommitmentWindow.deadline >= today, CommitmentWindow.owed > 0)
        .where(or_(CommitmentWindow.last_chance <= today + timedelta(NEAR_DAYS), _behind(today)))
    )
    if wanted.agreement_id is not None:
        statement = statement.where(Agreement.id == wanted.agreement_id)
    if wanted.within is not None:
        prefix = region_prefix(wanted.within)
        statement = statement.where(care.region.startswith(prefix, autoescape=True))
    if wanted.clinician_id is not None:
        statement = _where_goes(statement, actor, wanted.clinician_id, today)
    return statement


def _behind(today: date) -> Any:
    """`reported + excused < expected` of rules/pace.py, in whole numbers: the database filters by it."""
    window = CommitmentWindow
    length = _Days(window.start, window.end) + 1
    gone = case((window.end < today, length), else_=_Days(window.start, literal(today)))
    return (window.reported + window.reported_excused + 1) * length <= window.promised * gone


def _where_goes(statement: _Rows, actor: Actor, clinician_id: UUID, today: date) -> _Rows:
    """Only agreements of parties for which the clinician makes most rounds."""
    seen = select(Agreement.institution_id).where(Agreement.scope(actor))
    goer = _rounds(today).where(Round.institution_id.in_(seen)).subquery()
    own = (goer.c.place == 1) & (goer.c.clinician_id == clinician_id)
    parties = (goer.c.institution_id == Agreement.institution_id) & (
        goer.c.medical_id == Agreement.medical_id
    )
    return statement.join(goer, own & parties)


def _rounds(today: date) -> _Rows:
    """Who made rounds for whom where of late, by place: the most rounds first, then the latest one."""
    parties = (Round.institution_id, Round.medical_id)
    order = (func.count().desc(), func.max(Round.on).desc(), Round.clinician_id)
    place = func.row_number().over(partition_by=parties, order_by=order).label("place")
    return (
        select(*parties, Round.clinician_id, place)
        .where(Round.on.between(today - LOOK_BACK, today))
        .group_by(*parties, Round.clinician_id)
    )


_Goers = dict[tuple[UUID, UUID], dict[str, Any]]


def _goers_to(session: Session, institutions: Collection[UUID], today: date) -> _Goers:
    """Who makes most rounds, by care institution and medical institution."""
    goer = _rounds(today).where(Round.institution_id.in_(institutions)).subquery()
    rows = session.execute(
        select(goer.c.institution_id, goer.c.medical_id, Account.id, Account.name)
        .join(Account, Account.id == goer.c.clinician_id)
        .where(goer.c.place == 1)
    )
    return {(care, medical): {"id": id_, "name": name} for care, medical, id_, name in rows}


def _window(
    clinician: Mapping[str, Any] | None,
    commitment: UUID,
    title_zh: str,
    title_en: str,
    agreement: UUID,
    number: str,
    medical: UUID,
    medical_name: str,
    care: UUID,
    care_name: str,
    *sums: Any,
) -> Window:
    return Window(
        WindowSums(*sums),
        {"commitment_id": commitment, "title": {"zh": title_zh, "en": title_en}},
        {
            "id": agreement,
            "number": number,
            "medical": {"id": medical, "name": medical_name},
            "care": {"id": care, "name": care_name},
        },
        clinician,
    )


def at_risk_view(found: Found, by: str, today: date) -> dict[str, Any]:
    """In groups by agreement or by clinician, the group of the most urgent window first."""
    groups: dict[UUID | None, list[Window]] = {}
    for each in found.windows:
        key = each.agreement if by == "agreement" else each.clinician
        groups.setdefault(key["id"] if key else None, []).append(each)
    return {
        "as_of": today,
        "by": by,
        "total": found.total,
        "shown": len(found.windows),
        "groups": [_group_view(rows, by, today) for rows in groups.values()],
    }


def _group_view(rows: Sequence[Window], by: str, today: date) -> dict[str, Any]:
    return {
        "agreement": rows[0].agreement if by == "agreement" else None,
        "clinician": rows[0].clinician,
        "owed": sum(each.sums.owed for each in rows),
        "first_chance": min((each.sums.last_chance for each in rows if each.sums.last_chance), default=None),
        "windows": [_window_view(each, today) for each in rows],
    }


def _window_view(each: Window, today: date) -> dict[str, Any]:
    sums, stands = each.sums, pace(each.sums, today)
    same = "start end deadline promised reported confirmed owed owing last_chance".split()
    return {
        **each.commitment,
        "agreement": each.agreement,
        **{name: getattr(sums, name) for name in same},
        "excused": sums.confirmed_excused,
        "expected": stands.expected,
        "risk": stands.risk,
    }
