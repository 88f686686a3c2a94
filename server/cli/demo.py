"""`xunyue demo`: the fictional county."""

import click

from server.cli.running import running
from server.db import db
from server.demo import county, service


@click.group()
def group() -> None:
    """The demo county (area code 999901, which does not exist)."""


@group.command()
@click.option("--seed", default=1, show_default=True, help="Another seed makes another county.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there are accounts already.")
def create(seed: int, if_empty: bool) -> None:
    """Make the county with half a year of rounds up to yesterday. Only in an empty database."""
    with running() as app:
        if app.settings.production:
            raise click.ClickException("the demo county is not for production: its passwords are public")
        empty = service.is_empty(db.session())
        db.session.rollback()
        if not empty:
            if if_empty:
                return
            raise click.ClickException("the database is not empty")
        click.echo("Making the demo county, with half a year of rounds (about a minute):", err=True)
        service.create(app, seed, tell=lambda step: click.echo(f"  {step}", err=True))


@group.command("sign-ins")
def sign_ins() -> None:
    """Who can sign in to the demo county."""
    places = {place.key: place.name for place in county.PLACES}
    click.echo(f"Demo sign-ins (password: {county.PASSWORD})")
    for person in county.PEOPLE:
        click.echo(f"  {person.login:<10} {person.name}  {person.role.value:<11} {places[person.place]}")
