"""`xunyue fulfilment`: the engine alone, and the obligations kept with it."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from server import clock
from server.app import settle
from server.cli.running import running
from server.db import db
from server.errors import NotFound
from server.fulfilment import rebuild as rebuilding
from server.fulfilment.rebuild import Difference, Progress
from server.fulfilment.rules.evaluate import evaluate as evaluate_scenario
from server.fulfilment.rules.printing import result_line
from server.fulfilment.rules.reading import ScenarioError
from server.fulfilment.rules.scenario import read_scenario
from server.rollups import rebuild as checking
from server.rollups.rebuild import Untrue


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


@group.command()
@click.option("--check", is_flag=True, help="Write nothing; print every difference, and exit 1 for any.")
@click.option(
    "--agreement", "agreements", multiple=True, type=click.UUID, help="Only this one (may be repeated)."
)
def rebuild(check: bool, agreements: tuple[UUID, ...]) -> None:
    """Count all obligations and the sums above them again, and mend what differs.

    One transaction per agreement: it may be interrupted and run again at any time.
    """
    with running() as app:
        session, now = db.session(), clock.now()
        work = rebuilding.check if check else rebuilding.rebuild
        meter = _Meter()
        try:
            for progress in work(session, set(agreements) or None, now):
                if check:
                    session.rollback()
                    _print_differences(progress.differences)
                else:
                    app.finish()
                meter.show(progress)
            if check:
                meter.untrue = _print_untrue(checking.check(session, set(agreements) or None, now))
                session.rollback()
            else:
                settle(app)
        except NotFound as error:
            raise click.UsageError("no such agreement, or it is not in force yet") from error
        finally:
            session.rollback()
    click.echo(meter.total("differ" if check else "mended"))
    if check and (meter.differences or meter.untrue):
        sys.exit(1)


class _Meter:
    """What has been done so far, said on standard error about once a second."""

    def __init__(self) -> None:
        self.began = self.said = clock.now()
        self.agreements = self.records = self.waiting = self.differences = self.untrue = 0

    def show(self, progress: Progress) -> None:
        now = clock.now()
        self.agreements += 1
        self.records += progress.records
        self.waiting += progress.waiting
        self.differences += progress.different
        if now - self.said >= timedelta(seconds=1) or progress.done == progress.of:
            self.said = now
            click.echo(f"{progress.done}/{progress.of} agreements, {self._speed(now)}", err=True)

    def _speed(self, now: datetime) -> str:
        seconds = (now - self.began).total_seconds()
        pace = f", {self.records / seconds:,.0f} records/s" if seconds > 0 else ""
        return f"{self.records:,} records{pace}"

    def total(self, verb: str) -> str:
        waiting = f", {self.waiting} streams wait for their recount" if self.waiting else ""
        untrue = f", {self.untrue} roll-ups differ" if self.untrue else ""
        return f"{self.agreements} agreements, {self.differences} windows {verb}{untrue}{waiting}"


def _print_differences(differences: Iterable[Difference]) -> None:
    for each in differences:
        subject = each.subject_id or "sum"
        click.echo(
            f"commitment {each.commitment_id} subject {subject} window {each.start}: "
            f"stored {_values(each.stored)}; computed {_values(each.computed)}"
        )


def _print_untrue(found: Sequence[Untrue]) -> int:
    """How many roll-ups differ."""
    for each in found:
        of = f"agreement {each.agreement_id}" if each.agreement_id else f"region {each.region}"
        click.echo(
            f"{of} {each.table} {each.period}: stored {_rows(each.stored)}; computed {_rows(each.computed)}"
        )
    return len(found)


def _rows(rows: Iterable[dict[str, Any]]) -> str:
    return " | ".join(map(_values, rows)) or "nothing"


def _values(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items()) or "nothing"


@group.command()
def drain() -> None:
    """Recount all streams that wait for it and make the roll-ups above them, as the worker does."""
    with running() as app:
        click.echo(f"{settle(app)} streams recounted")
