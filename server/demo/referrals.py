"""Referrals of the demo county: those of its rounds to their end and back, and some that go on today."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from server.auth.roles import Role
from server.demo import phone
from server.demo.clauses import GREEN_CHANNEL
from server.demo.county import login_of
from server.demo.filling import filled
from server.demo.making import LOCAL, UNANSWERED_DAYS, Home, Making, moment
from server.demo.phone import Entry, Visit
from server.demo.sending import send
from server.demo.works import receiver_of
from server.referrals.rules import DIRECTIONS

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_TOLD = {"name": "王小明", "relation": "儿子"}
_ENDS = (
    *("admitted", "treated_returned", "admitted", "transferred_on", "treated_returned", "not_arrived"),
    "died",
)
Said = tuple[str, datetime, Entry]


def follow_referrals(making: Making, home: Home, visit: Visit, sent: datetime) -> None:
    """What was asked for in a round is accepted, mostly, and ends in hospital or at home again."""
    for id_, line in list(visit.lines.items()):
        if line.service in DIRECTIONS and line.done:
            _to_the_end(making, home, visit, id_, sent)


def _receiving(making: Making, home: Home, line: phone.Line) -> str:
    """Who speaks for the hospital: a clinician of it, or where it was only rung up, who sent the resident."""
    if line.service in ("emergency_transfer", "referral_down"):
        return line.by
    receiver = receiver_of(making, home)
    key = next(key for key, place in making.places.items() if place is receiver)
    return login_of(key, Role.CLINICIAN) or line.by


def _to_the_end(making: Making, home: Home, visit: Visit, referral: UUID, sent: datetime) -> None:
    """Some wait longer for an answer than the agreement promises."""
    random, line = making.random, visit.lines[referral]
    hospital = _receiving(making, home, line)
    answered = sent + random.choice((4, 7, 9, 12, 16, 19, 24, 41)) * _MINUTE
    if line.service == "referral_up" and random.random() < 0.25:
        why = random.choice(("no_bed", "not_equipped", "other_hospital_better"))
        _all_said(making, [_step(making, hospital, answered, "accept", referral, reason=why)])
        return
    if line.service == "referral_up" and random.random() < 0.2:
        ended = answered + 3 * 60 * _MINUTE
        _all_said(making, [_step(making, line.by, ended, "close", referral, outcome="withdrawn")])
        return
    outcome = random.choice(_ENDS)
    left, there, ended = (answered + minutes * _MINUTE for minutes in (6, 31, 150))
    said = [
        _step(making, hospital, answered, "accept", referral, reason=None),
        _step(making, home.deal.staff, left, "depart", referral),
        _step(making, home.deal.staff, left, "family", referral, **_TOLD),
    ]
    if outcome != "not_arrived":
        said.append(_step(making, hospital, there, "arrive", referral))
    _all_said(making, [*said, _step(making, hospital, ended, "close", referral, outcome=outcome)])
    elsewhere = receiver_of(making, home) is not making.places[home.deal.medical]
    if outcome == "admitted" and elsewhere and hospital != line.by:
        _send_back(making, home, visit, referral, ended + random.randint(6, 12) * _DAY)


def _send_back(making: Making, home: Home, visit: Visit, referral: UUID, at: datetime) -> None:
    """The hospital sends somebody home after days, and who sent them takes over."""
    if at.date() >= making.today - timedelta(days=UNANSWERED_DAYS):
        return
    back = _ask_back(making, home, visit, referral, at)
    taken, there = at + 50 * _MINUTE, at + 190 * _MINUTE
    _all_said(
        making,
        [
            _step(making, visit.by, taken, "accept", back, reason=None),
            _step(making, _receiving(making, home, visit.lines[referral]), taken, "depart", back),
            _step(making, home.deal.staff, there, "arrive", back),
            _step(making, visit.by, there + 30 * _MINUTE, "close", back, outcome="treated_returned"),
        ],
    )


def _ask_back(making: Making, home: Home, visit: Visit, referral: UUID, at: datetime) -> UUID:
    line = visit.lines[referral]
    back = phone.made_id(making.random, at)
    form = filled(making.random, "referral_down", at.astimezone(LOCAL).date())
    sender = making.places[home.deal.medical].id
    payload = phone.referral(visit, "referral_down", _subject(line), sender, form, from_id=referral)
    entry = phone.entry(back, "referral_request", back, at, None, payload)
    send(making, _receiving(making, home, line), at, [entry])
    return back


def _subject(line: phone.Line) -> UUID:
    if line.subject is None:
        raise ValueError("a referral is of somebody")
    return line.subject


def _step(making: Making, login: str, at: datetime, act: str, referral: UUID, **said: str | None) -> Said:
    return login, at, phone.step(making.random, f"referral_{act}", referral, at, **said)


def _all_said(making: Making, said: Iterable[Said]) -> None:
    """As far as it is over: nothing is said after this moment of the county."""
    for login, at, entry in said:
        if at.astimezone(LOCAL).date() < making.today:
            send(making, login, at, [entry])


def refer_today(making: Making, homes: Sequence[Home], now: datetime) -> None:
    """One at each stage: asked for, accepted, on the way, arrived, declined, withdrawn, and one sent back."""
    by_place = {home.deal.care: home for home in homes}
    with moment(making, making.today, 0, 30):
        for minutes, (care, service, steps) in zip(range(200, 0, -27), _TODAY, strict=False):
            if care in by_place:
                _one_today(making, by_place[care], service, steps, now - minutes * _MINUTE)


# Where, which way, and what has been said of it so far.
_TODAY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("yanghe", "referral_up", ("accept", "depart", "arrive", "back")),
    ("hexi_home", "referral_up", ("decline",)),
    ("hupan", "referral_up", ("withdraw",)),
    ("qingshi_home", GREEN_CHANNEL, ("accept",)),
    ("longtan_home", GREEN_CHANNEL, ("accept", "depart", "arrive")),
    ("yiyang", GREEN_CHANNEL, ("accept", "depart")),
    ("dongping", "referral_up", ()),
)


def _one_today(making: Making, home: Home, service: str, steps: Sequence[str], at: datetime) -> None:
    """Outside of any round: the home rang. A quarter of an hour passes between what is said."""
    day = at.astimezone(LOCAL).date()
    elder, by = home.there(day)[1], home.deal.clinicians[0]
    asked, receiver = phone.made_id(making.random, at), receiver_of(making, home)
    visit = Visit(making.random, by, making.places[home.deal.care], at, day, asked, at)
    visit.lines[asked] = phone.Line(by, service, elder.id)
    form = filled(making.random, "referral" if service == GREEN_CHANNEL else service, day)
    payload = phone.referral(visit, service, elder.id, receiver.id, form)
    send(making, by, at, [phone.entry(asked, "referral_request", asked, at, None, payload)])
    for place, step in enumerate(steps, start=1):
        _say_today(making, home, visit, asked, step, at + place * 7 * _MINUTE)


def _say_today(making: Making, home: Home, visit: Visit, referral: UUID, step: str, at: datetime) -> None:
    hospital = _receiving(making, home, visit.lines[referral])
    if step == "back":
        _ask_back(making, home, visit, referral, at)
        return
    words: dict[str, tuple[str, str, dict[str, str | None]]] = {
        "accept": (hospital, "accept", {"reason": None}),
        "decline": (hospital, "accept", {"reason": "no_bed"}),
        "withdraw": (visit.by, "close", {"outcome": "withdrawn"}),
        "depart": (home.deal.staff, "depart", {}),
        "arrive": (home.deal.staff, "arrive", {}),
    }
    login, act, said = words[step]
    login, at, entry = _step(making, login, at, act, referral, **said)
    send(making, login, at, [entry])
