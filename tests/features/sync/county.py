"""What tests of the phone's door look at, and change behind its back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import Account, MembershipRow
from server.agreements.models import Agreement
from server.agreements.service import move_agreement
from server.auth.roles import OrganisationKind
from server.db import Base, begin_write, db
from server.organisations.models import Organisation
from server.sync.models import Device
from tests.factories.world import World


def counts(world: World) -> dict[str, int]:
    """The number of rows in every table, but for what is noted of the phones themselves."""
    with world.app.app_context():
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table is not Device.__table__
        }


@contextmanager
def working(world: World) -> Iterator[Session]:
    """As `world.work`, opened as a writer's: beside other connections a reader could not become one."""
    with world.app.app_context():
        begin_write(db.session())
        yield db.session()
        world.app.finish()


def served_home(world: World, name: str, **agreement: Any) -> Organisation:
    """One more home that the hospital serves."""
    home = world.organisation(OrganisationKind.CARE, name, latitude=30.3, longitude=120.2)
    world.agree(world.hospital, home, number=f"签-{name}", **agreement)
    return home


def terminate(world: World, agreement: Agreement, on: date, now: datetime) -> None:
    with working(world) as session:
        move_agreement(session, None, session.get_one(Agreement, agreement.id), "terminate", on, now)


def end_membership(world: World, login: str, organisation_id: UUID, at: datetime) -> None:
    with working(world) as session:
        row = session.scalars(
            select(MembershipRow)
            .join(Account)
            .where(Account.login == login, MembershipRow.organisation_id == organisation_id)
        ).one()
        row.ended_at = at
