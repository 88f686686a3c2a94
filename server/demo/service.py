"""Making the county: everything goes through the services and the door that people and phones use."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from server import clock
from server.accounts.models import Account
from server.accounts.queries import account_with_memberships, actor_of
from server.accounts.service import Certificate, create_account, file_certificate, grant
from server.agreements.service import NewAgreement, Promise, draft_agreement, move_agreement
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind
from server.checkin.models import Poster
from server.checkin.service import issue_poster
from server.db import db, writing
from server.demo import county, phone
from server.demo.county import Deal
from server.demo.people import new_residents
from server.organisations.models import Organisation
from server.organisations.service import create_organisation
from server.residents.models import Resident
from server.residents.rules import lives_there
from server.residents.service import move_in, move_out
from server.rounds.models import ServiceRecord
from server.sync import service as door
from server.sync.protocol import Result, canonical, read_batch
from server.web.application import Application
from server.web.schemas import instant_text

_WEEKS = 26
_UNANSWERED_DAYS = 8  # somebody who signs in as staff finds the last week's round to confirm
_LOCAL = ZoneInfo("Asia/Shanghai")


class DemoError(Exception):
    """The demo county could not be made; the text says why."""


@dataclass(slots=True)
class Making:
    """What has been made so far, by key or login."""

    app: Application
    random: Random
    today: date
    weeks: int
    places: dict[str, Organisation] = field(default_factory=dict)
    posters: dict[str, Poster] = field(default_factory=dict)

    @property
    def starts(self) -> date:
        """The agreements begin on the first of the month so many weeks ago."""
        return (self.today - timedelta(weeks=self.weeks)).replace(day=1)


def is_empty(session: Session) -> bool:
    return session.scalar(select(Account.id).limit(1)) is None


def create(app: Application, seed: int, *, weeks: int = _WEEKS) -> None:
    """Make the county as of now. The same seed on the same day makes the same county."""
    making = Making(app, Random(f"xunyue-{seed}"), clock.today(), weeks)
    with _moment(making, making.starts - timedelta(days=40), 9):
        _found_places(making)
        _employ_people(making)
    for deal in county.DEALS:
        with _moment(making, making.starts - timedelta(days=3), 10):
            _settle_residents(making, deal)
            _sign(making, deal)
        _live(making, deal)


@contextmanager
def _moment(making: Making, day: date, hour: int) -> Iterator[datetime]:
    """One transaction of that time."""
    at = datetime.combine(day, time(hour), _LOCAL)
    with clock.fixed(at), writing(db.session()):
        yield at
        making.app.finish()


def _found_places(making: Making) -> None:
    for place in county.PLACES:
        latitude, longitude = place.location or (None, None)
        organisation = create_organisation(
            db.session(),
            None,
            place.kind,
            place.name,
            county.REGION,
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
    session, now, starts = db.session(), clock.now(), making.starts
    ends = starts.replace(year=starts.year + 1) - timedelta(days=1)
    promises = tuple(
        Promise(key, zh, en, clause, ((starts, count),)) for key, zh, en, clause, count in county.CLAUSES
    )
    new = NewAgreement(
        number=deal.number,
        medical_id=making.places[deal.medical].id,
        institution_id=making.places[deal.care].id,
        starts=starts,
        ends=ends,
        promises=promises,
        suspensions=_holiday(making, deal),
    )
    agreement = draft_agreement(session, None, new, now)
    move_agreement(session, None, agreement, "sign", now.date(), now)
    move_agreement(session, None, agreement, "activate", starts, now)


def _holiday(making: Making, deal: Deal) -> tuple[tuple[date, date, str], ...]:
    """One home was closed for a week by an outbreak of influenza."""
    if deal.care != "qingshi_home":
        return ()
    first = making.starts + timedelta(days=60)
    return ((first, first + timedelta(days=6), "流感疫情封闭管理"),)


def _live(making: Making, deal: Deal) -> None:
    """Half a year, week by week, up to yesterday."""
    first = making.starts + timedelta(days=(deal.weekday - making.starts.weekday()) % 7)
    day = first
    while day < making.today:
        _maybe_move_out(making, deal, day)
        luck = making.random.random()
        if (making.today - day).days <= _UNANSWERED_DAYS:
            luck = 1.0  # the last week's round took place, on its day
        if luck >= deal.misses:
            late = luck < deal.misses + deal.late
            on = day + timedelta(days=6 - deal.weekday + 2) if late else day
            if on < making.today:
                _round(making, deal, on)
        day += timedelta(days=7)


def _maybe_move_out(making: Making, deal: Deal, day: date) -> None:
    if making.random.random() > 0.05:
        return
    with _moment(making, day, 8) as at:
        leaving = [resident for resident in _residents(making, deal, day) if lives_there(resident.stays, day)]
        resident = making.random.choice(leaving)
        move_out(db.session(), None, resident, day, making.random.choice(("回家", "住院", "去世")), at)


def _residents(making: Making, deal: Deal, day: date) -> Sequence[Resident]:
    found = db.session.scalars(
        select(Resident)
        .where(Resident.institution_id == making.places[deal.care].id)
        .options(selectinload(Resident.stays), selectinload(Resident.conditions))
        .order_by(Resident.bed, Resident.identity_hash)
    ).all()
    return [resident for resident in found if lives_there(resident.stays, day)]


def _round(making: Making, deal: Deal, day: date) -> None:
    """One round, sent when the doctor had signal again, and what the home's staff said of it."""
    random = making.random
    began = datetime.combine(day, time(9, random.randint(0, 50)), _LOCAL)
    with _moment(making, day, 9):
        residents = _residents(making, deal, day)
        visit = phone.arrive(random, making.places[deal.care], making.posters[deal.care], began)
        _services(making, visit, residents, day)
        phone.leave(visit)
    sent = visit.clock + timedelta(minutes=random.choice((1, 2, 5, 40, 300)))
    _send(making, random.choice(deal.clinicians), sent, lambda _session: visit.entries)
    if (making.today - day).days > _UNANSWERED_DAYS:
        _staff_answers(making, deal, visit, max(_office_hour(random, day), sent + timedelta(minutes=10)))


def _office_hour(random: Random, day: date) -> datetime:
    """A time at which staff look at the round: the same afternoon, or one of the next days."""
    looked = day + timedelta(days=random.randint(0, 2))
    return datetime.combine(looked, time(15 + random.randint(0, 2), random.randint(0, 59)), _LOCAL)


def _services(making: Making, visit: phone.Visit, residents: Sequence[Resident], day: date) -> None:
    random = making.random
    for resident in random.sample(residents, min(len(residents), random.randint(5, 9))):
        if random.random() < 0.04:
            phone.log(visit, "blood_pressure", resident, {}, random.choice(("declined", "absent")))
            continue
        hypertensive = any(condition.code == "hypertension" for condition in resident.conditions)
        reading = phone.blood_pressure(random, hypertensive, random.random() < 0.012)
        phone.log(visit, "blood_pressure", resident, reading)
        if reading["sbp"] >= 180:
            phone.log(visit, "green_channel_emergency", resident, phone.REFERRAL)
    diabetics = [one for one in residents if any(each.code == "type2_diabetes" for each in one.conditions)]
    for resident in random.sample(diabetics, min(len(diabetics), 2)):
        phone.log(visit, "capillary_glucose", resident, phone.glucose(random, random.random() < 0.02))
    for resident in random.sample(residents, min(len(residents), 2)):
        phone.log(visit, "tcm_health_guidance", resident, phone.GUIDANCE)
    if day.day <= 7 and random.random() < 0.85:
        lecture = {
            "topic": "falls",
            "minutes": random.choice((25, 40, 60)),
            "attendees": random.randint(8, 22),
        }
        phone.log(visit, "health_education_lecture", None, lecture)


def _staff_answers(making: Making, deal: Deal, visit: phone.Visit, at: datetime) -> None:
    """All confirmed; or all but one line, which is disputed; or nothing said at all."""
    luck = making.random.random()
    if luck < 0.06:
        return
    disputes = luck < 0.06 + deal.disputes
    _send(
        making, deal.staff, at + timedelta(minutes=3), lambda session: _answers(session, visit, disputes, at)
    )


def _answers(session: Session, visit: phone.Visit, disputes: bool, at: datetime) -> list[phone.Entry]:
    lines = session.scalars(
        select(ServiceRecord).where(ServiceRecord.round_id == visit.round_id).order_by(ServiceRecord.made_at)
    ).all()
    spared = lines[-1:] if disputes else []
    said = [phone.confirmed(visit, [line for line in lines if line not in spared], at)]
    return said + [phone.disputed(visit, line, at + timedelta(minutes=1)) for line in spared]


def _send(making: Making, login: str, at: datetime, said: Callable[[Session], Sequence[phone.Entry]]) -> None:
    """A phone sends what `said` gives it, and all of it is taken."""
    with clock.fixed(at), writing(db.session()) as session:
        actor = _actor(making, session, login, at)
        batch = {
            "protocol": 1,
            "device_id": str(UUID(int=actor.id.int ^ 1)),
            "device_name": "演示手机",
            "sent_at": instant_text(at),
            "entries": list(said(session)),
        }
        results = door.receive(
            door.Door(session, actor, making.app.keyring, at), read_batch(canonical(batch).encode(), at)
        )
        _expect_stored(results)
        making.app.finish()


def _actor(making: Making, session: Session, login: str, at: datetime) -> Actor:
    account = account_with_memberships(session, login)
    if account is None:
        raise DemoError(f"no account {login}")
    return actor_of(session, account, account.id, making.app.reach, at)


def _expect_stored(results: Sequence[Result]) -> None:
    for result in results:
        if result.outcome != "stored":
            raise DemoError(f"an entry of the demo was {result.outcome}: {result.code} {result.fields}")
