"""`xunyue db`: the schema."""

import click
import flask_migrate

from server.cli.running import running


@click.group()
def group() -> None:
    """The database's schema."""


@group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database up to date (or to REVISION)."""
    with running():
        flask_migrate.upgrade(revision=revision)


@group.command()
@click.argument("revision", default="-1")
def downgrade(revision: str) -> None:
    """Take the database one step back (or to REVISION)."""
    with running():
        flask_migrate.downgrade(revision=revision)


@group.command()
@click.argument("slug")
def revise(slug: str) -> None:
    """Write a migration for what the models say and the database lacks."""
    with running():
        flask_migrate.migrate(message=slug)


@group.command()
def check() -> None:
    """Fail when the models say something the migrations do not."""
    with running():
        flask_migrate.check()
