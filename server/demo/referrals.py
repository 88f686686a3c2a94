"""Referrals of the demo county: those of its rounds to their end, and two that go on today."""

from datetime import datetime, timedelta
from uuid import UUID

from server import clock
from server.db import db, writing
from server.demo import county, phone
from server.demo.clauses import GREEN_CHANNEL
from server.demo.county import Deal
from server.demo.making import LOCAL, Making, residents_of
from server.demo.sending import send

_MINUTE = timedelta(minutes=1)


def follow_referrals(making: Making, deal: Deal, visit: phone.Visit, sent: datetime) -> None:
    """What was asked for in a round is accepted, and ends in hospital or at home again."""
    for asked in [each for each in visit.entries if each["kind"] == "referral_request"]:
        _to_the_end(making, deal, UUID(asked["id"]), sent)


def _to_the_end(making: Making, deal: Deal, referral: UUID, sent: datetime) -> None:
    """Some wait longer for an answer than the agreement promises."""
    random, told = making.random, {"name": "王小明", "relation": "儿子"}
    answered = sent + random.choice((4, 7, 12, 19, 26, 47)) * _MINUTE
    outcome = random.choice(("admitted", "treated_returned"))
    after = {"referral_depart": 6, "referral_arrive": 31, "referral_close": 150}
    doctor = deal.clinicians[0]
    _say(making, doctor, answered, phone.step(random, "referral_accept", referral, answered, reason=None))
    left, there, ended = (answered + minutes * _MINUTE for minutes in after.values())
    _say(making, deal.staff, left, phone.step(random, "referral_depart", referral, left))
    _say(making, deal.staff, left, phone.step(random, "referral_family", referral, left, **told))
    _say(making, doctor, there, phone.step(random, "referral_arrive", referral, there))
    _say(making, doctor, ended, phone.step(random, "referral_close", referral, ended, outcome=outcome))


def refer_today(making: Making, now: datetime) -> None:
    """One waits for the answer of another hospital; one is on the way."""
    ours, theirs = county.DEALS[0], county.DEALS[2]
    waiting, on_the_way = now - 18 * _MINUTE, now - 41 * _MINUTE
    _ask(making, theirs, making.places[ours.medical].id, "referral_up", waiting)
    referral = _ask(making, ours, making.places[ours.medical].id, GREEN_CHANNEL, on_the_way)
    accepted, left = on_the_way + 9 * _MINUTE, on_the_way + 22 * _MINUTE
    _say(
        making,
        "doctor",
        accepted,
        phone.step(making.random, "referral_accept", referral, accepted, reason=None),
    )
    _say(making, ours.staff, left, phone.step(making.random, "referral_depart", referral, left))


def _ask(making: Making, deal: Deal, receiver_id: UUID, service: str, at: datetime) -> UUID:
    """Outside of any round: the home rang."""
    with clock.fixed(at), writing(db.session()):
        resident = residents_of(making, deal, at.astimezone(LOCAL).date())[1]
        making.app.finish()
    receiver = next(place for place in making.places.values() if place.id == receiver_id)
    asked = phone.made_id(making.random, at)
    payload = phone.referral(resident, receiver, service)
    _say(making, deal.clinicians[0], at, phone.entry(asked, "referral_request", asked, at, None, payload))
    return asked


def _say(making: Making, login: str, at: datetime, said: phone.Entry) -> None:
    send(making, login, at, lambda _session: [said])
