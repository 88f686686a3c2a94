"""Memberships of before they had a beginning get one, and lose a second period on the way back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from server.accounts.models import Account, MembershipRow
from server.app import build
from server.audit.models import AuditEntry
from server.audit.tags import Tag
from server.auth.roles import Role
from server.db import db
from tests.conftest import settings_for
from tests.factories.world import World
from tests.features.sync.county import end_membership
from tests.migrations.test_migrations import _db, operator

__all__ = ["operator"]
BEFORE, AFTER = "3e8d51c0a7f2", "b6f02d9ac715"
DAY = timedelta(days=1)


def _leave(world: World) -> None:
    with world.app.app_context():
        db.engine.dispose()


@pytest.mark.usefixtures("operator")
def test_the_trail_says_when_and_else_the_account(fresh_database_url: str, tmp_path: Path) -> None:
    _db("upgrade")
    world = World(build(settings_for(fresh_database_url, tmp_path)))
    created = datetime(2025, 3, 4, 5, 6, 7, 891000, tzinfo=UTC)
    end_membership(world, world.doctor, world.hospital.id, world.now + DAY)
    world.grant(world.doctor, world.hospital, Role.CLINICIAN, at=world.now + 2 * DAY)
    world.grant(world.doctor, world.other["hospital"], Role.CLINICIAN, at=world.now + 3 * DAY)
    with world.work() as session:
        staff = session.scalars(select(Account).where(Account.login == world.staff)).one()
        granted = AuditEntry.tag == Tag.MEMBERSHIP_GRANTED
        session.execute(delete(AuditEntry).where(granted, AuditEntry.subject_id == staff.id))
        session.execute(update(Account).where(Account.id == staff.id).values(created_at=created))
    _leave(world)
    _db("downgrade", BEFORE)
    _db("upgrade", AFTER)
    rows = select(MembershipRow).join(Account).order_by(MembershipRow.began_at)
    own = world.rows(rows.where(Account.login == world.doctor))
    assert [(row.organisation_id, row.began_at, row.ended_at) for row in own] == [
        (world.hospital.id, world.now, None),
        (world.other["hospital"].id, world.now + 3 * DAY, None),
    ]
    (staffs,) = world.rows(rows.where(Account.login == world.staff))
    assert staffs.began_at == created
    _leave(world)
