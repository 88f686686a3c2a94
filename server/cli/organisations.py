"""`xunyue organisations`: places, as the operator enters them."""

import click
from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind
from server.cli.running import changing, running
from server.db import db
from server.organisations.models import Organisation
from server.organisations.rules import uscc_warning
from server.organisations.service import create_organisation


@click.group()
def group() -> None:
    """Institutions and regulators."""


@group.command()
@click.argument("name")
@click.option("--kind", type=click.Choice([kind.value for kind in OrganisationKind]), required=True)
@click.option("--region", required=True, help="Six-digit GB/T 2260 code.")
@click.option("--town", default="")
@click.option("--address", default="")
@click.option("--uscc", help="Unified social credit code; a doubtful one is kept with a warning.")
def create(name: str, kind: str, region: str, town: str, address: str, uscc: str | None) -> None:
    """An organisation called NAME; prints its id. Its managers say where it is."""
    with running() as app, changing(app) as session:
        made = create_organisation(
            session,
            None,
            OrganisationKind(kind),
            name,
            region,
            clock.now(),
            town=town,
            address=address,
            uscc=uscc,
        )
    if uscc and (warning := uscc_warning(uscc)):
        click.echo(f"uscc: {warning}", err=True)
    click.echo(made.id)


@group.command("list")
def list_all() -> None:
    """Every organisation, a line each: id, kind, region, name."""
    with running():
        for row in db.session.scalars(select(Organisation).order_by(Organisation.kind, Organisation.name)):
            click.echo(f"{row.id}  {row.kind:<9}  {row.region}  {row.name}")
