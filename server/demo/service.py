"""Making the county: everything goes through the services and the door that people and phones use."""

from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.accounts.models import Account
from server.accounts.service import Certificate, create_account, file_certificate, grant
from server.agreements.models import Agreement
from server.agreements.service import NewAgreement, Promise, draft_agreement, move_agreement
from server.app import settle
from server.auth.roles import OrganisationKind
from server.checkin.service import issue_poster
from server.db import db
from server.demo import county
from server.demo.clauses import CLAUSES, Clause
from server.demo.county import Deal
from server.demo.halls import shake_hands
from server.demo.making import Making, actor_named, moment
from server.demo.people import new_residents
from server.demo.referrals import refer_today
from server.demo.rounds import confirm_late, live
from server.fulfilment.service import drain
from server.organisations.models import Region
from server.organisations.service import create_organisation
from server.publishing.service import publish
from server.residents.service import move_in
from server.rollups.service import refresh_stale
from server.web.application import Application

_WEEKS = 26


def is_empty(session: Session) -> bool:
    return session.scalar(select(Account.id).limit(1)) is None


def create(app: Application, seed: int, *, weeks: int = _WEEKS) -> None:
    """Make the county as of now. The same seed on the same day makes the same county."""
    making = Making(app, Random(f"xunyue-{seed}"), clock.today(), weeks)
    with moment(making, making.starts - timedelta(days=40), 9):
        _found_places(making)
        _employ_people(making)
    for deal in county.DEALS:
        with moment(making, making.starts - timedelta(days=3), 10):
            _settle_residents(making, deal)
            _sign(making, deal)
        live(making, deal)
    shake_hands(making)
    with moment(making, making.today, 0, 5):
        _propose_renewal(making, county.DEALS[0])
    _settle(making)
    _publish(making)
    refer_today(making, clock.now())
    settle(app)


def _settle(making: Making) -> None:
    """What was left to the worker, and the roll-ups above it."""
    for sweep in (drain, refresh_stale):
        done = 1
        while done:
            with moment(making, making.today, 0, 10) as at:
                done = sweep(db.session(), at)


def _publish(making: Making) -> None:
    """The bureau published the month before; what a home confirms afterwards changes it visibly."""
    first, _ = making.published
    with moment(making, making.today, 0, 20) as at:
        bureau = actor_named(making, db.session(), "health", at)
        publish(db.session(), bureau, county.REGION, f"{first:%Y-%m}", at)
    for deal in county.DEALS:
        confirm_late(making, deal)
    _settle(making)


def _propose_renewal(making: Making, deal: Deal) -> None:
    """A draft that nobody has signed: what would it promise? It begins where the agreement ends."""
    number = deal.number.replace("01号", "01号续")
    _draft(making, deal, number, making.starts.replace(year=making.starts.year + 1))


def _found_places(making: Making) -> None:
    db.session.add_all(Region(code=code, name_zh=zh, name_en=en) for code, zh, en in county.REGIONS)
    for place in county.PLACES:
        latitude, longitude = place.location or (None, None)
        organisation = create_organisation(
            db.session(),
            None,
            place.kind,
            place.name,
            place.region,
            clock.now(),
            town=place.town,
            address=place.address,
            latitude=latitude,
            longitude=longitude,
        )
        making.places[place.key] = organisation
        if place.kind == OrganisationKind.CARE:
            making.posters[place.key] = issue_poster(
                db.session(), None, organisation.id, making.app.keyring, clock.now()
            )


def _employ_people(making: Making) -> None:
    session, now = db.session(), clock.now()
    for position, person in enumerate(county.PEOPLE, start=1):
        account = create_account(session, None, person.login, person.name, county.PASSWORD, now)
        grant(session, None, account, making.places[person.place].id, person.role, now)
        if person.certificate:
            ago = person.certificate_ends_days_ago
            until = making.today - timedelta(days=ago) if ago else making.today + timedelta(days=700)
            number, since = f"{county.REGION}{position:09d}", making.starts - timedelta(days=900)
            certificate = Certificate(number, person.certificate, since, until)
            file_certificate(session, None, account, certificate, now)


def _settle_residents(making: Making, deal: Deal) -> None:
    place = next(place for place in county.PLACES if place.key == deal.care)
    people = new_residents(making.random, place.residents, making.starts, making.today)
    for person in people:
        move_in(db.session(), None, making.places[deal.care].id, person, making.app.keyring, clock.now())


def _sign(making: Making, deal: Deal) -> None:
    now, starts = clock.now(), making.starts
    agreement = _draft(making, deal, deal.number, starts)
    move_agreement(db.session(), None, agreement, "sign", now.date(), now)
    move_agreement(db.session(), None, agreement, "activate", starts, now)


def _draft(making: Making, deal: Deal, number: str, starts: date) -> Agreement:
    """An agreement of one year from the first of a month."""
    new = NewAgreement(
        number=number,
        medical_id=making.places[deal.medical].id,
        institution_id=making.places[deal.care].id,
        starts=starts,
        ends=starts.replace(year=starts.year + 1) - timedelta(days=1),
        promises=tuple(_promise(clause, starts) for clause in CLAUSES[deal.care]),
        suspensions=_holiday(deal, starts),
    )
    return draft_agreement(db.session(), None, new, clock.now())


def _promise(clause: Clause, starts: date) -> Promise:
    terms = tuple((_months_later(starts, months), count) for months, count in clause.terms)
    return Promise(clause.key, clause.zh, clause.en, clause.clause, terms)


def _months_later(first: date, months: int) -> date:
    """The first of a month so many months after a first of a month."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def _holiday(deal: Deal, starts: date) -> tuple[tuple[date, date, str], ...]:
    """One home was closed for a week by an outbreak of influenza."""
    if deal.care != "qingshi_home":
        return ()
    first = starts + timedelta(days=60)
    return ((first, first + timedelta(days=6), "流感疫情封闭管理"),)
