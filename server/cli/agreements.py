"""`xunyue agreements`: agreements written by the operator, in the shape that the interface takes."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from server import clock
from server.agreements.api import new_agreement
from server.agreements.models import Agreement
from server.agreements.schemas import NewAgreementSchema
from server.agreements.service import draft_agreement, move_agreement
from server.app import settle
from server.cli.running import changing, refusals_told, running
from server.fulfilment.preview import promised_by_draft
from server.web.schemas import flat_errors


@click.group()
def group() -> None:
    """Agreements between institutions."""


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--signed-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Sign and activate it too, as of this day; without, it stays a draft.",
)
def create(file: Path, signed_on: datetime | None) -> None:
    """Make the agreement that FILE describes: the JSON body of POST /api/v1/agreements."""
    payload, now = _read(file), clock.now()
    with running() as app:
        with changing(app) as session:
            made = draft_agreement(session, None, new_agreement(payload), now)
            if signed_on:
                _put_in_force(session, made, signed_on.date(), now)
            made_id, state = made.id, made.state
        settle(app)
    click.echo(f"{made_id} {state}")


@group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def preview(file: Path) -> None:
    """Say what each commitment of FILE would promise by year, and its plain reading where that differs."""
    with refusals_told():
        found = promised_by_draft(new_agreement(_read(file)))
    for commitment, promised, surprised in found:
        years = ", ".join(f"{year}: {count}" for year, count in promised.years.items())
        plain = f"; plainly read {surprised.plain}" if surprised else ""
        click.echo(f"{commitment.key}: {promised.total} ({years}){plain}")


def _put_in_force(session: Session, agreement: Agreement, signed_on: date, now: datetime) -> None:
    move_agreement(session, None, agreement, "sign", signed_on, now)
    move_agreement(session, None, agreement, "activate", agreement.starts, now)


def _read(file: Path) -> dict[str, Any]:
    try:
        payload: dict[str, Any] = NewAgreementSchema().load(json.loads(file.read_bytes()))
    except ValidationError as error:
        wrong = [f"{file}: {field.path}: {field.code}" for field in flat_errors(error.messages)]
        raise click.ClickException("\n".join(wrong)) from error
    except ValueError as error:  # also what is not UTF-8
        raise click.ClickException(f"{file}: not JSON") from error
    return payload
