"""`xunyue fulfilment`: the engine alone, and the obligations kept with it."""

import sys
from pathlib import Path

import click

from server.fulfilment.rules.evaluate import evaluate as evaluate_scenario
from server.fulfilment.rules.printing import result_line
from server.fulfilment.rules.reading import ScenarioError
from server.fulfilment.rules.scenario import read_scenario


@click.group()
def group() -> None:
    """Fulfilment of agreements."""


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def evaluate(files: tuple[Path, ...]) -> None:
    """Evaluate scenario FILES: one JSON object each, a line each, in order. Needs no database.

    Exit 2 when a file is malformed: it prints nothing for it, and on standard error the file, the path of the
    field and the reason.
    """
    failed = False
    for file in files:
        try:
            click.echo(result_line(evaluate_scenario(read_scenario(file.read_bytes()))))
        except ScenarioError as error:
            click.echo(f"{file}: {error.path}: {error.reason}", err=True)
            failed = True
        except OSError as error:
            click.echo(f"{file}: $: {error.strerror}", err=True)
            failed = True
    if failed:
        sys.exit(2)
