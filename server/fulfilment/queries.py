"""Reading fulfilment, from the rate of an agreement down to the records behind one window."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement, Commitment
from server.auth.actor import Actor
from server.auth.scope import visible
from server.errors import NotFound
from server.fulfilment.models import FIGURES, Obligation, exists
from server.fulfilment.rules.results import Totals, WindowResult
from server.residents.models import Resident
from server.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Windows:
    """`count` windows of one commitment that have the same days and the same figures."""

    commitment_id: UUID
    window: WindowResult
    count: int


def windows_of(session: Session, commitments: Iterable[UUID], today: date) -> dict[UUID, list[Windows]]:
    """The begun windows of these commitments, alike ones together: few rows however many residents."""
    columns = (
        Obligation.start,
        Obligation.end,
        Obligation.deadline,
        *(getattr(Obligation, name) for name in FIGURES),
    )
    rows = session.execute(
        select(Obligation.commitment_id, func.count(), *columns)
        .where(Obligation.commitment_id.in_(set(commitments)), Obligation.start <= today, exists())
        .group_by(Obligation.commitment_id, *columns)
        .order_by(Obligation.commitment_id, Obligation.start)
    )
    grouped: dict[UUID, list[Windows]] = defaultdict(list)
    for commitment_id, count, *figures in rows:
        grouped[commitment_id].append(Windows(commitment_id, WindowResult(None, *figures), count))
    return grouped


def totals_of(windows: Iterable[Windows]) -> Totals:
    sums = [
        (
            each.count * each.window.promised,
            each.count * each.window.confirmed,
            each.count * each.window.confirmed_late,
            each.count * each.window.confirmed_excused,
            each.count * each.window.reported,
            each.count * each.window.reported_excused,
        )
        for each in windows
    ]
    return Totals(*map(sum, zip(*sums, strict=True)))


def due_totals(windows: Iterable[Windows], today: date) -> Totals:
    return totals_of(each for each in windows if each.window.is_due(today))


@dataclass(frozen=True, slots=True)
class CommitmentFigures:
    """A commitment with its begun windows. Its rates count due windows only."""

    commitment: Commitment
    windows: Sequence[Windows]
    due: Totals
    today: date

    @property
    def weight(self) -> Fraction:
        return Fraction(str(self.commitment.clause.get("weight", 1)))

    @property
    def open(self) -> Totals:
        return totals_of(each for each in self.windows if not each.window.is_due(self.today))

    @property
    def worst_first(self) -> tuple[bool, Fraction, int]:
        """Sort key: rated ones by their rate, then those not yet rated."""
        rate = self.due.confirmed_rate
        return (rate is None, rate if rate is not None else Fraction(0), self.commitment.position)


def figures_of(
    session: Session, agreements: Sequence[Agreement], now: datetime
) -> dict[UUID, list[CommitmentFigures]]:
    """Figures by agreement id, worst commitment first (agreements with commitments loaded)."""
    ids = [commitment.id for agreement in agreements for commitment in agreement.commitments]
    latest = max((clock.local_day(now, agreement.timezone) for agreement in agreements), default=date.min)
    windows = windows_of(session, ids, latest)
    return {
        agreement.id: _agreement_figures(agreement, windows, clock.local_day(now, agreement.timezone))
        for agreement in agreements
    }


def _agreement_figures(
    agreement: Agreement, windows: dict[UUID, list[Windows]], today: date
) -> list[CommitmentFigures]:
    figures = [
        CommitmentFigures(commitment, rows, due_totals(rows, today), today)
        for commitment in agreement.commitments
        for rows in [windows.get(commitment.id, [])]
    ]
    return sorted(figures, key=lambda each: each.worst_first)


def grades_of(session: Session, agreement: Agreement) -> dict[str, int]:
    """How many rounds of the agreement's term have each grade of evidence."""
    rows = session.execute(
        select(Round.grade, func.count())
        .where(
            Round.institution_id == agreement.institution_id,
            Round.medical_id == agreement.medical_id,
            Round.on.between(agreement.starts, agreement.last_day),
        )
        .group_by(Round.grade)
    )
    return dict.fromkeys("ABCD", 0) | dict(iter(rows))


def obligations_of(session: Session, commitment_id: UUID, start: date) -> Sequence[Obligation]:
    """The obligations of one window, through a commitment the caller may see."""
    return session.scalars(
        select(Obligation).where(
            Obligation.commitment_id == commitment_id, Obligation.start == start, exists()
        )
    ).all()


def obligation(session: Session, actor: Actor, obligation_id: UUID) -> Obligation:
    found = session.scalar(
        visible(select(Obligation), Obligation, actor).where(Obligation.id == obligation_id)
    )
    if found is None:
        raise NotFound("obligation")
    return found


def subjects(session: Session, ids: Iterable[UUID]) -> dict[UUID, Resident]:
    """Residents named by obligations the caller may see."""
    return {row.id: row for row in session.scalars(select(Resident).where(Resident.id.in_(set(ids))))}
