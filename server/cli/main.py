"""`xunyue`: the groups of commands, and the options they share."""

from datetime import UTC, datetime
from typing import Any

import click

from server import clock
from server.cli import (
    accounts,
    agreements,
    audit,
    clinical,
    database,
    demo,
    fulfilment,
    jobs,
    keys,
    openapi,
    organisations,
    publishing,
)


class _Moment(click.ParamType[datetime]):
    name = "ISO time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not an ISO 8601 time", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group()
@click.option("--now", type=_Moment(), help="Act as if it were this moment (ISO 8601; UTC without a zone).")
@click.pass_context
def main(context: click.Context, now: datetime | None) -> None:
    """Xunyue 巡约: whether promised medical care is really delivered."""
    if now:
        context.with_resource(clock.fixed(now))


main.add_command(database.group, "db")
main.add_command(keys.group, "keys")
main.add_command(organisations.group, "organisations")
main.add_command(accounts.group, "accounts")
main.add_command(agreements.group, "agreements")
main.add_command(fulfilment.group, "fulfilment")
main.add_command(clinical.group, "clinical")
main.add_command(publishing.group, "publishing")
main.add_command(audit.group, "audit")
main.add_command(jobs.group, "jobs")
main.add_command(demo.group, "demo")
main.add_command(openapi.command, "openapi")
