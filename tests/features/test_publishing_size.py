"""A period of a province is frozen and read without being in memory, by as many statements as a small one."""

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from server import clock
from server.accounts.models import Account
from server.app import settle
from server.auth.roles import OrganisationKind
from server.db import db, writing
from server.demands.events import DemandChanged
from server.demands.models import Demand
from server.events import emit
from server.fulfilment.models import CommitmentWindow
from server.publishing import freezing
from server.publishing.freezing import freeze_step
from server.publishing.models import PublishedPeriod, PublishedWindow
from server.web.application import Application
from tests.factories.client import Client
from tests.factories.statements import statements
from tests.factories.world import NOW, PRESSURE_TWICE, World

GREEN = "green_channel_emergency"
ON_DEMAND: dict[str, Any] = {"kind": "on_demand", "services": [GREEN], "respond_within_minutes": 30}
FEW, MANY = 3_000, 9_000  # each more than a batch that is read
DAY = timedelta(days=1)


def _windows(world: World, month: int, count: int) -> None:
    """So many windows of one commitment that a month of 2026 owns, of ever earlier first days."""
    end = date(2026, month, 28)
    figures: dict[str, Any] = dict.fromkeys((each.name for each in CommitmentWindow.__table__.columns), 1)
    own: dict[str, Any] = {"commitment_id": world.commitment_id("rounds"), "agreement_id": world.agreement.id}
    own |= {"end": end, "deadline": end, "last_chance": None}
    with world.work() as session:
        rows = [{**figures, **own, "start": end - number * DAY} for number in range(count)]
        session.connection().execute(insert(CommitmentWindow), rows)


@contextmanager
def _peak() -> Iterator[Callable[[], int]]:
    """The most bytes of Python objects that there were at once meanwhile."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield lambda: tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def _measured(world: World, work: Callable[[], str]) -> tuple[str, int, int]:
    """What the work returns, the bytes it took at its height, and its statements."""
    with clock.fixed(NOW), statements(world.app) as asked, _peak() as peak:
        found = work()
        return found, peak(), len(asked)


def _publish(world: World, client: Client, period: str) -> str:
    answer = client.post("/published", {"period": period})
    assert answer.status_code == 201, answer.text
    with world.app.app_context():
        while _step(world.app):
            pass
    return str(answer.get_json()["id"])


def _step(app: Application) -> int:
    with writing(db.session()) as session:
        done = freeze_step(session, NOW)
        app.finish()
    return done


def _hash_of_rows(client: Client, published: str) -> str:
    found = hashlib.sha256()
    answer = client.get(f"/published/{published}/rows")
    for piece in answer.iter_encoded():
        found.update(piece)
    return found.hexdigest()


def test_neither_memory_nor_statements_grow_with_the_rows(world: World) -> None:
    _windows(world, 3, FEW)
    _windows(world, 4, MANY)
    client = world.client(world.regulator)
    _measured(world, lambda: client.get("/published").text)  # what is made once is made
    small, small_peak, small_asked = _measured(world, partial(_publish, world, client, "2026-03"))
    large, large_peak, large_asked = _measured(world, partial(_publish, world, client, "2026-04"))
    assert large_asked == small_asked < 60
    assert large_peak < 1.5 * small_peak
    _, small_peak, small_asked = _measured(world, partial(_hash_of_rows, client, small))
    digest, large_peak, large_asked = _measured(world, partial(_hash_of_rows, client, large))
    assert large_asked == small_asked < 10
    assert large_peak < 1.5 * small_peak
    (period,) = world.rows(select(PublishedPeriod).where(PublishedPeriod.period == "2026-04"))
    assert digest == period.digest
    with world.work() as session:
        rows = PublishedWindow.published_id == period.id
        count, promised = session.execute(
            select(func.count(), func.sum(PublishedWindow.promised)).where(rows)
        ).one()
    assert count > MANY
    assert period.headline["categories"][0]["promised"] == promised


def test_agreements_come_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.fixed(NOW):
        for number in range(4):
            world.agree(number=f"多-{number}")
        _publish(world, world.client(world.regulator), "2026-03")
        monkeypatch.setattr(freezing, "AGREEMENTS", 2)
        _publish(world, world.client(world.regulator), "2026-04")
    found = world.rows(select(PublishedPeriod))
    assert [(each.headline["agreements"], each.headline["rated"]) for each in found] == [(5, 5), (5, 5)]


def test_a_page_asks_as_many_queries_whatever_changed(world: World) -> None:
    """One agreement that changed, and ten between other parties too."""
    client = world.client(world.regulator)
    with clock.fixed(NOW):
        world.agree(number="急", clauses=[("green", ON_DEMAND, 1)])
        published = _publish(world, client, "2026-03")
        _change(world)
        few = _asked_by(world, client, published)
        for number in range(3):
            world.agree(number=f"多-{number}", clauses=[("bp", PRESSURE_TWICE, 2), ("green", ON_DEMAND, 1)])
            world.agree(home=world.organisation(OrganisationKind.CARE, f"另-{number}"), number=f"另-{number}")
        _change(world)
        many = _asked_by(world, client, published)
        page = client.json(f"/published/{published}")
    assert [each["changed"] for each in page["agreements"]] == [True] * 8
    assert len(page["adjustments"]) > 20
    assert many == few < 20


def _change(world: World) -> None:
    """A visit and a request of March that the server learns of now, and the worker's part after it."""
    at = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    with clock.fixed(at):
        world.visit(at=at, readings=[world.ada])
    with clock.fixed(NOW), world.work() as session:
        by = session.scalars(select(Account.id).where(Account.login == world.staff)).one()
        parties = {"institution_id": world.home.id, "medical_id": world.hospital.id}
        session.add(Demand(service=GREEN, **parties, asked_at=at, asked_by_id=by))
        emit(session, DemandChanged(world.home.id, world.hospital.id, GREEN))
    with clock.fixed(NOW), world.app.app_context():
        settle(world.app)


def _asked_by(world: World, client: Client, published: str) -> int:
    with statements(world.app) as asked:
        client.json(f"/published/{published}")
    return len(asked)
