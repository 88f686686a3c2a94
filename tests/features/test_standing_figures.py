"""Whatever windows there are, and however they change: the dashboard is what they plainly come to."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import delete, select

from server import clock
from server.agreements.models import Agreement, Commitment
from server.auth.roles import OrganisationKind
from server.events import emit
from server.fulfilment.events import FulfilmentChanged
from server.fulfilment.models import CommitmentWindow
from server.fulfilment.rules.rates import mean, rate_text, ratio, weighted_mean
from tests.factories.city import City
from tests.factories.world import World

WEEKLY = {"services": ["round"], "per": "week", "weight": 2}
PRESSURE = {"services": ["blood_pressure"], "scope": "resident", "per": "month"}
CLAUSES = (("rounds", WEEKLY, 1), ("bp", PRESSURE, 1), ("more", {**WEEKLY, "weight": 0.3}, 1))
FIRST = date(2026, 1, 1)
PAGES = ("2026", "2026-Q1", "2026-Q2", "2026-02", "2026-04")
Window = tuple[int, int, int, int, int, int, int, int]


@st.composite
def _windows(draw: st.DrawFn) -> Window:
    """On which day it ends, its grace, and its figures in the order of the table.

    All days are whole weeks apart, so that the days one asks on are often deadlines too.
    """
    promised = draw(st.integers(0, 40))
    excused, reported_excused = (draw(st.integers(0, promised)) for _ in "cr")
    confirmed = draw(st.integers(0, promised - excused))
    late, reported = draw(st.integers(0, confirmed)), draw(st.integers(0, promised - reported_excused))
    days = 7 * draw(st.integers(0, 24)), draw(st.sampled_from([0, 0, 7, 35]))
    return (*days, promised, confirmed, late, excused, reported, reported_excused)


# A change of one of nine commitments (three of each agreement) on a day of the half year.
CHANGES = st.lists(
    st.tuples(st.integers(0, 8), st.lists(_windows(), max_size=4), st.integers(0, 6)),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def agreements(standing_world: World) -> list[Agreement]:
    world = standing_world
    with clock.fixed(datetime(2026, 1, 2, 2, tzinfo=UTC)):
        homes = [
            world.organisation(OrganisationKind.CARE, f"家{number}", town=f"镇{number % 2}")
            for number in range(3)
        ]
        return [world.agree(home=home, number=home.name, clauses=CLAUSES) for home in homes]


def _replace(world: World, commitment: Commitment, windows: list[Window]) -> None:
    with world.work() as session:
        session.execute(delete(CommitmentWindow).where(CommitmentWindow.commitment_id == commitment.id))
        for number, (day, grace, *figures) in enumerate(windows):
            end = FIRST + timedelta(days=day)
            names = "promised confirmed confirmed_late confirmed_excused reported reported_excused".split()
            unread = (
                "subjects confirmed_surplus reported_late reported_surplus met excused some none owed owing"
            )
            session.add(
                CommitmentWindow(
                    commitment_id=commitment.id,
                    agreement_id=commitment.agreement_id,
                    start=FIRST - timedelta(days=number),
                    end=end,
                    deadline=end + timedelta(days=grace),
                    **dict(zip(names, figures, strict=True)),
                    **dict.fromkeys(unread.split(), 0),
                )
            )
        emit(session, FulfilmentChanged(commitment.agreement_id))


def _owns(period: str, day: date) -> bool:
    quarter = f"{day.year}-Q{(day.month + 2) // 3}"
    return period in (str(day.year), quarter, day.isoformat()[:7])


def _due(world: World, period: str, today: date) -> dict[UUID, list[CommitmentWindow]]:
    """Due windows of the period by commitment."""
    found: dict[UUID, list[CommitmentWindow]] = {}
    for row in world.rows(select(CommitmentWindow)):
        if row.deadline < today and _owns(period, row.end):
            found.setdefault(row.commitment_id, []).append(row)
    return found


def _sum(rows: list[CommitmentWindow], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


def _rates(agreement: Agreement, due: dict[UUID, list[CommitmentWindow]]) -> list[Fraction | None]:
    """Confirmed, reported and on-time rate of an agreement."""
    parts: list[list[tuple[Fraction, Fraction | None]]] = [[], [], []]
    for one in agreement.commitments:
        rows = due.get(one.id, [])
        need = _sum(rows, "promised") - _sum(rows, "confirmed_excused")
        confirmed = _sum(rows, "confirmed")
        weight = Fraction(str(one.clause.get("weight", 1)))
        parts[0].append((weight, ratio(confirmed, need)))
        parts[1].append(
            (
                weight,
                ratio(_sum(rows, "reported"), _sum(rows, "promised") - _sum(rows, "reported_excused")),
            )
        )
        parts[2].append((weight, ratio(confirmed - _sum(rows, "confirmed_late"), need)))
    return [weighted_mean(each) for each in parts]


def _texts(rates: list[list[Fraction | None]]) -> list[str | None]:
    return [rate_text(mean(each)) for each in zip(*rates, strict=True)]


def _line(page: Any) -> list[str | None]:
    return [page[name] for name in ("confirmed_rate", "reported_rate", "on_time_rate")]


def _check(city: City, agreements: list[Agreement], period: str) -> None:
    due = _due(city.world, period, clock.local_day(city.now, "Asia/Shanghai"))
    rates = {one.number: _rates(one, due) for one in agreements}
    whole = city.get(f"/standing?within=999901&period={period}", city.world.regulator)
    groups = {each["key"]: each for each in whole["groups"]}
    assert _line(groups["镇0"]) == _texts([rates["家0"], rates["家2"]])
    assert _line(groups["镇1"]) == _texts([rates["家1"]])
    town = city.get(f"/standing?town=镇0&period={period}", city.world.regulator)
    assert {each["name"]: _line(each) for each in town["groups"]} == {
        name: _texts([rates[name]]) for name in ("家0", "家2")
    }
    chosen = [one for one in agreements if one.number != "家1"]
    for scope, keys in (("institution", {"rounds", "more"}), ("resident", {"bp"})):
        rows = [
            row
            for one in chosen
            for each in one.commitments
            if each.key in keys
            for row in due.get(each.id, [])
        ]
        pooled = [each for each in town["categories"] if each["scope"] == scope]
        assert sum(each["promised"] for each in pooled) == _sum(rows, "promised")
        assert sum(each["reported"] for each in pooled) == _sum(rows, "reported")
        assert len(pooled) == bool(_sum(rows, "promised"))
    assert (period in town["periods"]) == any(rates[one.number][0] is not None for one in chosen)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_the_dashboard_is_what_its_windows_come_to(
    standing_world: World, agreements: list[Agreement]
) -> None:
    """Sums of integers, so one database is enough; the other tests run on both."""
    world = standing_world
    commitments = [one for agreement in agreements for one in agreement.commitments]

    @settings(max_examples=8, deadline=None)
    @given(CHANGES)
    def happens(changes: list[tuple[int, list[Window], int]]) -> None:
        city = City(world, clients=clients, now=datetime(2026, 2, 5, 2, tzinfo=UTC))
        for one in commitments:
            _replace(world, one, [])
        for number, windows, weeks in changes:
            with clock.fixed(city.now):
                _replace(world, commitments[number], windows)
            city.now += timedelta(weeks=weeks)
            city.refresh()
            _check(city, agreements, PAGES[(number + weeks) % len(PAGES)])
        for period in PAGES:
            _check(city, agreements, period)

    # The longest history ends 36 weeks after its first day: who signs in then is signed in all along.
    with clock.fixed(datetime(2026, 10, 16, tzinfo=UTC)):
        clients = {world.regulator: world.client(world.regulator)}
    happens()
