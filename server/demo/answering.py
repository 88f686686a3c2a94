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
from server.demo.making import LOCAL, UNANSWERED_DAYS, Home, Making, actor_named
from server.demo.phone import Visit
from server.demo.sending import send
from server.demo.works import READINGS, corrected_form

_Story = Callable[[Making, Home, Visit, UUID], None]
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_SILENT_MANAGERS = timedelta(days=16)  # after which the regulator may rule alone
_WHY = (
    ("not_done", "护理记录中当天没有该项服务。"),
    ("wrong_resident", "当天是同室老人接受的服务。"),
    ("not_present", "该老人当天外出，不在院内。"),
    ("wrong_time", "记录的时间院内正在用餐。"),
)
_WHY_A_VALUE = ("wrong_value", "数值与护理站记录不一致。")
_STANDING_BY = (
    ("done_as_recorded", "现场已完成，护理员在旁。"),
    ("resident_confirms", "老人本人可以证实。"),
)
_BY_ITS_DEVICE = ("device_shows_it", "仪器里存有当时的读数。")
_VERDICTS = {"confirmed": "核对现场记录，服务属实。", "void": "无法证实当天提供了服务。"}


def staff_answer(making: Making, home: Home, visit: Visit, at: datetime) -> None:
    """All confirmed; or all but two lines, which wait; or all but one, which is disputed; or nothing said."""
    manners, luck = home.deal.manners, making.random.random()
    at = max(_office_hour(making.random, visit), at)
    lines, shown = list(visit.lines), _shown(making, home, visit)
    disputable = [id_ for id_ in lines if id_ != visit.round_id and not visit.lines[id_].led]
    if disputable and (shown or manners.silent <= luck < manners.silent + manners.disputes):
        _dispute(making, home, visit, making.random.choice(disputable[-6:]), at, shown)
    elif luck < manners.silent:
        return
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


def _shown(making: Making, home: Home, visit: Visit) -> _Story | None:
    """In the home that guides name somebody finds a dispute to rule on, and one to answer."""
    ago = (making.today - visit.day).days
    if home.deal.care != "yiyang" or ago not in _LATELY:
        return None
    return _upheld if ago < _LATELY[len(_LATELY) // 2] else _unanswered


_LATELY = range(UNANSWERED_DAYS + 1, UNANSWERED_DAYS + 15)  # days: two weeks' rounds


def _dispute(
    making: Making, home: Home, visit: Visit, line: UUID, at: datetime, shown: _Story | None
) -> None:
    measured = visit.lines[line].service in READINGS
    reason, text = making.random.choice((*_WHY, _WHY_A_VALUE) if measured else _WHY)
    rest = [each for each in visit.lines if each != line]
    confirm(making, home, visit, rest, at)
    _say(making, home, phone.said_of(visit, "dispute", [line], at + _MINUTE, reason=reason, text=text), at)
    visit.lines[line].disputed = True
    visit.clock = at + _DAY
    if (visit.clock + _DAY).date() < making.today:
        (shown or _next_story(making, home, visit))(making, home, visit, line)


def _next_story(making: Making, home: Home, visit: Visit) -> _Story:
    stories = _SETTLED_THERE if login_of(home.deal.care, Role.MANAGER) else _SETTLED_ABOVE
    making.disputes[stories] += 1
    story = stories[(making.disputes[stories] - 1) % len(stories)]
    old = (making.today - visit.day).days > _LONGEST_OPEN and home.deal.manners.forgets < _CARELESS
    return stories[0] if old and story in (_upheld, _unanswered) else story


_LONGEST_OPEN, _CARELESS = 45, 0.3  # days; what is open for longer is so where much is forgotten


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
    measured = visit.lines[line].service in READINGS
    reason, text = _BY_ITS_DEVICE if measured else making.random.choice(_STANDING_BY)
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


# In turn: where the home has a manager in this product, and where the bureau must have the last word.
_SETTLED_THERE: tuple[_Story, ...] = (_managers_agree, _corrected, _upheld, _withdrawn, _unanswered)
_SETTLED_ABOVE: tuple[_Story, ...] = (_regulator_rules, _corrected, _withdrawn, _unanswered, _upheld)
