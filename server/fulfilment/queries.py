"""Reading fulfilment, from the rate of an agreement down to the records behind one window."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement, Commitment
from server.agreements.queries import agreements_with_parties
from server.auth.actor import Actor
from server.auth.scope import visible
from server.errors import NotFound, invalid
from server.fulfilment import adapter
from server.fulfilment.as_of import SubjectWindow, sums_as_of, windows_as_of
from server.fulfilment.models import FIGURES, CommitmentWindow, Obligation, StaleStream, exists
from server.fulfilment.rules import facts
from server.fulfilment.rules.evaluate import evaluate_demand
from server.fulfilment.rules.ondemand import DemandResult
from server.fulfilment.rules.pace import is_open
from server.fulfilment.rules.results import CommitmentResult, Totals, WindowResult
from server.fulfilment.rules.sums import WindowSums, totals_of
from server.organisations.models import Organisation
from server.residents.models import Resident
from server.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Rated:
    """What a commitment's rates are made of: its due windows, or its due requests, on the day `today`."""

    commitment: Commitment
    due: Totals
    today: date

    @property
    def weight(self) -> Fraction:
        return Fraction(str(self.commitment.clause.get("weight", 1)))

    @property
    def worst_first(self) -> tuple[bool, Fraction, int]:
        """Sort key: rated ones by their rate, then those not yet rated."""
        rate = self.due.confirmed_rate
        return (rate is None, rate if rate is not None else Fraction(0), self.commitment.position)


@dataclass(frozen=True, slots=True)
class CommitmentFigures(Rated):
    """A commitment with the windows of its whole term, oldest first; on demand, with its requests instead.

    `today` is the day of the figures: the agreement's local day, or the past one that was asked for.
    """

    windows: Sequence[WindowSums]
    demand: DemandResult | None

    @property
    def begun(self) -> list[WindowSums]:
        return [each for each in self.windows if each.start <= self.today]

    @property
    def open(self) -> list[WindowSums]:
        return [each for each in self.windows if is_open(each, self.today)]


def day_of(agreement: Agreement, now: datetime, as_of: date | None) -> date:
    """The day of the figures: today where the agreement is, or the past day asked for. None lies ahead."""
    today = clock.local_day(now, agreement.timezone)
    if as_of is not None and as_of > today:
        raise invalid("as_of", "in_the_future")
    return as_of or today


def figures_of(
    session: Session,
    agreements: Sequence[Agreement],
    now: datetime,
    as_of: date | None = None,
    only: UUID | None = None,
) -> dict[UUID, list[CommitmentFigures]]:
    """Figures by agreement id, worst commitment first (agreements with their promises loaded).

    Of today from the stored sums; of a past `as_of` by the engine, from the records up to it. `only` is one
    commitment. A day to come is refused.
    """
    days = {agreement.id: day_of(agreement, now, as_of) for agreement in agreements}
    past = {each.id for each in agreements if days[each.id] < clock.local_day(now, each.timezone)}
    windows = stored_sums(session, [each.id for each in agreements if each.id not in past], only)
    if as_of is not None:
        windows |= sums_as_of(session, [each for each in agreements if each.id in past], as_of, only)
    requests = adapter.demand_requests(session, agreements)
    return {
        agreement.id: _figures(agreement, windows, requests, days[agreement.id], only)
        for agreement in agreements
    }


def _figures(
    agreement: Agreement,
    windows: Mapping[UUID, Sequence[WindowSums]],
    requests: Mapping[UUID, Sequence[facts.Request]],
    day: date,
    only: UUID | None,
) -> list[CommitmentFigures]:
    found = []
    for commitment in agreement.commitments:
        if only in (None, commitment.id):
            rows = windows.get(commitment.id, ())
            due = totals_of(each for each in rows if each.is_due(day))
            asked = _answered(agreement, commitment, requests.get(commitment.id), day)
            demand = asked.demand if asked else None
            found.append(CommitmentFigures(commitment, asked.due if asked else due, day, rows, demand))
    return sorted(found, key=lambda each: each.worst_first)


def _answered(
    agreement: Agreement, commitment: Commitment, requests: Sequence[facts.Request] | None, day: date
) -> CommitmentResult | None:
    """The requests of a commitment on demand (None: it is not), as they stood at 00:00 of the day."""
    if requests is None:
        return None
    limit = commitment.clause.get("respond_within_minutes")
    services = tuple(commitment.services)
    clause = facts.Commitment(commitment.key, services, kind="on_demand", respond_within_minutes=limit)
    term = facts.Agreement(agreement.starts, agreement.ends, agreement.terminated_on)
    return evaluate_demand(term, clause, requests, day)


SUMS = [getattr(CommitmentWindow, field.name) for field in fields(WindowSums)]


def stored_sums(
    session: Session, agreement_ids: Iterable[UUID], only: UUID | None = None
) -> dict[UUID, list[WindowSums]]:
    """By commitment id, the windows of the whole term as they were last counted, oldest first."""
    chosen = CommitmentWindow.agreement_id.in_(set(agreement_ids))
    statement = select(CommitmentWindow.commitment_id, *SUMS).where(chosen).order_by(CommitmentWindow.start)
    if only is not None:
        statement = statement.where(CommitmentWindow.commitment_id == only)
    found: dict[UUID, list[WindowSums]] = defaultdict(list)
    for commitment_id, *sums in session.execute(statement):
        found[commitment_id].append(WindowSums(*sums))
    return found


_TOTALS = [func.sum(getattr(CommitmentWindow, field.name)) for field in fields(Totals)]


def rated_of(session: Session, agreements: Sequence[Agreement], now: datetime) -> dict[UUID, list[Rated]]:
    """What today's rates are made of, by agreement id, worst commitment first; added up in the database."""
    by_day: dict[date, set[UUID]] = defaultdict(set)
    for agreement in agreements:
        by_day[clock.local_day(now, agreement.timezone)].add(agreement.id)
    due: dict[UUID, Totals] = {}
    for day, ids in by_day.items():
        rows = session.execute(
            select(CommitmentWindow.commitment_id, *_TOTALS)
            .where(CommitmentWindow.agreement_id.in_(ids), CommitmentWindow.deadline < day)
            .group_by(CommitmentWindow.commitment_id)
        )
        due |= {commitment_id: Totals(*sums) for commitment_id, *sums in rows}
    requests = adapter.demand_requests(session, agreements)
    return {
        agreement.id: _rated(agreement, due, requests, clock.local_day(now, agreement.timezone))
        for agreement in agreements
    }


def _rated(
    agreement: Agreement,
    due: Mapping[UUID, Totals],
    requests: Mapping[UUID, Sequence[facts.Request]],
    day: date,
) -> list[Rated]:
    found = []
    for commitment in agreement.commitments:
        asked = _answered(agreement, commitment, requests.get(commitment.id), day)
        found.append(Rated(commitment, asked.due if asked else due.get(commitment.id, Totals()), day))
    return sorted(found, key=lambda each: each.worst_first)


def recomputing(session: Session, agreement: Agreement, now: datetime, day: date) -> int:
    """How many of its streams wait for a recount; a past day is counted anew and waits for nothing."""
    if day < clock.local_day(now, agreement.timezone):
        return 0
    waiting = select(func.count()).select_from(StaleStream).where(StaleStream.agreement_id == agreement.id)
    return session.scalar(waiting) or 0


@dataclass(frozen=True, slots=True)
class Page:
    """Agreements `offset` and on of `total`, by number."""

    agreements: Sequence[Agreement]
    offset: int
    total: int


def agreements_page(session: Session, actor: Actor, search: str, offset: int, limit: int) -> Page:
    """The agreements the actor may see whose number or a party's name contains `search`."""
    statement = agreements_with_parties(actor)
    if search:
        named = select(Organisation.id).where(Organisation.name.icontains(search, autoescape=True))
        statement = statement.where(
            Agreement.number.icontains(search, autoescape=True)
            | Agreement.medical_id.in_(named)
            | Agreement.institution_id.in_(named)
        )
    total = session.scalar(
        select(func.count()).select_from(statement.with_only_columns(Agreement.id).subquery())
    )
    rows = session.scalars(statement.order_by(Agreement.number, Agreement.id).offset(offset).limit(limit))
    return Page(rows.unique().all(), offset, total or 0)


def grades_of(session: Session, agreement: Agreement, day: date) -> dict[str, int]:
    """How many rounds of the agreement's term up to a day have each grade of evidence."""
    rows = session.execute(
        select(Round.grade, func.count())
        .where(
            Round.institution_id == agreement.institution_id,
            Round.medical_id == agreement.medical_id,
            Round.on.between(agreement.starts, min(agreement.last_day, day)),
        )
        .group_by(Round.grade)
    )
    return dict.fromkeys("ABCD", 0) | dict(iter(rows))


@dataclass(frozen=True, slots=True)
class SubjectFigures:
    """A window of one subject. `id` is its obligation's; None where a past day shows a window that is not
    kept today. `last_counted` is kept only where the clause has a gap rule."""

    id: UUID | None
    resident_id: UUID | None
    window: WindowResult
    last_counted: date | None


LISTED = 500


def subject_windows(
    session: Session,
    agreement: Agreement,
    figures: CommitmentFigures,
    now: datetime,
    start: date | None = None,
) -> list[SubjectFigures]:
    """The begun windows of each subject, the newest `LISTED` of them; or those that begin on `start`."""
    if figures.today < clock.local_day(now, agreement.timezone):
        return _of_past_day(session, agreement, figures, start)
    statement = select(Obligation).where(
        Obligation.commitment_id == figures.commitment.id, Obligation.start <= figures.today, exists()
    )
    if start is None:
        statement = statement.order_by(Obligation.start.desc(), Obligation.id).limit(LISTED)
    else:
        statement = statement.where(Obligation.start == start)
    return [_of_row(row) for row in session.scalars(statement)]


def _of_row(row: Obligation) -> SubjectFigures:
    window = WindowResult(None, row.start, row.end, row.deadline, *(getattr(row, name) for name in FIGURES))
    return SubjectFigures(row.id, row.resident_id, window, row.last_counted_on)


def _of_past_day(
    session: Session, agreement: Agreement, figures: CommitmentFigures, start: date | None
) -> list[SubjectFigures]:
    commitment_id = figures.commitment.id
    found = windows_as_of(session, agreement, commitment_id, figures.today)
    chosen = [each for each in found if start in (None, each.window.start)]
    chosen.sort(key=lambda each: each.window.start, reverse=True)
    statement = select(Obligation.subject_id, Obligation.start, Obligation.id).where(
        Obligation.commitment_id == commitment_id
    )
    if start is not None:
        statement = statement.where(Obligation.start == start)
    rows = session.execute(statement)
    ids = {(subject, first): row for subject, first, row in rows}
    return [
        _of_subject(agreement, each, ids.get((each.subject_id, each.window.start)))
        for each in chosen[: None if start else LISTED]
    ]


def _of_subject(agreement: Agreement, each: SubjectWindow, row: UUID | None) -> SubjectFigures:
    resident = None if each.subject_id == agreement.institution_id else each.subject_id
    return SubjectFigures(row, resident, each.window, each.last_counted)


def subject_window(
    session: Session, agreement: Agreement, row: Obligation, now: datetime, day: date
) -> SubjectFigures:
    """One obligation as it is today, or as it was on a past day: not found when it had not begun."""
    if day >= clock.local_day(now, agreement.timezone):
        return _of_row(row)
    found = windows_as_of(session, agreement, row.commitment_id, day, row.subject_id)
    for each in found:
        if each.window.start == row.start:
            return _of_subject(agreement, each, row.id)
    raise NotFound("obligation")


def obligation(session: Session, actor: Actor, obligation_id: UUID) -> Obligation:
    found = session.scalar(
        visible(select(Obligation), Obligation, actor).where(Obligation.id == obligation_id)
    )
    if found is None:
        raise NotFound("obligation")
    return found


def numbers_of(session: Session, institution_id: UUID) -> dict[UUID, int]:
    """A number for each resident of an institution, for those who read no names: as they were entered, so
    that nobody's changes when somebody moves in."""
    ids = session.scalars(
        select(Resident.id).where(Resident.institution_id == institution_id).order_by(Resident.id)
    )
    return {each: number for number, each in enumerate(ids, 1)}


def subjects(session: Session, ids: Iterable[UUID]) -> dict[UUID, Resident]:
    """Residents named by obligations the caller may see."""
    return {row.id: row for row in session.scalars(select(Resident).where(Resident.id.in_(set(ids))))}
