"""What the database keeps of figures, and whether all of it is true."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from server.db import begin_write, db
from server.fulfilment import rebuild, service
from server.fulfilment.models import FIGURES, CommitmentWindow, Obligation, StaleStream, exists
from tests.factories.world import World


def drained(world: World) -> int:
    """Drain as the worker does; how many streams."""
    total = 0
    while True:
        with world.app.app_context():
            begin_write(db.session())
            done = service.drain(db.session(), world.now, limit=60)
            world.app.finish()
        if not done:
            return total
        total += done


def _sums_by_hand(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What the sums should be, added up row by row."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in world.rows(select(Obligation).where(exists()).options(selectinload(Obligation.commitment))):
        counters = ("subjects", *FIGURES, "met", "excused", "some", "none", "owed", "owing")
        key = (row.commitment_id, row.start, row.end)
        sums = found.setdefault(key, {**dict.fromkeys(counters, 0), "last_chance": None})
        need = row.promised - row.confirmed_excused
        status = "met" if row.confirmed >= need else "some" if row.confirmed else "none"
        if row.promised and not need and not row.confirmed:
            status = "excused"
        for name in FIGURES:
            sums[name] += getattr(row, name)
        sums["subjects"] += 1
        sums[status] += 1
        if row.need:
            sums["owed"] += row.need
            sums["owing"] += 1
            gap = max(row.commitment.clause.get("min_gap_days", 0), 1)
            chance = row.deadline - timedelta(days=(row.need - 1) * gap)
            sums["last_chance"] = min(chance, sums["last_chance"] or chance)
    return found


def sums_kept(world: World) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {
        (row.commitment_id, row.start, row.end): {
            name: getattr(row, name)
            for name in (
                *("subjects", *FIGURES, "met", "excused", "some", "none", "owed", "owing"),
                "last_chance",
            )
        }
        for row in world.rows(select(CommitmentWindow))
    }


def check(world: World) -> None:
    """Nothing waits, the engine agrees with every row, and every sum is the sum."""
    assert world.rows(select(StaleStream)) == []
    assert sums_kept(world) == _sums_by_hand(world)
    with world.app.app_context():
        found = [one.differences for one in rebuild.check(db.session(), None, world.now)]
        db.session.rollback()
    assert [each for differences in found for each in differences] == []
