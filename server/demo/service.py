"""Making the county: everything goes through the services and the door that people and phones use."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.accounts.models import Account
from server.accounts.service import Certificate, create_account, file_certificate, grant
from server.app import settle
from server.auth.roles import OrganisationKind
from server.checkin.service import issue_poster
from server.clinical.service import set_target
from server.db import db
from server.demo import county
from server.demo.county import Place
from server.demo.deals import DEALS, Deal
from server.demo.filling import seeded
from server.demo.halls import shake_hands
from server.demo.making import Home, Making, actor_named, home_of, moment, months_later
from server.demo.mishaps import go_wrong
from server.demo.papers import propose_renewal, sign_all
from server.demo.people import Elder, newcomers
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
_MONTHS_PUBLISHED = 3


def is_empty(session: Session) -> bool:
    return session.scalar(select(Account.id).limit(1)) is None


def create(
    app: Application,
    seed: int,
    *,
    weeks: int = _WEEKS,
    deals: tuple[Deal, ...] = DEALS,
    tell: Callable[[str], None] = lambda _step: None,
) -> None:
    """Make the county as of now, with these agreements. The same seed on the same day makes the same county.

    `tell` is told of each step: it takes a while.
    """
    making = Making(app, seeded(str(seed)), clock.today(), weeks, deals, tell)
    _found(making)
    homes = [home_of(making, deal) for deal in deals]
    for number, home in enumerate(homes, start=1):
        tell(f"{number}/{len(homes)} {making.places[home.deal.care].name}")
        with moment(making, making.today, 0, 1):
            live(making, home)
    tell("figures, referrals, publications")
    shake_hands(making)
    propose_renewal(making, deals[0])
    go_wrong(making, homes)
    _settle(making)
    _publish(making, homes)
    refer_today(making, homes, clock.now())
    settle(app)


def _found(making: Making) -> None:
    """Places, people and agreements, before anything happened."""
    making.tell("places, people, agreements")
    with moment(making, making.starts - timedelta(days=40), 9):
        _found_places(making)
        _employ_people(making)
        # The county asks more of pressures than the policy: dated data.
        starts = months_later(making.starts, 2)
        set_target(db.session(), county.REGION, "cn-bp-2017", "older_sbp_below", starts, "145", clock.now())
    with moment(making, making.starts - timedelta(days=30), 9):
        first = 1
        for place in county.CARE:
            if place.key in {deal.care for deal in making.deals}:
                making.elders[place.key] = _settle_residents(making, place, first)
                first += place.residents
    sign_all(making)


def _settle(making: Making) -> None:
    """What was left to the worker, and the roll-ups above it."""
    for sweep in (drain, refresh_stale):
        done = 1
        while done:
            with moment(making, making.today, 0, 10) as at:
                done = sweep(db.session(), at)


def _publish(making: Making, homes: list[Home]) -> None:
    """The bureau published the months before; what a home confirms afterwards changes the last visibly."""
    for back in range(_MONTHS_PUBLISHED, 0, -1):
        first = months_later(making.today.replace(day=1), -back)
        if first < making.starts:
            continue
        with moment(making, making.today, 0, 20) as at:
            bureau = actor_named(making, db.session(), "health", at)
            publish(db.session(), bureau, county.REGION, f"{first:%Y-%m}", at)
    for home in homes:
        confirm_late(making, home)
    _settle(making)


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
            datum=place.datum,
            embedded_clinic=place.clinic,
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


def _settle_residents(making: Making, place: Place, first_number: int) -> list[Elder]:
    session, keyring = db.session(), making.app.keyring
    found = []
    for each in newcomers(making.random, place, first_number, making.starts, making.today):
        stored = move_in(session, None, making.places[place.key].id, each.new, keyring, clock.now())
        new = each.new
        found.append(Elder(stored.id, new.name, new.born, new.moved_in, each.conditions, each.body))
    return found
