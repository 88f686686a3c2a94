"""One county for all tests of a module: what each of them does is rolled back to a savepoint.

Signing in takes longer than most of the tests. `real_world` is for tests that must commit in earnest; they
share it, so they look only at what they made themselves.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.applications import Applications, undone_after
from tests.factories.world import World


@pytest.fixture(scope="module")
def county(applications: Applications) -> Iterator[tuple[World, Connection]]:
    """A world in an outer transaction, and the connection that all sessions of the application share."""
    shared = applications.shared_county
    with undone_after(shared.app) as connection:
        yield shared.on(shared.app), connection


@pytest.fixture
def world(county: tuple[World, Connection]) -> Iterator[World]:
    made, connection = county
    savepoint = connection.begin_nested()
    yield made
    savepoint.rollback()


@pytest.fixture(scope="module")
def real_world(applications: Applications) -> Iterator[World]:
    """A county on a database of the module's own, where every request commits for all others to see."""
    with applications.own_county() as world:
        yield world
