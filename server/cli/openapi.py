"""`xunyue openapi`: the interface, as generated from the routes and their shapes."""

import json
from pathlib import Path

import click
from flask_smorest import Api

from server.cli.running import running


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Write the OpenAPI document to FILE."""
    with running() as app:
        api: Api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
        file.write_text(json.dumps(api.spec.to_dict(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
