"""The half year of an agreement, week by week: rounds as phones send them, and what staff say of them."""

from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.db import db
from server.demo import phone
from server.demo.calls import maybe_call
from server.demo.county import Deal
from server.demo.deeds import services_of
from server.demo.halls import kiosk_on
from server.demo.making import LOCAL, UNANSWERED_DAYS, Making, moment, residents_of
from server.demo.referrals import follow_referrals
from server.demo.sending import send
from server.residents.service import move_out
from server.rounds.models import ServiceRecord


def live(making: Making, deal: Deal) -> None:
    """Week by week, up to yesterday."""
    day = making.starts + timedelta(days=(deal.weekday - making.starts.weekday()) % 7)
    while day < making.today:
        _maybe_move_out(making, deal, day)
        luck = making.random.random()
        if (making.today - day).days <= UNANSWERED_DAYS:
            luck = 1.0  # the last week's round took place, on its day
        if luck >= deal.misses:
            late = luck < deal.misses + deal.late
            on = day + timedelta(days=6 - deal.weekday + 2) if late else day
            if on < making.today:
                _round(making, deal, on)
        maybe_call(making, deal, day + timedelta(days=making.random.randint(0, 3)))
        day += timedelta(weeks=deal.every)


def _maybe_move_out(making: Making, deal: Deal, day: date) -> None:
    if making.random.random() > 0.05:
        return
    with moment(making, day, 8) as at:
        resident = making.random.choice(residents_of(making, deal, day))
        move_out(db.session(), None, resident, day, making.random.choice(("回家", "住院", "去世")), at)


def _round(making: Making, deal: Deal, day: date) -> None:
    """One round, sent when the doctor had signal again, and what the home's staff said of it."""
    random = making.random
    began = datetime.combine(day, time(9, random.randint(0, 50)), LOCAL)
    shown = _shown(making, deal, began)
    with moment(making, day, 9):
        residents = residents_of(making, deal, day)
        # Where a kiosk stands, every fifth week shows what a fix is worth beside its code.
        indoors = shown[0] == "rotating" and _week(day) % 5 == 2
        visit = phone.arrive(random, making.places[deal.care], shown, began, indoors=indoors)
        services_of(making, deal, visit, residents, day)
        phone.leave(visit)
    sent = visit.clock + timedelta(minutes=random.choice((1, 2, 5, 40, 300)))
    send(making, random.choice(deal.clinicians), sent, lambda _session: visit.entries)
    follow_referrals(making, deal, visit, sent)
    overlooked = 0 <= (day - making.published[0]).days < 7
    if (making.today - day).days > UNANSWERED_DAYS and not overlooked:
        _staff_answers(making, deal, visit, max(_office_hour(random, day), sent + timedelta(minutes=10)))


def _shown(making: Making, deal: Deal, at: datetime) -> tuple[str, str]:
    """Method and token of what is in the hall: a kiosk, offline for days every fifth week, or a poster."""
    kiosk = kiosk_on(making, deal, at.date())
    if kiosk is None:
        return "poster", making.posters[deal.care].token
    offline = _week(at.date()) % 5 == 0
    return "rotating", kiosk.shows(at, 3 * 24 * 60 if offline else 7)


def _week(day: date) -> int:
    return day.toordinal() // 7


def _office_hour(random: Random, day: date) -> datetime:
    """A time at which staff look at the round: the same afternoon, or one of the next days."""
    looked = day + timedelta(days=random.randint(0, 2))
    return datetime.combine(looked, time(15 + random.randint(0, 2), random.randint(0, 59)), LOCAL)


def _staff_answers(making: Making, deal: Deal, visit: phone.Visit, at: datetime) -> None:
    """All confirmed; or all but one line, which is disputed; or nothing said at all."""
    luck = making.random.random()
    if luck < 0.06:
        return
    disputes = luck < 0.06 + deal.disputes
    send(
        making, deal.staff, at + timedelta(minutes=3), lambda session: _answers(session, visit, disputes, at)
    )


def _answers(session: Session, visit: phone.Visit, disputes: bool, at: datetime) -> list[phone.Entry]:
    lines = session.scalars(
        select(ServiceRecord).where(ServiceRecord.round_id == visit.round_id).order_by(ServiceRecord.made_at)
    ).all()
    spared = lines[-1:] if disputes else []
    said = [phone.confirmed(visit, [line for line in lines if line not in spared], at)]
    return said + [phone.disputed(visit, line, at + timedelta(minutes=1)) for line in spared]


def confirm_late(making: Making, deal: Deal) -> None:
    """The round of the published month that nobody had looked at is confirmed now."""
    with moment(making, making.today, 0, 25) as at:
        lines = db.session.scalars(
            select(ServiceRecord)
            .where(
                ServiceRecord.institution_id == making.places[deal.care].id,
                ServiceRecord.on.between(*making.published),
                ServiceRecord.state == "pending",
            )
            .order_by(ServiceRecord.on, ServiceRecord.made_at)
        ).all()
        place = making.places[deal.care]
    of_round = [line for line in lines if line.round_id == lines[0].round_id]
    if of_round:
        visit = phone.Visit(making.random, place, at, of_round[0].round_id, at)
        send(making, deal.staff, at, lambda _session: [phone.confirmed(visit, of_round, at)])
