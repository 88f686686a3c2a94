"""What the staff of a home say of a round, and how the disputes among it end."""

from collections.abc import Callable, Collection
from datetime import datetime, time, timedelta
from random import Random
from uuid import UUID

from server import clock
from server.auth.roles import Role
from server.confirmation import ruling
from server.db import db
from server.demo import phone
from server.demo.county import NEIGHBOUR, login_of
from server.demo.making import LOCAL, Home, Making, actor_named
from server.demo.phone import Visit
from server.demo.sending import send
from server.demo.works import corrected_form

_DAY = timedelta(days=1)
_SILENT_MANAGERS = timedelta(days=16)  # after which the regulator may rule alone
_WHY = (
    ("not_done", "护理记录中当天没有该项服务。"),
    ("wrong_value", "数值与护理站记录不一致。"),
    ("wrong_resident", "当天是同室老人接受的服务。"),
    ("not_present", "该老人当天外出，不在院内。"),
    ("wrong_time", "记录的时间院内正在用餐。"),
)
_STANDING_BY = (
    ("done_as_recorded", "现场已完成，护理员在旁。"),
    ("device_shows_it", "血压计内存有当时的读数。"),
    ("resident_confirms", "老人本人可以证实。"),
)
_VERDICTS = {"confirmed": "核对现场记录，服务属实。", "void": "无法证实当天提供了服务。"}


def staff_answer(making: Making, home: Home, visit: Visit, at: datetime) -> None:
    """All confirmed; or all but two lines, which wait; or all but one, which is disputed; or nothing said."""
    manners, luck = home.deal.manners, making.random.random()
    at = max(_office_hour(making.random, visit), at)
    if luck < manners.silent:
        return
    lines = list(visit.lines)
    disputable = [id_ for id_ in lines if id_ != visit.round_id and not visit.lines[id_].led]
    if luck < manners.silent + manners.disputes and disputable:
        _dispute(making, home, visit, making.random.choice(disputable[-6:]), at)
    elif luck < manners.silent + manners.disputes + 0.05 and len(lines) > 3:
        confirm(making, home, visit, lines[:-2], at)
    else:
        confirm(making, home, visit, lines, at)


def _office_hour(random: Random, visit: Visit) -> datetime:
    """A time at which staff look at the round: the same afternoon, or one of the next days."""
    looked = visit.day + timedelta(days=random.randint(0, 2))
    return datetime.combine(looked, time(15 + random.randint(0, 2), random.randint(0, 59)), LOCAL)


def confirm(making: Making, home: Home, visit: Visit, lines: Collection[UUID], at: datetime) -> None:
    _say(making, home, phone.said_of(visit, "confirm", lines, at), at)


def _say(making: Making, home: Home, said: phone.Entry, at: datetime) -> None:
    """Not what would be said only after today."""
    sent = at + timedelta(minutes=3)
    if sent.date() < making.today:
        send(making, home.deal.staff, sent, [said])


def _dispute(making: Making, home: Home, visit: Visit, line: UUID, at: datetime) -> None:
    reason, text = making.random.choice(_WHY)
    rest = [each for each in visit.lines if each != line]
    confirm(making, home, visit, rest, at)
    _say(making, home, phone.said_of(visit, "dispute", [line], at + _MINUTE, reason=reason, text=text), at)
    stories = _SETTLED_THERE if login_of(home.deal.care, Role.MANAGER) else _SETTLED_ABOVE
    story = stories[making.disputes[stories] % len(stories)]
    making.disputes[stories] += 1
    visit.clock = at + _DAY
    if (visit.clock + _DAY).date() < making.today:
        story(making, home, visit, line)


_MINUTE = timedelta(minutes=1)


def _corrected(making: Making, home: Home, visit: Visit, line: UUID) -> None:
    """The clinician puts it right, and staff confirm what it says now."""
    by = visit.lines[line].by
    phone.amend(visit, line, corrected_form(making, home, visit, visit.lines[line]))
    _of_clinician(making, visit, by)
    confirm(making, home, visit, [line], visit.clock + timedelta(hours=5))


def _withdrawn(making: Making, _home: Home, visit: Visit, line: UUID) -> None:
    by = visit.lines[line].by
    phone.void(visit, line, "wrong_resident")
    _of_clinician(making, visit, by)


def _of_clinician(making: Making, visit: Visit, by: str) -> None:
    send(making, by, visit.clock + _MINUTE, visit.entries)
    visit.entries = []


def _upheld(making: Making, _home: Home, visit: Visit, line: UUID) -> None:
    """The clinician stands by it; nobody has ruled yet."""
    reason, text = making.random.choice(_STANDING_BY)
    said = phone.upheld(visit, line, reason, text, visit.clock)
    send(making, visit.lines[line].by, visit.clock + _MINUTE, [said])


def _managers_agree(making: Making, home: Home, visit: Visit, line: UUID) -> None:
    """Both say the same."""
    _upheld(making, home, visit, line)
    verdict = making.random.choice(("confirmed", "confirmed", "void"))
    for days, place in enumerate((home.deal.medical, home.deal.care), start=2):
        _rule(making, visit, line, login_of(place, Role.MANAGER), verdict, visit.clock + days * _DAY)


def _regulator_rules(making: Making, home: Home, visit: Visit, line: UUID) -> None:
    _upheld(making, home, visit, line)
    bureau = "province" if making.places[home.deal.care].region == NEIGHBOUR else "health"
    verdict = making.random.choice(("confirmed", "void"))
    _rule(making, visit, line, bureau, verdict, visit.clock + _SILENT_MANAGERS)


def _rule(making: Making, visit: Visit, line: UUID, login: str | None, verdict: str, at: datetime) -> None:
    if login is None or at.date() >= making.today:
        return
    said = ruling.Said(visit.lines[line].version, verdict, _VERDICTS[verdict])
    session = db.session()
    with clock.fixed(at):
        ruling.rule(session, actor_named(making, session, login, at), line, said, at)


def _unanswered(_making: Making, _home: Home, _visit: Visit, _line: UUID) -> None:
    """The clinician has not looked at it."""


_Story = Callable[[Making, Home, Visit, UUID], None]
# In turn: where the home has a manager in this product, and where the bureau must have the last word.
_SETTLED_THERE: tuple[_Story, ...] = (_managers_agree, _corrected, _upheld, _withdrawn, _unanswered)
_SETTLED_ABOVE: tuple[_Story, ...] = (_regulator_rules, _corrected, _withdrawn, _unanswered, _upheld)
