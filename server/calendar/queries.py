"""Reading a link's owner, and the rounds that the owner's institutions owe."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from server import clock
from server.accounts.models import Account, MembershipRow
from server.agreements.models import Agreement, Commitment
from server.agreements.rules import SETTLING_DAYS
from server.auth.roles import PERMISSIONS, Permission
from server.calendar.models import CalendarLink
from server.fulfilment.models import CommitmentWindow
from server.fulfilment.queries import SUMS
from server.fulfilment.rules.facts import Commitment as Clause
from server.fulfilment.rules.pace import spacing
from server.fulfilment.rules.sums import WindowSums
from server.organisations.models import InstitutionRevision
from server.rounds.models import Round

AHEAD = timedelta(days=92)  # windows that begin so soon are in the calendar
ROUNDS_SEEN = timedelta(days=184)  # half a year shows a habit
_ROUND = "round"  # the service that the visit itself is
_ROLES = [role.value for role, held in PERMISSIONS.items() if Permission.ROUNDS_RECORD in held]
_IN_FORCE = ("active", "terminated")
_PARTIES = joinedload(Agreement.care), joinedload(Agreement.medical)
_ORDER = Agreement.starts, Agreement.id, Commitment.position
Parties = tuple[UUID, UUID]


def hash_of(token: str) -> str:
    """Of 256 random bits nobody needs a key or a slow hash to be safe."""
    return sha256(token.encode()).hexdigest()


def link_of(session: Session, account_id: UUID) -> CalendarLink | None:
    return session.get(CalendarLink, account_id)


def link_named(session: Session, token: str) -> CalendarLink | None:
    return session.scalar(select(CalendarLink).where(CalendarLink.token_hash == hash_of(token)))


def medical_of(session: Session, link: CalendarLink, now: datetime) -> frozenset[UUID]:
    """Where the link's owner gives care now in a role held since before the link was made; none of somebody
    who is disabled."""
    return frozenset(
        session.scalars(
            select(MembershipRow.organisation_id)
            .join(Account, Account.id == MembershipRow.account_id)
            .where(
                Account.id == link.account_id,
                Account.disabled_at.is_(None),
                MembershipRow.role.in_(_ROLES),
                MembershipRow.began_at <= link.made_at,
                MembershipRow.ended_at.is_(None) | (MembershipRow.ended_at > now),
            )
        )
    )


@dataclass(frozen=True, slots=True)
class OwedClause:
    """A commitment on rounds with its windows still owed."""

    commitment: Commitment
    windows: Sequence[WindowSums]

    @property
    def gap(self) -> int:
        """Least days between two rounds that count; 0 where several of one day do."""
        clause = self.commitment.clause
        said = {name: clause[name] for name in ("min_gap_days", "count_by") if name in clause}
        return spacing(Clause(self.commitment.key, tuple(self.commitment.services), **said))


@dataclass(frozen=True, slots=True)
class Owing:
    """What one medical institution owes one care institution in rounds, under all their agreements. `rounds`
    are the days of the latest, `today` is where the institution is; `revision` rises with whatever changes
    there."""

    medical: str
    institution: str
    clauses: Sequence[OwedClause]
    rounds: Sequence[date]
    today: date
    revision: int


def owed_rounds(session: Session, medical: Collection[UUID], now: datetime) -> list[Owing]:
    """What these medical institutions owe in rounds to the institutions they serve, by institution."""
    commitments = _on_rounds(session, medical, now)
    windows = _windows(session, [each.id for each in commitments], now)
    owed: dict[Parties, list[OwedClause]] = defaultdict(list)
    for each in commitments:
        if each.id in windows:
            owed[_parties(each)].append(OwedClause(each, windows[each.id]))
    rounds = _latest_rounds(session, owed.keys(), now)
    revisions = _revisions(session, {institution for _, institution in owed})
    return [_owing(clauses, rounds[parties], revisions[parties[1]], now) for parties, clauses in owed.items()]


def _owing(clauses: Sequence[OwedClause], rounds: Sequence[date], revision: int, now: datetime) -> Owing:
    agreement = clauses[0].commitment.agreement
    today = clock.local_day(now, agreement.timezone)
    return Owing(agreement.medical.name, agreement.care.name, clauses, rounds, today, revision)


def _parties(commitment: Commitment) -> Parties:
    return commitment.agreement.medical_id, commitment.agreement.institution_id


def _on_rounds(session: Session, medical: Collection[UUID], now: datetime) -> list[Commitment]:
    """Those on visits to the institution itself; a visit to each resident is no round of its own. What is
    late counts on after an agreement has ended: as long as its parties deal with each other, as on phones."""
    today = clock.local_day(now, "Asia/Shanghai")
    rows = session.scalars(
        select(Commitment)
        .join(Commitment.agreement)
        .where(
            Agreement.medical_id.in_(medical),
            Agreement.state.in_(_IN_FORCE),
            Agreement.starts <= today + AHEAD,
            Agreement.last_day >= today - timedelta(SETTLING_DAYS),
        )
        .options(joinedload(Commitment.agreement).options(*_PARTIES))
        .order_by(Agreement.institution_id, *_ORDER)
    )
    return [each for each in rows if _asks_for_rounds(each)]


def round_clauses(session: Session, agreements: Collection[UUID]) -> dict[UUID, list[Commitment]]:
    """By agreement, in their order, the clauses on visits to the institution itself."""
    rows = session.scalars(
        select(Commitment)
        .where(Commitment.agreement_id.in_(agreements))
        .order_by(Commitment.agreement_id, Commitment.position)
    )
    found: dict[UUID, list[Commitment]] = defaultdict(list)
    for each in rows:
        if _asks_for_rounds(each):
            found[each.agreement_id].append(each)
    return found


def _asks_for_rounds(commitment: Commitment) -> bool:
    return _ROUND in commitment.services and not commitment.for_residents


def _windows(session: Session, commitments: Iterable[UUID], now: datetime) -> dict[UUID, list[WindowSums]]:
    today = clock.local_day(now, "Asia/Shanghai")
    rows = session.execute(
        select(CommitmentWindow.commitment_id, *SUMS)
        .where(
            CommitmentWindow.commitment_id.in_(commitments),
            CommitmentWindow.owed > 0,
            CommitmentWindow.start <= today + AHEAD,
            CommitmentWindow.deadline >= today,
        )
        .order_by(CommitmentWindow.start)
    )
    found: dict[UUID, list[WindowSums]] = defaultdict(list)
    for commitment_id, *sums in rows:
        found[commitment_id].append(WindowSums(*sums))
    return found


def _latest_rounds(
    session: Session, parties: Collection[Parties], now: datetime
) -> dict[Parties, list[date]]:
    """The days of the latest rounds with each institution."""
    today = clock.local_day(now, "Asia/Shanghai")
    rows = session.execute(
        select(Round.medical_id, Round.institution_id, Round.on)
        .distinct()
        .where(
            Round.medical_id.in_({medical for medical, _ in parties}),
            Round.institution_id.in_({institution for _, institution in parties}),
            Round.on.between(today - ROUNDS_SEEN, today),
        )
    )
    found: dict[Parties, list[date]] = defaultdict(list)
    for medical, institution, on in rows:
        found[medical, institution].append(on)
    return found


def _revisions(session: Session, institutions: Collection[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(InstitutionRevision.institution_id, InstitutionRevision.value).where(
            InstitutionRevision.institution_id.in_(institutions)
        )
    )
    return dict(iter(rows))
