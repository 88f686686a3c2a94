"""Two counties of one city with homes, visits and requests: what dashboards add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.agreements.models import Agreement
from server.auth.roles import OrganisationKind, Role
from server.checkin.models import Poster
from server.demands.events import DemandChanged
from server.demands.models import Demand
from server.events import emit
from server.fulfilment.rules.rates import mean, rate_text, ratio, weighted_mean
from server.ids import new_id
from server.organisations.models import Organisation
from server.residents.models import Resident
from server.rollups.service import refresh_stale
from tests.factories.client import Client
from tests.factories.phone import Phone
from tests.factories.world import NOW, WEEKLY_ROUND, World

PRESSURE = {"services": ["blood_pressure"], "scope": "resident", "per": "month"}
LECTURE = {"services": ["health_education_lecture"], "per": "month", "weight": 0.5}
GREEN = {"services": ["green_channel_emergency"], "kind": "on_demand", "respond_within_minutes": 30}
CLAUSES = (("rounds", WEEKLY_ROUND, 1), ("bp", PRESSURE, 1), ("talk", LECTURE, 1), ("green", GREEN, 1))


@dataclass
class Home:
    place: Organisation
    poster: Poster
    staff: str
    resident: Resident
    agreement: Agreement


@dataclass
class City:
    """Two counties of one city: in the first two towns, each with a home; in the second one home."""

    world: World
    homes: list[Home] = field(default_factory=list)
    now: datetime = NOW
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, login: str) -> Client:
        """A browser signed in as `login`, the same one each time."""
        if login not in self.clients:
            self.clients[login] = self.world.client(login)
        return self.clients[login]

    @property
    def ids(self) -> list[str]:
        return [str(home.agreement.id) for home in self.homes]

    def found(self, name: str, town: str, region: str) -> None:
        world = self.world
        point = {"latitude": 30.3, "longitude": 120.2}
        place = world.organisation(OrganisationKind.CARE, name, region=region, town=town, **point)
        staff = world.person(f"staff-{name}", place, Role.CARE_STAFF)
        resident = world.resident(place, name="甲")
        agreement = world.agree(home=place, number=f"市-{name}", clauses=CLAUSES)
        self.homes.append(Home(place, world.issue_poster(place), staff, resident, agreement))

    def visit(self, home: Home, day: date, *, confirm: bool = True) -> None:
        """A round with a blood pressure; confirmed on the same day, or left to be confirmed."""
        at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        phone = Phone(self.client(self.world.doctor), new_id(), at)
        lines = {phone.check_in(home.place, home.poster): 1}
        lines[phone.record("blood_pressure", home.resident, {"sbp": 138, "dbp": 82})] = 1
        assert {result["outcome"] for result in phone.sync()} == {"stored"}
        if confirm:
            self.confirm(home, phone.round_id, lines, at)

    def confirm(self, home: Home, round_id: UUID, lines: dict[UUID, int], at: datetime) -> None:
        staff = Phone(self.client(home.staff), new_id(), at + timedelta(hours=2))
        staff.confirm(round_id, lines)
        assert [result["outcome"] for result in staff.sync()] == ["stored"]

    def ask(self, home: Home, asked: datetime, answered: datetime | None) -> None:
        """A request for the green channel by the home's staff."""
        with clock.fixed(asked), self.world.work() as session:
            account = session.scalars(select(Account).where(Account.login == home.staff)).one()
            institution, medical, service = home.place.id, self.world.hospital.id, "green_channel_emergency"
            parties = {"institution_id": institution, "medical_id": medical, "service": service}
            session.add(Demand(**parties, asked_by_id=account.id, asked_at=asked, answered_at=answered))
            emit(session, DemandChanged(institution, medical, service))

    def refresh(self) -> int:
        """What the job does; how many agreements were made again."""
        done = 0
        with clock.fixed(self.now):
            while True:
                with self.world.work() as session:
                    some = refresh_stale(session, self.now)
                if not some:
                    return done
                done += some

    def get(self, path: str, login: str) -> Any:
        with clock.fixed(self.now):
            return self.client(login).json(path)


def found_city(world: World) -> City:
    """Three homes, and `city`, who oversees both counties; on 12 May. Nothing has happened yet."""
    with clock.fixed(datetime(2026, 1, 2, 2, tzinfo=UTC)):
        found = City(world)
        for name, town, region in (
            ("东", "城东镇", "999901"),
            ("西", "城西镇", "999901"),
            ("北", "", "999902"),
        ):
            found.found(name, town, region)
        bureau = world.organisation(OrganisationKind.REGULATOR, "市卫健局", region="999900")
        world.person("city", bureau, Role.REGULATOR)
    return found


def rates_of(page: Any) -> dict[str, Fraction | None]:
    """The year of an agreement, from the counts of its own page."""
    parts = []
    for each in page["commitments"]:
        need = each["due_promised"] - each["due_confirmed_excused"]
        reported_need = each["due_promised"] - each["due_reported_excused"]
        counts = (
            each["due_confirmed"],
            each["due_reported"],
            each["due_confirmed"] - each["due_confirmed_late"],
        )
        needs = (need, reported_need, need)
        parts.append((Fraction(each["weight"]), [ratio(*pair) for pair in zip(counts, needs, strict=True)]))
    names = ("confirmed_rate", "reported_rate", "on_time_rate")
    return {
        name: weighted_mean((weight, rates[place]) for weight, rates in parts)
        for place, name in enumerate(names)
    }


def expected(city: City, agreements: Sequence[str], query: str = "") -> dict[str, Any]:
    """The year's mean rates of these agreements, from their pages."""
    rates = [rates_of(city.get(f"/agreements/{each}{query}", "city")) for each in agreements]
    return {name: rate_text(mean(each[name] for each in rates)) for name in rates[0]}


def shown(line: Any) -> dict[str, Any]:
    return {name: line[name] for name in ("confirmed_rate", "reported_rate", "on_time_rate")}
