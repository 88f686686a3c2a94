"""What goes wrong in a county: entries the door refuses, what becomes of them, a phone nobody hears of, and
duties that no record closes."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.catalogue.queries import forms
from server.db import db
from server.demo import phone
from server.demo.filling import Form
from server.demo.making import LOCAL, Home, Making, actor_named, moment
from server.demo.phone import Entry
from server.demo.remarkable import MISTAKEN
from server.demo.sending import send
from server.followups.models import FollowUp
from server.ledger.service import Desk, repair
from server.rounds.models import Round, ServiceRecord
from server.sync.models import LedgerEntry

_DAY = timedelta(days=1)
_TOO_LATE = {"text": "补记：两位老人拒测。"}
_WORDS = ("in_hospital", "done_elsewhere", "declined", "not_needed")


def go_wrong(making: Making, homes: list[Home]) -> None:
    by_place = {home.deal.care: home for home in homes}
    with moment(making, making.today, 0, 40):
        for care, story in (
            ("yiyang", _of_doctor),
            ("qingshi_home", _of_colleague),
            ("hexi_home", _silent),
            ("fuyuan", _withdrawn),
        ):
            if care in by_place:
                story(making, by_place[care])
        _say_why_none(making, homes)


def _of_doctor(making: Making, home: Home) -> None:
    """Three entries are refused: one is mended by the manager, one is given up, one waits for somebody."""
    visit, by = _last_round(making, home), home.deal.clinicians[0]
    at = visit.checked_in_at + timedelta(hours=6)
    elsewhere = making.elders.get("songhe", [home.elders[-1]])[0]
    of_another = _record(making, visit, elsewhere.id, _pressure(128, 76))
    impossible = _record(making, visit, home.there(visit.on)[2].id, _pressure(82, 118))
    mistyped = _record(making, visit, home.there(visit.on)[3].id, _pressure(136, 780))
    send(making, by, at, [of_another, impossible, mistyped], refused=True)
    given_up = {"entry_id": of_another["id"], "reason": "wrong_person", "text": None}
    drop = phone.entry(phone.made_id(making.random, at), "drop", visit.id, at, None, given_up)
    send(making, by, at + timedelta(minutes=20), [drop])
    _mend(making, mistyped, at + timedelta(hours=3))


def _last_round(making: Making, home: Home) -> Round:
    """Of whom the home sees first."""
    performer = actor_named(making, db.session(), home.deal.clinicians[0], clock.now()).id
    place = making.places[home.deal.care].id
    own = select(Round).where(Round.institution_id == place, Round.clinician_id == performer)
    return db.session().scalars(own.order_by(Round.checked_in_at.desc()).limit(1)).one()


def _pressure(sbp: int, dbp: int) -> Form:
    return {"sbp": sbp, "dbp": dbp}


def _record(making: Making, visit: Round, subject: UUID, form: Form) -> Entry:
    """Said early in the round."""
    minutes = 3
    at = visit.checked_in_at + timedelta(minutes=minutes)
    payload = {
        "service": "blood_pressure",
        "subject_id": str(subject),
        "outcome": "done",
        "form": form,
        "form_version": forms()["vital_bp"]["version"],
        "unusual": [],
    }
    return phone.entry(phone.made_id(making.random, at), "record", visit.id, at, minutes * 60_000, payload)


def _mend(making: Making, mistyped: Entry, at: datetime) -> None:
    """The manager asked the doctor what it should have been."""
    session = db.session()
    with clock.fixed(at):
        manager = actor_named(making, session, "manager", at)
        row = session.scalars(select(LedgerEntry).where(LedgerEntry.entry_id == UUID(mistyped["id"]))).one()
        desk = Desk(session, manager, making.app.keyring, making.app.reach, at)
        repair(desk, row.id, {**mistyped["payload"], "form": _pressure(136, 78)})


def _of_colleague(making: Making, home: Home) -> None:
    """A note that came too late, without a word why."""
    visit, by = _last_round(making, home), home.deal.clinicians[0]
    at = visit.checked_in_at + timedelta(hours=5)
    unknown = phone.made_id(making.random, at)
    note = phone.entry(phone.made_id(making.random, at), "note", unknown, at, None, _TOO_LATE)
    send(making, by, at, [note], refused=True)


def _silent(making: Making, home: Home) -> None:
    """A phone with entries that nobody has heard of for twelve days."""
    at = datetime.combine(making.today - 12 * _DAY, time(16, 20), LOCAL)
    send(making, home.deal.clinicians[-1], at, [], waiting=9, device="旧手机")


def _withdrawn(making: Making, home: Home) -> None:
    """An urgent pressure was another resident's: the follow-up that it made is void."""
    place = making.places[home.deal.care].id
    read = select(ServiceRecord).where(
        ServiceRecord.institution_id == place, ServiceRecord.service == "blood_pressure"
    )
    for line in [each for each in db.session().scalars(read) if each.form == MISTAKEN]:
        by = db.session().scalars(select(Account.login).where(Account.id == line.performer_id)).one()
        at = line.made_at + timedelta(hours=5)
        said = {"line_id": str(line.id), "version": line.version, "reason_text": None}
        own = phone.made_id(making.random, at)
        void = {**said, "reason": "wrong_resident"}
        send(making, by, at, [phone.entry(own, "void", line.round_id, at, None, void)])


def _say_why_none(making: Making, homes: list[Home]) -> None:
    """Every other duty that is long overdue ended without a record, for a reason; others are forgotten."""
    at = datetime.combine(making.today - _DAY, time(16, 40), LOCAL)
    overdue = select(FollowUp).where(FollowUp.state == "open", FollowUp.due_on < making.today - 3 * _DAY)
    rows = db.session().scalars(overdue.order_by(FollowUp.due_on, FollowUp.id)).all()
    for number, duty in enumerate(rows[1::2]):
        serving = [home for home in homes if _owes(making, home, duty)]
        if not serving:
            continue
        said = {"institution_id": str(duty.institution_id), "follow_up_id": str(duty.id), "text": None}
        reason = _WORDS[number % len(_WORDS)]
        own = phone.made_id(making.random, at)
        entry = phone.entry(own, "follow_up_done", own, at, None, {**said, "reason": reason})
        send(making, serving[0].deal.clinicians[0], at, [entry])


def _owes(making: Making, home: Home, duty: FollowUp) -> bool:
    parties = making.places[home.deal.care].id, making.places[home.deal.medical].id
    return parties == (duty.institution_id, duty.medical_id) and home.ends >= making.today
