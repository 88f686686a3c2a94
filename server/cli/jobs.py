"""`xunyue jobs`: the worker, and what it has done."""

import json
import logging
import signal
import sys
from typing import Any

import click

from server import clock
from server.app import JOBS
from server.cli.running import running
from server.db import db
from server.jobs.queries import last_drifts, last_runs
from server.jobs.service import run_pending, work_until
from server.web.schemas import instant_text


class _Asked:
    """Whether a signal asked to end. A plain flag: an Event set by a handler can block on its own lock."""

    def __init__(self) -> None:
        self.to_end = False
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, self._note)

    def _note(self, _kind: int, _frame: Any) -> None:
        self.to_end = True


@click.group()
def group() -> None:
    """What runs in the background."""


@group.command()
@click.option("--once", is_flag=True, help="Run what is pending and end; exit 1 when a job failed.")
def run(*, once: bool) -> None:
    """Run the jobs until SIGTERM or Ctrl+C; a run that has begun is finished first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log, asked = logging.getLogger("server.jobs"), _Asked()
    with running() as app:
        if once:
            sys.exit(1 if run_pending(app, JOBS, clock.now()) else 0)
        log.info("worker started: %s", ", ".join(job.name for job in JOBS))
        work_until(app, JOBS, lambda: asked.to_end)
        log.info("worker ended")


@group.command("list")
@click.option("--limit", default=20, show_default=True)
def list_runs(limit: int) -> None:
    """The last runs of the jobs of the day, newest first."""
    with running():
        for each in last_runs(db.session(), limit):
            ended = instant_text(each.finished_at) if each.finished_at else "not finished"
            outcome = f"error: {each.error}" if each.error else json.dumps(each.result, sort_keys=True)
            click.echo(f"{each.job} {each.slot}  {instant_text(each.started_at)}  {ended}  {outcome}")


@group.command()
@click.option("--limit", default=20, show_default=True)
def drift(limit: int) -> None:
    """Windows that the nightly sample found to differ from the engine, newest first."""
    with running():
        for each in last_drifts(db.session(), limit):
            click.echo(
                f"{instant_text(each.found_at)}  commitment {each.commitment_id}  "
                f"subject {each.subject_id or 'all'}  window {each.start}  "
                f"stored {json.dumps(each.stored, sort_keys=True)}  "
                f"computed {json.dumps(each.computed, sort_keys=True)}"
            )
