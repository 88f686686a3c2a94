"""The months of an agreement, week by week: rounds as phones send them, and who comes and goes meanwhile."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from server import clock
from server.db import db
from server.demo import phone
from server.demo.answering import confirm, staff_answer
from server.demo.calls import maybe_call
from server.demo.filling import filled
from server.demo.halls import kiosk_on
from server.demo.making import LOCAL, UNANSWERED_DAYS, Home, Making, actor_named, moment
from server.demo.people import Elder
from server.demo.phone import Visit
from server.demo.referrals import follow_referrals
from server.demo.sending import send
from server.demo.works import assist, corrected_form, do_what_is_due
from server.photos import service as photos
from server.residents.models import Resident
from server.residents.service import move_back, move_out
from server.rounds.models import ServiceRecord

_PICTURE = Path(__file__).parent / "data" / "pressure_injury.jpg"
_AFTER_HOSPITAL = timedelta(days=12)
_TEAM_EVERY = 4  # rounds
_OVERLOOKING = "qingshi_home"  # a round of the published month, confirmed when that is out
_NOTES = (None, None, None, "院方陪同，情况平稳。", "两位老人外出，下次补测。")


def live(making: Making, home: Home) -> None:
    """Week by week, up to yesterday."""
    deal = home.deal
    day = home.starts + timedelta(days=(deal.weekday - home.starts.weekday()) % 7)
    while day < making.today and day <= home.ends:
        _come_and_go(making, home, day)
        luck, misses = making.random.random(), home.misses(day, making.today)
        if (making.today - day).days <= UNANSWERED_DAYS:
            luck = 1.0  # the last week's round took place, on its day
        if luck >= misses:
            late = luck < misses + deal.manners.late
            on = day + timedelta(days=6 - deal.weekday + 2) if late else day
            if on < making.today and on <= home.ends:
                _round(making, home, on)
        maybe_call(making, home, day + timedelta(days=making.random.randint(0, 3)))
        day += timedelta(weeks=deal.every)


def _come_and_go(making: Making, home: Home, day: date) -> None:
    for on, elder in [each for each in home.back if each[0] <= day]:
        home.back.remove((on, elder))
        at = datetime.combine(on, time(10), LOCAL)
        with clock.fixed(at):
            move_back(db.session(), None, _resident(elder), on, None, at)
        elder.starts, elder.ends = on, None
    if making.random.random() > 0.1:
        return
    elder, reason = making.random.choice(home.there(day)), making.random.choice(("回家", "住院", "去世"))
    at = datetime.combine(day, time(8), LOCAL)
    with clock.fixed(at):
        move_out(db.session(), None, _resident(elder), day, reason, at)
    elder.ends = day
    if reason == "住院" and day + _AFTER_HOSPITAL < making.today:
        home.back.append((day + _AFTER_HOSPITAL, elder))


def _resident(elder: Elder) -> Resident:
    """With what a move asks for, as it is now."""
    loaded = [selectinload(Resident.stays), selectinload(Resident.conditions)]
    return db.session().get_one(Resident, elder.id, options=loaded, populate_existing=True)


def _round(making: Making, home: Home, day: date) -> None:
    """One round, sent when the clinicians had signal again, and what became of it."""
    random, deal = making.random, home.deal
    began = datetime.combine(day, time(9, random.randint(0, 50)), LOCAL)
    by = deal.clinicians[home.visits % len(deal.clinicians)]
    shown = _shown(making, home, began)
    visit = phone.arrive(random, by, making.places[deal.care], shown, began, day)
    joined = None
    if deal.colleague and deal.colleague != by and home.visits % _TEAM_EVERY == 1:
        joined = phone.join(visit, deal.colleague, began + timedelta(minutes=3))
        assist(making, home, joined)
    do_what_is_due(making, home, visit)
    _correct_oneself(making, home, visit)
    if not _forgot_to_leave(home):
        phone.leave(visit, random.choice(_NOTES))
    sent = visit.clock + _without_signal(making, day)
    _send(making, visit, sent)
    if joined:
        _send(making, joined, max(sent, joined.clock) + timedelta(minutes=2))
    follow_referrals(making, home, visit, sent + timedelta(minutes=3))
    overlooked = deal.care == _OVERLOOKING and 0 <= (day - making.published[0]).days < 7
    if (making.today - day).days > UNANSWERED_DAYS and not overlooked:
        staff_answer(making, home, visit, sent + timedelta(minutes=10))
        _add_later(making, home, visit)


def _without_signal(making: Making, day: date) -> timedelta:
    """How long what was said waited on the phone: now and then more than a day."""
    if making.random.random() < 0.05 and (making.today - day).days > UNANSWERED_DAYS:
        return timedelta(hours=31)
    return timedelta(minutes=making.random.choice((1, 2, 5, 40, 300)))


def _send(making: Making, visit: Visit, at: datetime) -> None:
    """Entries, then the photos they name."""
    send(making, visit.by, at, visit.entries)
    visit.entries = []
    for photo, line in visit.photos:
        session = db.session()
        with clock.fixed(at):
            sent = photos.Sent(photo, line, _PICTURE.read_bytes())
            photos.store(session, actor_named(making, session, visit.by, at), making.app.keyring, sent, at)


def _shown(making: Making, home: Home, at: datetime) -> phone.Arrival:
    """What a clinician checks in by: the kiosk in the hall, offline for days every fifth week; or the poster;
    or, more often where much goes wrong, by hand, from elsewhere or without a fix."""
    luck = making.random.random() / (1 + 3 * home.deal.manners.forgets)
    poster, day = making.posters[home.deal.care], at.date()
    if luck < 0.04:
        return phone.Arrival("manual", where=None if luck < 0.01 else "near")
    if luck < 0.06:
        return phone.Arrival("short_code", short_code=poster.short_code)
    kiosk = kiosk_on(making, home.deal, day)
    if kiosk is None:
        where = "away" if luck < 0.08 else None if luck < 0.12 else "near"
        return phone.Arrival("poster", poster.token, where=where)
    token = kiosk.shows(at, 3 * 24 * 60 if _week(day) % 5 == 0 else 7)
    # Every fifth week shows what a fix is worth beside a kiosk's code.
    return phone.Arrival("rotating", token, where=None if _week(day) % 5 == 2 else "near")


def _week(day: date) -> int:
    return day.toordinal() // 7


def _correct_oneself(making: Making, home: Home, visit: Visit) -> None:
    """A value typed wrong is put right in the same round; what was entered twice is withdrawn."""
    readings = [
        id_
        for id_, line in visit.lines.items()
        if line.service == "blood_pressure" and line.done and not line.led and line.by == visit.by
    ]
    if not readings:
        return
    line = visit.lines[readings[-1]]
    if home.visits % 6 == 2:
        phone.amend(visit, readings[-1], corrected_form(making, home, visit, line))
    elif home.visits % 9 == 4:
        form = corrected_form(making, home, visit, line)
        phone.void(visit, phone.log(visit, line.service, line.subject, form), "entered_twice")


def _add_later(making: Making, home: Home, visit: Visit) -> None:
    """Results that came from the laboratory ten days after a check-up; or what was noted on paper in a round
    that nobody checked out of. Both come late, and say why."""
    visit.clock += timedelta(days=10)
    if visit.clock.date() >= making.today:
        return
    waiting = [
        id_
        for id_, line in visit.lines.items()
        if line.service == "health_checkup" and line.done and not line.disputed
    ]
    if waiting and home.visits % 3 == 0 and visit.lines[waiting[0]].by == visit.by:
        form = corrected_form(making, home, visit, visit.lines[waiting[0]])
        phone.amend(visit, waiting[0], form, "other", "化验结果已回报", late_reason="result_arrived_later")
        _send(making, visit, visit.clock + timedelta(minutes=1))
        confirm(making, home, visit, waiting[:1], visit.clock + timedelta(days=1))
    elif _forgot_to_leave(home):
        elder = home.there(visit.day)[0]
        form = filled(making.random, "health_consultation", visit.day)
        phone.log(visit, "health_consultation", elder.id, form, late_reason="written_on_paper")
        _send(making, visit, visit.clock + timedelta(minutes=1))


def _forgot_to_leave(home: Home) -> bool:
    return home.deal.manners.forgets >= 0.5 and home.visits % 11 == 4


def confirm_late(making: Making, home: Home) -> None:
    """The round of the published month that nobody had looked at is confirmed now."""
    place = making.places[home.deal.care]
    with moment(making, making.today, 0, 25) as at:
        lines = db.session.scalars(
            select(ServiceRecord)
            .where(
                ServiceRecord.institution_id == place.id,
                ServiceRecord.on.between(*making.published),
                ServiceRecord.state == "pending",
            )
            .order_by(ServiceRecord.on, ServiceRecord.made_at)
        ).all()
        if not lines:
            return
        of_round = {line.id: line.version for line in lines if line.round_id == lines[0].round_id}
        visit = Visit(making.random, home.deal.staff, place, at, lines[0].on, lines[0].round_id, at)
        for line, version in of_round.items():
            visit.lines[line] = phone.Line(home.deal.staff, "", None, version)
        said = phone.said_of(visit, "confirm", of_round, at)
        send(making, home.deal.staff, at, [said])
