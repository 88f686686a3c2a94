"""`xunyue clinical`: named policies, and what a county puts in the place of their targets."""

from datetime import datetime
from uuid import UUID

import click
from sqlalchemy import select

from server import clock
from server.cli.running import changing, running
from server.clinical.models import CountyTarget
from server.clinical.policies import policies
from server.clinical.service import set_target
from server.db import db
from server.followups.service import recount_next
from server.rounds.assessing import assess_missing


@click.group()
def group() -> None:
    """Thresholds by which measurements are judged."""


@group.command("policies")
def list_policies() -> None:
    """Every policy and what a county may change of it, a line each: policy, target, value, bounds."""
    for policy in policies():
        for name, target in policy["targets"].items():
            bounds = f"{target['min']}-{target['max']}"
            click.echo(f"{policy['code']}  {name:<16}  {target['value']!s:>5}  {bounds}")


@group.command("set-target")
@click.option("--region", required=True, help="Six-digit GB/T 2260 code of the county.")
@click.option("--policy", required=True, help="Such as cn-bp-2017.")
@click.option("--target", required=True, help="Such as older_sbp_below.")
@click.option("--from", "starts", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day.")
@click.option("--value", help="The number below which is controlled; left out with --own.")
@click.option("--own", is_flag=True, help="The policy's own value again.")
def set_one(region: str, policy: str, target: str, starts: datetime, value: str | None, own: bool) -> None:
    """A county's own target from a day on. It goes into the trail and to the phones of the county."""
    if own == (value is not None):
        raise click.UsageError("give either --value or --own")
    with running() as app, changing(app) as session:
        set_target(session, region, policy, target, starts.date(), value, clock.now())
    click.echo(f"{region}  {policy}  {target}  {value or 'own'}  from {starts.date()}")


@group.command("targets")
def list_targets() -> None:
    """What counties set, a line each: county, policy, target, value, first day."""
    order = (CountyTarget.region, CountyTarget.policy, CountyTarget.target, CountyTarget.starts)
    with running():
        for row in db.session.scalars(select(CountyTarget).order_by(*order)):
            click.echo(f"{row.region}  {row.policy}  {row.target}  {row.value or 'own'}  from {row.starts}")


@group.command("assess")
def assess() -> None:
    """Say what records meant that were stored before that was kept, by the policy of their day.

    What has an assessment keeps it: run again, it does nothing. It may be stopped and run again.
    """
    done, last = 0, UUID(int=0)
    with running() as app:
        while True:
            with changing(app) as session:
                step = assess_missing(session, last, clock.now())
            if step.last is None:
                break
            done, last = done + step.assessed, step.last
            click.echo(f"{done} ...", err=True)
    click.echo(f"{done} records assessed")


@group.command("follow-ups")
def follow_ups() -> None:
    """Count anew who is to be seen again, from the records as they are.

    Run again, it changes nothing. It may be stopped and run again.
    """
    last: UUID | None = UUID(int=0)
    with running() as app:
        while last is not None:
            with changing(app) as session:
                last = recount_next(session, last)
    click.echo("follow-ups counted")
