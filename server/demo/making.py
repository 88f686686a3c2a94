"""What has been made of the county so far, and acting at a moment of its past."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server import clock
from server.accounts.queries import account_with_memberships, actor_of
from server.auth.actor import Actor
from server.checkin.models import Poster
from server.db import db, writing
from server.demo.deals import Deal
from server.demo.kiosk import DemoKiosk
from server.demo.people import Elder
from server.organisations.models import Organisation
from server.web.application import Application

LOCAL = ZoneInfo("Asia/Shanghai")
UNANSWERED_DAYS = 8  # somebody who signs in as staff finds the last week's round to confirm


class DemoError(Exception):
    """The demo county could not be made; the text says why."""


@dataclass(slots=True)
class Making:
    """Places, posters and kiosks by key, residents by the key of their place. `disputes` counts those of each
    kind of home: they end in turn."""

    app: Application
    random: Random
    today: date
    weeks: int
    deals: tuple[Deal, ...]
    tell: Callable[[str], None]
    places: dict[str, Organisation] = field(default_factory=dict)
    posters: dict[str, Poster] = field(default_factory=dict)
    kiosks: dict[str, DemoKiosk] = field(default_factory=dict)
    elders: dict[str, list[Elder]] = field(default_factory=dict)
    actors: dict[tuple[str, date], Actor] = field(default_factory=dict)
    disputes: Counter[object] = field(default_factory=Counter)

    @property
    def starts(self) -> date:
        """The first agreements begin on the first of the month so many weeks ago."""
        return (self.today - timedelta(weeks=self.weeks)).replace(day=1)

    @property
    def published(self) -> tuple[date, date]:
        """The month before this one: its first and its last day."""
        last = self.today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last


@dataclass(slots=True)
class Home:
    """A care institution under one agreement: what was done there so far, as the next visit needs it.

    `done` are the days of a clause for somebody; `credit` how many residents are due by now, `held` how often
    something was done in a window, both by clause. `watch` are urgent values that call for a second
    look, `back` who comes home from hospital and when.
    """

    deal: Deal
    starts: date
    ends: date
    elders: list[Elder]
    done: dict[tuple[str, UUID], list[date]] = field(default_factory=dict)
    credit: dict[str, float] = field(default_factory=dict)
    held: dict[tuple[str, int], int] = field(default_factory=dict)
    watch: list[tuple[Elder, str]] = field(default_factory=list)
    back: list[tuple[date, Elder]] = field(default_factory=list)
    visits: int = 0

    def had(self, clause: str, elder: Elder, since: date) -> tuple[int, date]:
        """How often somebody had what a clause promises since a day, and when last, ever."""
        days = self.done.get((clause, elder.id), [])
        return sum(day >= since for day in days), max(days, default=date.min)

    def there(self, day: date) -> list[Elder]:
        return [elder for elder in self.elders if elder.there(day)]

    def misses(self, day: date, today: date) -> float:
        """What share of visits is missed about that day: manners change over time."""
        before, now = self.deal.manners.misses
        return before + (now - before) * (day - self.starts) / max(today - self.starts, timedelta(days=1))


def months_later(first: date, months: int) -> date:
    """The first of a month so many months after a first of a month."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def term_of(making: Making, deal: Deal) -> tuple[date, date]:
    """First and last day as they were signed."""
    starts = months_later(making.starts, deal.begins)
    over = months_later(starts, 12)
    if deal.ends_in is not None:
        over = months_later(making.today.replace(day=1), deal.ends_in + 1)
    return starts, over - timedelta(days=1)


def home_of(making: Making, deal: Deal) -> Home:
    starts, ends = term_of(making, deal)
    if deal.over_after is not None:
        ends = months_later(starts, deal.over_after) - timedelta(days=1)
    return Home(deal, starts, ends, making.elders[deal.care])


@contextmanager
def moment(
    making: Making, day: date, hour: int, minute: int = 0, later: timedelta = timedelta(0)
) -> Iterator[datetime]:
    """One transaction of that local time. Much may happen in it at other times: it is counted once."""
    at = datetime.combine(day, time(hour, minute), LOCAL) + later
    with clock.fixed(at), writing(db.session()):
        yield at
        making.app.finish()


def actor_named(making: Making, session: Session, login: str, at: datetime) -> Actor:
    """Somebody as of the month of `at`: agreements begin and end with months here."""
    key = login, at.astimezone(LOCAL).date().replace(day=1)
    if key not in making.actors:
        account = account_with_memberships(session, login)
        if account is None:
            raise DemoError(f"no account {login}")
        making.actors[key] = actor_of(session, account, account.id, making.app.reach, at)
    return making.actors[key]
