"""Reading requests on demand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from server import clock
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.auth.scope import visible
from server.demands.models import Demand
from server.demands.rules import strictest
from server.errors import NotFound, Refusal
from server.organisations.models import Organisation
from server.organisations.revisions import raise_revisions

_DAY = timedelta(days=1)  # no time zone is further from UTC
_OLDEST = date(2000, 1, 1)  # nothing was asked before the product was there

_IN_FORCE = ("active", "terminated")  # the latter until its last day
SHOWN = 100


@dataclass(frozen=True, slots=True)
class DemandRow:
    """A request as fulfilment reads it: instants in UTC, `answered_at` None while nobody took it up."""

    id: UUID
    service: str
    asked_at: datetime
    answered_at: datetime | None


def requests_of(session: Session, agreements: Iterable[Agreement]) -> dict[UUID, list[DemandRow]]:
    """By agreement id, the requests between its parties on the local days of its term, oldest first.

    Withdrawn ones count nowhere. One query for all; for the engine's adapter, so without scope.
    """
    wanted = list(agreements)
    if not wanted:
        return {}
    first = max(_OLDEST, min(each.starts for each in wanted))
    by_parties: dict[tuple[UUID, UUID], list[DemandRow]] = defaultdict(list)
    columns = (Demand.institution_id, Demand.medical_id, Demand.id, Demand.service)
    for row in session.execute(
        select(*columns, Demand.asked_at, Demand.answered_at)
        .where(
            Demand.institution_id.in_({each.institution_id for each in wanted}),
            Demand.asked_at >= datetime.combine(first, time(), UTC) - _DAY,
            Demand.withdrawn_at.is_(None),
        )
        .order_by(Demand.asked_at, Demand.id)
    ):
        asked = DemandRow(row.id, row.service, row.asked_at, row.answered_at)
        by_parties[row.institution_id, row.medical_id].append(asked)
    return {
        each.id: [row for row in by_parties[each.institution_id, each.medical_id] if _in_term(each, row)]
        for each in wanted
    }


def _in_term(agreement: Agreement, row: DemandRow) -> bool:
    return agreement.starts <= clock.local_day(row.asked_at, agreement.timezone) <= agreement.last_day


@dataclass(frozen=True, slots=True)
class Clause:
    """What a commitment on demand promises between two institutions; `limit` in minutes, None for none."""

    agreement_id: UUID
    institution_id: UUID
    medical_id: UUID
    starts: date
    last_day: date
    timezone: str
    services: tuple[str, ...]
    limit: int | None

    def holds(self, at: datetime) -> bool:
        return self.starts <= clock.local_day(at, self.timezone) <= self.last_day


def clauses_of(session: Session, institutions: Iterable[UUID]) -> list[Clause]:
    """The commitments on demand of these care institutions' agreements that are, or were, in force."""
    parties = (Agreement.institution_id, Agreement.medical_id)
    term = (Agreement.starts, Agreement.last_day, Agreement.timezone)
    rows = session.execute(
        select(Agreement.id, *parties, *term, Commitment.clause)
        .join(Commitment, Commitment.agreement_id == Agreement.id)
        .where(
            Agreement.institution_id.in_(set(institutions)),
            Agreement.state.in_(_IN_FORCE),
            Commitment.clause["kind"].as_string() == "on_demand",
        )
        .order_by(Agreement.starts, Agreement.id, Commitment.position)
    )
    return [
        Clause(
            row.id,
            row.institution_id,
            row.medical_id,
            row.starts,
            row.last_day,
            row.timezone,
            tuple(row.clause["services"]),
            row.clause.get("respond_within_minutes"),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Option:
    """A service that `institution_id` may ask of `medical_id` now, and within how many minutes."""

    institution_id: UUID
    medical_id: UUID
    service: str
    limit_minutes: int | None


def options(session: Session, institutions: Iterable[UUID], now: datetime) -> list[Option]:
    """What these care institutions may ask for: each service of each medical institution once."""
    limits: dict[tuple[UUID, UUID, str], list[int | None]] = defaultdict(list)
    for clause in clauses_of(session, institutions):
        if clause.holds(now):
            for service in clause.services:
                limits[clause.institution_id, clause.medical_id, service].append(clause.limit)
    return [Option(*asked, strictest(found)) for asked, found in limits.items()]


def limits_of(session: Session, demands: Sequence[Demand]) -> dict[UUID, int | None]:
    """By demand id, the strictest limit promised when it was asked, in minutes."""
    clauses = clauses_of(session, {demand.institution_id for demand in demands})
    return {demand.id: strictest(_promised(clauses, demand)) for demand in demands}


def _promised(clauses: Iterable[Clause], demand: Demand) -> Iterable[int | None]:
    return (
        clause.limit
        for clause in clauses
        if (clause.institution_id, clause.medical_id) == (demand.institution_id, demand.medical_id)
        and demand.service in clause.services
        and clause.holds(demand.asked_at)
    )


def askers(actor: Actor) -> frozenset[UUID]:
    """The care institutions for which the actor may ask; none for a hospital's manager."""
    return actor.organisations(Permission.DEMANDS_ASK, OrganisationKind.CARE)


def asks_for(actor: Actor) -> frozenset[UUID]:
    """The same, refused where there are none."""
    if not (own := askers(actor)):
        raise Refusal("forbidden")
    return own


def names_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids))))
    return dict(iter(rows))


def demands(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> tuple[int, Sequence[Demand]]:
    """How many requests the actor may see, and the first of them: open ones (`open` is "1") by how long they
    wait, all others newest first. `wanted` as `DemandFilterSchema` reads it."""
    named = ("institution_id", "medical_id", "service")
    found = visible(select(Demand), Demand, actor).where(
        *(getattr(Demand, name) == wanted[name] for name in named if name in wanted)
    )
    is_open = (Demand.answered_at.is_(None), Demand.withdrawn_at.is_(None))
    order = (Demand.asked_at.desc(), Demand.id.desc())
    if wanted.get("open") == "1":
        found, order = found.where(*is_open), (Demand.asked_at.asc(), Demand.id.asc())
    elif wanted.get("open") == "0":
        found = found.where(or_(Demand.answered_at.is_not(None), Demand.withdrawn_at.is_not(None)))
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    return total, session.scalars(_loaded(found).order_by(*order).limit(SHOWN)).all()


def demand(session: Session, demand_id: UUID) -> Demand:
    """A request that was just written, as it is shown."""
    return session.scalars(_loaded(select(Demand)).where(Demand.id == demand_id)).one()


def demand_to_change(session: Session, actor: Actor, demand_id: UUID) -> Demand:
    """A request within the actor's scope. Its institution's lock lets one change at a time."""
    institution_id = session.scalar(
        visible(select(Demand.institution_id), Demand, actor).where(Demand.id == demand_id)
    )
    if institution_id is None:
        raise NotFound("demand")
    raise_revisions(session, [institution_id])
    return demand(session, demand_id)


def demand_to_withdraw(session: Session, actor: Actor, demand_id: UUID) -> Demand:
    """A request that the actor's own side made: to be asked, or to oversee, is not enough. Whoever is
    asked too takes none back: it would vanish from their own rate."""
    own = asks_for(actor)
    found = demand_to_change(session, actor, demand_id)
    if found.institution_id not in own:
        raise Refusal("forbidden")
    if found.medical_id in actor.medical:
        raise Refusal("forbidden", reason="asks_oneself")
    return found


def _loaded(statement: Select[Demand]) -> Select[Demand]:
    """With all that is shown of a request; what this transaction has just set is kept."""
    named = (Demand.institution, Demand.medical, Demand.subject, Demand.asked_by, Demand.answered_by)
    return statement.options(*(joinedload(relation) for relation in named)).execution_options(
        populate_existing=True
    )
