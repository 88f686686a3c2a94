"""The number of queries of a page does not grow with what is on it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from server import clock
from server.auth.roles import OrganisationKind
from server.rollups.service import refresh_stale
from tests.factories.statements import statements
from tests.factories.world import PRESSURE_TWICE, WEEKLY_ROUND, World


def _queries(world: World, path: str, login: str) -> int:
    client = world.client(login)
    with clock.fixed(world.now + timedelta(hours=2)), statements(world.app) as asked:
        client.json(path)
    return len(asked)


def _more_agreements(world: World) -> None:
    for number in range(4):
        world.agree(number=f"更多-{number}", clauses=[(f"k{n}", WEEKLY_ROUND, 1) for n in range(3)])


def _more_homes(world: World) -> None:
    """In two towns, with rows for the dashboard."""
    for number in range(6):
        home = world.organisation(OrganisationKind.CARE, f"又一家{number}", town=f"镇{number % 2}")
        world.agree(home=home, number=f"又-{number}", clauses=[("bp", PRESSURE_TWICE, 2)])
    with world.work() as session:
        assert refresh_stale(session, world.now) >= 6


def _more_residents(world: World) -> None:
    residents = [world.resident(name=f"王{number}", bed=f"30{number}-1") for number in range(8)]
    world.visit(readings=residents)


@pytest.mark.parametrize(
    ("page", "login", "grow"),
    [
        ("/agreements", "manager", _more_agreements),
        ("/agreements/{agreement}", "manager", _more_residents),
        ("/agreements/{agreement}?as_of=2026-05-01", "manager", _more_residents),
        ("/at-risk", "manager", _more_agreements),
        ("/at-risk?by=clinician", "doctor", _more_agreements),
        ("/commitments/{bp}/windows", "manager", _more_residents),
        ("/commitments/{bp}/windows/2026-04-01?as_of=2026-05-01", "manager", _more_residents),
        (
            "/commitments/{bp}/windows/2026-04-01",
            "manager",
            _more_residents,
        ),
        ("/standing", "manager", _more_homes),
        ("/standing", "regulator", _more_homes),
        ("/sync", "doctor", _more_residents),
        ("/sync", "staff", _more_residents),
        ("/sync", "doctor", _more_homes),
    ],
)
def test_more_rows_are_not_more_queries(
    world: World, page: str, login: str, grow: Callable[[World], None]
) -> None:
    with clock.fixed(world.now):
        world.visit(readings=[world.ada])
        path = page.format(agreement=world.agreement.id, bp=world.commitment_id("bp"))
        few = _queries(world, path, login)
        grow(world)
        many = _queries(world, path, login)
    assert few > 0
    assert many == few


def test_a_phone_that_holds_many_homes_asks_no_more_the_next_morning(world: World) -> None:
    """Windows have come near in each of them, and something is new in each since another revision."""
    client = world.client("doctor")
    counts = []
    for grow in (lambda _: None, _more_homes):
        with clock.fixed(world.now):
            grow(world)
            world.visit(readings=[world.ada])
            cursor = client.json("/sync")["cursor"]
        with clock.fixed(world.now + timedelta(days=1)), statements(world.app) as asked:
            assert client.json(f"/sync?cursor={cursor}")["more"] is False
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_longer_batch_is_not_more_queries(world: World) -> None:
    """A round of two and a round of eight: the same reads; rows are written in bulk."""
    with clock.fixed(world.now):
        residents = [world.resident(name=f"王{number}", bed=f"30{number}-1") for number in range(8)]
        counts = []
        for chosen in (residents[:2], residents):
            phone = world.phone(world.doctor)
            phone.check_in(world.home, world.poster)
            for resident in chosen:
                phone.record("blood_pressure", resident, {"sbp": 138, "dbp": 82})
            with statements(world.app) as asked:
                phone.sync()
            counts.append(sum(statement.startswith("SELECT") for statement in asked))
    assert counts[0] == counts[1]
