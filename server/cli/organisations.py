"""`xunyue organisations`: places, as the operator enters them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind
from server.cli.running import changing, running
from server.db import db
from server.organisations.models import Organisation
from server.organisations.rules import uscc_warning
from server.organisations.schemas import RegionSchema
from server.organisations.service import create_organisation, name_regions
from server.web.schemas import flat_errors


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


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def regions(file: Path) -> None:
    """Names of GB/T 2260 codes from FILE, which pages show for them. Saying them again changes nothing.

    FILE is CSV with the columns code, name_zh and name_en (in UTF-8), or a JSON list of such objects.
    """
    named = _read_regions(file)
    with running() as app, changing(app) as session:
        changed = name_regions(session, named)
    click.echo(f"{len(named)} regions, {changed} new or changed")


def _read_regions(file: Path) -> Sequence[dict[str, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")  # Excel begins its CSV with a mark
        rows: Any = json.loads(text) if file.suffix.lower() == ".json" else _csv_rows(text)
        read: list[dict[str, str]] = RegionSchema(many=True).load(rows)
    except ValidationError as error:
        wrong = [f"{file}: {field.path}: {field.code}" for field in flat_errors(error.messages)]
        raise click.ClickException("\n".join(wrong)) from error
    except (ValueError, csv.Error) as error:  # also what is not UTF-8
        raise click.ClickException(f"{file}: neither CSV nor JSON in UTF-8") from error
    return read


def _csv_rows(text: str) -> list[dict[str, str]]:
    """What a row has beyond the columns is kept under a name, to be refused as a field that is not known."""
    return [dict(row) for row in csv.DictReader(text.splitlines(), restkey="beyond", restval="", strict=True)]
