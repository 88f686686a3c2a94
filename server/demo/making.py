"""What has been made of the county so far, and acting at a moment of its past."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from server import clock
from server.accounts.queries import account_with_memberships, actor_of
from server.auth.actor import Actor
from server.checkin.models import Poster
from server.db import db, writing
from server.demo.county import Deal
from server.demo.kiosk import DemoKiosk
from server.organisations.models import Organisation
from server.residents.models import Resident
from server.residents.rules import lives_there
from server.web.application import Application

LOCAL = ZoneInfo("Asia/Shanghai")
UNANSWERED_DAYS = 8  # somebody who signs in as staff finds the last week's round to confirm


class DemoError(Exception):
    """The demo county could not be made; the text says why."""


@dataclass(slots=True)
class Making:
    """Places, posters and kiosks by key."""

    app: Application
    random: Random
    today: date
    weeks: int
    places: dict[str, Organisation] = field(default_factory=dict)
    posters: dict[str, Poster] = field(default_factory=dict)
    kiosks: dict[str, DemoKiosk] = field(default_factory=dict)

    @property
    def starts(self) -> date:
        """The agreements begin on the first of the month so many weeks ago."""
        return (self.today - timedelta(weeks=self.weeks)).replace(day=1)

    @property
    def published(self) -> tuple[date, date]:
        """The month before this one: its first and its last day."""
        last = self.today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last


@contextmanager
def moment(
    making: Making, day: date, hour: int, minute: int = 0, later: timedelta = timedelta(0)
) -> Iterator[datetime]:
    """One transaction of that local time."""
    at = datetime.combine(day, time(hour, minute), LOCAL) + later
    with clock.fixed(at), writing(db.session()):
        yield at
        making.app.finish()


def actor_named(making: Making, session: Session, login: str, at: datetime) -> Actor:
    account = account_with_memberships(session, login)
    if account is None:
        raise DemoError(f"no account {login}")
    return actor_of(session, account, account.id, making.app.reach, at)


def residents_of(making: Making, deal: Deal, day: date) -> Sequence[Resident]:
    found = db.session.scalars(
        select(Resident)
        .where(Resident.institution_id == making.places[deal.care].id)
        .options(selectinload(Resident.stays), selectinload(Resident.conditions))
        .order_by(Resident.bed, Resident.identity_hash)
    ).all()
    return [resident for resident in found if lives_there(resident.stays, day)]
