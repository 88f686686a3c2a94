"""Running a command inside the application, with its one commit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from server.app import ROOT, build
from server.db import db, writing
from server.errors import Refusal
from server.keys import KeysError
from server.settings import SettingsError, from_environment
from server.web.application import Application


@contextmanager
def running() -> Iterator[Application]:
    """The application as the environment describes it; a bad environment is a message, not a traceback."""
    try:
        app = build(from_environment(os.environ, ROOT))
    except (SettingsError, KeysError) as error:
        raise click.ClickException(str(error)) from error
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@contextmanager
def changing(app: Application) -> Iterator[Session]:
    """Work that is finished as a request is: effects, then one commit. A refusal is a message."""
    with refusals_told(), writing(db.session()) as session:
        yield session
        app.finish()


@contextmanager
def refusals_told() -> Iterator[None]:
    """A refusal ends the command with its code and fields as the message."""
    try:
        yield
    except Refusal as refusal:
        named = ", ".join(f"{field.path}: {field.code}" for field in refusal.fields)
        raise click.ClickException(f"{refusal.code}{f' ({named})' if named else ''}") from refusal
