"""The agreements of the demo county: signed, amended, ended early, and some that wait for a word."""

from datetime import date, timedelta
from uuid import UUID

from server import clock
from server.agreements import amending
from server.agreements.amending import NewAmendment, NewSuspension, NewTerm
from server.agreements.models import Agreement
from server.agreements.queries import with_promises
from server.agreements.service import NewAgreement, Promise, draft_agreement, move_agreement
from server.auth.roles import Role
from server.db import db
from server.demo.clauses import Clause
from server.demo.county import login_of
from server.demo.deals import Deal
from server.demo.making import DemoError, Making, actor_named, moment, months_later, term_of

_DAY = timedelta(days=1)


def sign_all(making: Making) -> None:
    """Each some days before it begins; what was added since, or ended early, on its day."""
    for deal in making.deals:
        starts, ends = term_of(making, deal)
        with moment(making, min(starts - 3 * _DAY, making.today), 10) as at:
            agreement = _draft(making, deal, _number(deal, starts), starts, ends)
            move_agreement(db.session(), None, agreement, "sign", at.date(), at)
            move_agreement(db.session(), None, agreement, "activate", starts, at)
        if deal.over_after is not None:
            _end(making, agreement.id, months_later(starts, deal.over_after))
        if deal.care in _ADDED:
            _add(making, deal, agreement.id)


def propose_renewal(making: Making, deal: Deal) -> None:
    """A draft that nobody has signed: what would it promise? It begins where the agreement ends."""
    starts, ends = term_of(making, deal)
    with moment(making, making.today, 0, 5):
        _draft(making, deal, _number(deal, starts) + "续", ends + _DAY, months_later(starts, 24) - _DAY)


def _number(deal: Deal, starts: date) -> str:
    return f"{deal.series}〔{starts.year}〕{deal.number:02d}号"


def _draft(making: Making, deal: Deal, number: str, starts: date, ends: date) -> Agreement:
    new = NewAgreement(
        number=number,
        medical_id=making.places[deal.medical].id,
        institution_id=making.places[deal.care].id,
        starts=starts,
        ends=ends,
        service_mode=deal.mode,
        promises=tuple(_promise(clause, starts) for clause in deal.clauses),
        suspensions=_closures(deal, starts),
    )
    return draft_agreement(db.session(), None, new, clock.now())


def _promise(clause: Clause, starts: date) -> Promise:
    terms = tuple((months_later(starts, months), count) for months, count in clause.terms)
    return Promise(clause.key, clause.zh, clause.en, clause.clause, terms)


def _closures(deal: Deal, starts: date) -> tuple[tuple[date, date, str], ...]:
    """One home was closed for a week by an outbreak of influenza."""
    if deal.care != "qingshi_home":
        return ()
    first = starts + 60 * _DAY
    return ((first, first + 6 * _DAY, "流感疫情封闭管理"),)


def _end(making: Making, agreement_id: UUID, on: date) -> None:
    if on >= making.today:
        return
    with moment(making, on, 9) as at:
        agreement = db.session().get_one(Agreement, agreement_id)
        move_agreement(db.session(), None, agreement, "terminate", on, at)


def _add(making: Making, deal: Deal, agreement_id: UUID) -> None:
    """A supplementary agreement: one party proposes, and unless it is to come, the other signs."""
    months, key, count, closed = _ADDED[deal.care]
    since = months_later(making.starts, months)
    to_come = since > making.today
    told = making.today - 4 * _DAY if to_come else since - 20 * _DAY
    care, medical = (login_of(place, Role.MANAGER) for place in (deal.care, deal.medical))
    if care is None or medical is None or since > term_of(making, deal)[1]:
        raise DemoError(f"nobody amends the agreement of {deal.care}")
    with moment(making, told, 14) as at:
        session, agreement = db.session(), _agreement(agreement_id)
        new = _addition(agreement, told, since, key, count, closed)
        proposed = amending.propose(session, actor_named(making, session, medical, at), agreement, new, at)
    if not to_come:
        _sign(making, agreement_id, proposed.id, care, told + 5 * _DAY)


def _sign(making: Making, agreement_id: UUID, amendment_id: UUID, login: str, on: date) -> None:
    with moment(making, on, 15) as at:
        session, agreement = db.session(), _agreement(agreement_id)
        amendment = amending.amendment_of(session, agreement, amendment_id)
        actor = actor_named(making, session, login, at)
        amending.move_amendment(session, actor, agreement, amendment, "sign", at)


def _agreement(agreement_id: UUID) -> Agreement:
    return db.session().scalars(with_promises([agreement_id]).execution_options(populate_existing=True)).one()


def _addition(
    agreement: Agreement, told: date, since: date, key: str | None, count: int, closed: int
) -> NewAmendment:
    terms = tuple(
        NewTerm(commitment.id, since, count) for commitment in agreement.commitments if commitment.key == key
    )
    off = (NewSuspension(since, since + (closed - 1) * _DAY, "消防设施改造"),) if closed else ()
    return NewAmendment("1", told, terms, off)


# By the home: from which month on, a clause's new count, and days without service.
_ADDED: dict[str, tuple[int, str | None, int, int]] = {
    "yiyang": (4, "lecture", 2, 0),
    "fuyuan": (3, None, 0, 5),
    "hupan": (8, "lecture", 2, 0),
}
