"""`xunyue accounts`: the first people, before anybody can sign in."""

import click
from sqlalchemy import select

from server import clock
from server.accounts.service import create_account, grant
from server.auth.roles import OrganisationKind, Role
from server.cli.running import changing, running
from server.organisations.models import Organisation
from server.organisations.service import create_organisation


@click.group()
def group() -> None:
    """People and their roles."""


@group.command("create-admin")
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--organisation", required=True, help="The regulator or institution they administer; made if missing."
)
@click.option("--kind", type=click.Choice([kind.value for kind in OrganisationKind]), default="regulator")
@click.option("--region", required=True, help="Six-digit GB/T 2260 code of the organisation.")
@click.password_option()
def create_admin(login: str, name: str, organisation: str, kind: str, region: str, password: str) -> None:
    """The first administrator, with the organisation they belong to."""
    now = clock.now()
    with running() as app, changing(app) as session:
        place = session.scalar(select(Organisation).where(Organisation.name == organisation))
        if place is None:
            place = create_organisation(session, None, OrganisationKind(kind), organisation, region, now)
        account = create_account(session, None, login, name, password, now)
        grant(session, None, account, place.id, Role.SYSTEM_ADMIN, now)
        grant(session, None, account, place.id, Role.MANAGER, now)
    click.echo(f"{login} administers {organisation}")
