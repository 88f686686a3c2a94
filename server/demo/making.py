"""What has been made of the county so far, and acting at a moment of its past."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server import clock
from server.accounts.queries import account_with_memberships, actor_of
from server.auth.actor import Actor
from server.checkin.models import Poster
from server.db import db, writing
from server.organisations.models import Organisation
from server.web.application import Application

LOCAL = ZoneInfo("Asia/Shanghai")
UNANSWERED_DAYS = 8  # somebody who signs in as staff finds the last week's round to confirm


class DemoError(Exception):
    """The demo county could not be made; the text says why."""


@dataclass(slots=True)
class Making:
    """Places and posters by key."""

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


@contextmanager
def moment(making: Making, day: date, hour: int, minute: int = 0) -> Iterator[datetime]:
    """One transaction of that local time."""
    at = datetime.combine(day, time(hour, minute), LOCAL)
    with clock.fixed(at), writing(db.session()):
        yield at
        making.app.finish()


def actor_named(making: Making, session: Session, login: str, at: datetime) -> Actor:
    account = account_with_memberships(session, login)
    if account is None:
        raise DemoError(f"no account {login}")
    return actor_of(session, account, account.id, making.app.reach, at)
