"""`xunyue accounts`: the first people, before anybody can sign in, and whoever the operator enters."""

from datetime import datetime
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.accounts import queries, service
from server.accounts.models import Account, Clinician
from server.accounts.rules import CATEGORIES
from server.auth.roles import OrganisationKind, Role
from server.cli.running import changing, running
from server.db import db
from server.errors import invalid
from server.organisations.models import Organisation
from server.organisations.service import create_organisation

_DAY = click.DateTime(["%Y-%m-%d"])


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
        regulates = place.kind == OrganisationKind.REGULATOR.value
        roles = (Role.SYSTEM_ADMIN, Role.REGULATOR if regulates else Role.MANAGER)
        grants = tuple((place.id, role) for role in roles)
        service.employ(session, None, service.NewAccount(login, name, password, grants, None), now)
    click.echo(f"{login} administers {organisation}")


@group.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--organisation", required=True, help="Its id, or its name where no other has the same.")
@click.password_option()
def create(login: str, name: str, role: str, organisation: str, password: str) -> None:
    """Somebody with one role in an organisation; prints the account's id."""
    with running() as app, changing(app) as session:
        grants = ((_organisation(session, organisation), Role(role)),)
        new = service.NewAccount(login, name, password, grants, None)
        made = service.employ(session, None, new, clock.now())
    click.echo(made.id)


def _organisation(session: Session, named: str) -> UUID:
    try:
        wanted = Organisation.id == UUID(named)
    except ValueError:
        wanted = Organisation.name == named
    found = session.scalars(select(Organisation.id).where(wanted)).all()
    if len(found) != 1:
        raise invalid("organisation", "several_of_this_name" if found else "no_such_organisation")
    return found[0]


@group.command()
@click.argument("login")
@click.option("--number", required=True, help="The certificate's number.")
@click.option("--category", type=click.Choice(CATEGORIES), required=True)
@click.option("--from", "valid_from", type=_DAY, required=True, help="First day of its validity.")
@click.option("--until", "valid_until", type=_DAY, required=True, help="Last day of its validity.")
def certify(login: str, number: str, category: str, valid_from: datetime, valid_until: datetime) -> None:
    """File a practising certificate of LOGIN: a renewed one beside the old, or a correction in its place."""
    certificate = service.Certificate(number, category, valid_from.date(), valid_until.date())
    with running() as app, changing(app) as session:
        account = queries.account_with_memberships(session, login)
        if account is None:
            raise invalid("login", "no_such_account")
        service.file_certificate(session, None, account, certificate, clock.now())
    click.echo(f"{login} is certified until {certificate.valid_until}")


@group.command("list")
def list_all() -> None:
    """Everybody, a line each: id, login, name, roles with their organisations, certificate."""
    with running():
        now = clock.now()
        accounts = db.session.scalars(queries.accounts_with_memberships()).all()
        certificates = queries.certificates(db.session(), [account.id for account in accounts])
        for account in accounts:
            click.echo(_line(account, certificates.get(account.id), now))


def _line(account: Account, certificate: Clinician | None, now: datetime) -> str:
    held = (row for row in account.memberships if row.held(now))
    roles = ", ".join(f"{row.role} at {row.organisation.name}" for row in held)
    until = f"  certified until {certificate.valid_until}" if certificate else ""
    out = "  disabled" if account.disabled_at else ""
    return f"{account.id}  {account.login}  {account.name}  {roles}{until}{out}"
