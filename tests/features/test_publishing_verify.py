"""`xunyue publishing verify`: tampering with what was published is found."""

from datetime import date
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Update, select, update

from server import clock
from server.app import settle
from server.cli import main
from server.publishing.models import PublishedPeriod, PublishedWindow
from tests.factories.world import NOW, World


@pytest.fixture
def world(real_world: World) -> World:
    """A county that a command sees, with January and February published."""
    with clock.fixed(NOW):
        client = real_world.client(real_world.regulator)
        for period in ("2026-01", "2026-02"):
            assert client.post("/published", {"period": period}).status_code == 201
        with real_world.app.app_context():
            settle(real_world.app)
    return real_world


def _verify(world: World, *named: str) -> Result:
    settings = world.app.settings
    env = {"DATABASE_URL": settings.database_url, "XUNYUE_KEYS": str(settings.keys_dir)}
    return CliRunner().invoke(main, ["publishing", "verify", *named], env=env)


def _verdicts(result: Result) -> list[tuple[str, str]]:
    return sorted((line.split()[2], line.split()[-1]) for line in result.stdout.splitlines())


def _period(world: World, key: str) -> PublishedPeriod:
    (found,) = world.rows(select(PublishedPeriod).where(PublishedPeriod.period == key))
    return cast(PublishedPeriod, found)


def _tamperings(january: PublishedPeriod) -> list[Update]:
    rows = update(PublishedWindow).where(
        PublishedWindow.published_id == january.id, PublishedWindow.start == date(2026, 1, 5)
    )
    heads = update(PublishedPeriod).where(PublishedPeriod.id == january.id)
    better: dict[str, Any] = {**january.headline, "confirmed_rate": "0.9999"}
    return [
        rows.values(confirmed=PublishedWindow.confirmed + 1),
        rows.values(deadline=date(2026, 6, 1)),
        heads.values(headline=better),
        heads.values(as_of=date(2026, 5, 13)),
    ]


def test_sound_periods_verify_and_tampered_ones_do_not(world: World) -> None:
    sound = _verify(world)
    assert (sound.exit_code, _verdicts(sound)) == (0, [("2026-01", "ok"), ("2026-02", "ok")])
    january = _period(world, "2026-01")
    for tampering in _tamperings(january):
        with world.work() as session:
            session.execute(tampering)
        found = _verify(world)
        assert (found.exit_code, _verdicts(found)) == (1, [("2026-01", "CHANGED"), ("2026-02", "ok")])
        assert _verify(world, str(january.id)).exit_code == 1
        assert _verify(world, str(_period(world, "2026-02").id)).exit_code == 0
        _undo(world, january)
    assert _verify(world).exit_code == 0
    assert _verify(world, str(world.home.id)).exit_code == 1


def _undo(world: World, january: PublishedPeriod) -> None:
    with world.work() as session:
        session.execute(
            update(PublishedWindow)
            .where(PublishedWindow.published_id == january.id, PublishedWindow.start == date(2026, 1, 5))
            .values(confirmed=0, deadline=PublishedWindow.end)
        )
        head = {"headline": january.headline, "as_of": january.as_of}
        session.execute(update(PublishedPeriod).where(PublishedPeriod.id == january.id).values(**head))
