"""`xunyue keys`: the server's own keys."""

import os

import click

from server import keys
from server.app import ROOT
from server.settings import SettingsError, from_environment


@click.group()
def group() -> None:
    """Signing and identity keys."""


@group.command()
def create() -> None:
    """Make the key directory; keys that exist are kept."""
    try:
        settings = from_environment(os.environ, ROOT)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    keys.create(settings.keys_dir)
    click.echo(f"keys are in {settings.keys_dir}: back them up apart from the database")
