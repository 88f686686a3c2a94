"""`xunyue publishing`: whether what was published is still what was published."""

import sys
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.cli.running import running
from server.db import db
from server.publishing.models import PublishedPeriod, State
from server.publishing.queries import frozen_rows, heading
from server.publishing.rules import canonical, digest


@click.group()
def group() -> None:
    """Published periods."""


@group.command()
@click.argument("published_id", metavar="[ID]", required=False, type=click.UUID)
def verify(published_id: UUID | None) -> None:
    """Hash the stored rows again, of the period ID or of all; exit 1 where a digest is another one."""
    with running():
        session = db.session()
        done = PublishedPeriod.state == State.PUBLISHED
        statement = select(PublishedPeriod).where(done).order_by(PublishedPeriod.published_at)
        if published_id:
            statement = statement.where(PublishedPeriod.id == published_id)
        periods = session.scalars(statement).all()
        if published_id and not periods:
            raise click.ClickException("no such published period")
        sound = [_verify(session, period) for period in periods]
    if not all(sound):
        sys.exit(1)


def _verify(session: Session, period: PublishedPeriod) -> bool:
    found = digest(canonical(heading(period), frozen_rows(session, period)))
    sound = found == period.digest
    click.echo(f"{period.id} {period.region} {period.period} {period.digest} {'ok' if sound else 'CHANGED'}")
    return sound
