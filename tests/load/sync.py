"""The phones' door under load: `python -m tests.load.sync [--database sqlite] [--quick] [--held N]`.

gunicorn with two sync workers over HTTP on loopback, on a database of its own that brings every commit to the
disk. Signed-in phones send visits of ten service lines; without a recount (their agreements promise nothing)
and with the recount of ten commitments; with little held and with 200,000 visits; beside bare inserts of the
same rows in the same run. Prints a table.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from time import sleep

import click
from sqlalchemy import func, select

from server import clock
from server.accounts.passwords import hash_password
from server.app import build
from server.db import Base, db
from server.fulfilment import rebuild as rebuilding
from server.fulfilment.models import StaleStream
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.client import PASSWORD
from tests.factories.visits import LINES
from tests.load import phones
from tests.load.copies import Template
from tests.load.filling import analyze, write
from tests.load.phones import Load, Phone
from tests.load.province import Deal, Province
from tests.load.served import Database, Served, database, machine_seconds, served

_HOMES = 5  # of a clinic
_PHONES = 16
_BATCH = 20
_HELD_DAYS = 280
_AT_MOST = 40.0  # seconds that one line of the table may take
_HEAD = (
    *("Visits held", "Sent", "Visits/s", "Lines/s", "p50 ms", "p99 ms", "CPU ms a visit"),
    *("Bare inserts, visits/s", "Times the floor", "Memory MB", "CPU of others"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done: visits in a line of the table, visits held before the second half, care homes."""

    visits: int
    held: int
    homes: int


@dataclass(frozen=True, slots=True)
class County:
    """The filled database: agreements that promise nothing, agreements with ten commitments, all others."""

    app: Application
    bare: Sequence[Deal]
    promised: Sequence[Deal]
    others: Sequence[Deal]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.sync", description=__doc__)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--quick", action="store_true", help="fewer visits, 5,000 held")
    parser.add_argument("--held", type=int, help="visits held in the second half")
    chosen = parser.parse_args()
    plan = Plan(120, 5_000, 160) if chosen.quick else Plan(600, 200_000, 2_000)
    if chosen.held is not None:
        plan = replace(plan, held=chosen.held)
    with (
        tempfile.TemporaryDirectory(prefix="xunyue-load-") as name,
        database(chosen.database, Path(name)) as base,
    ):
        folder = Path(name)
        county = _county(base, folder, plan)
        click.echo(f"{chosen.database}; load of the machine {os.getloadavg()}\n")
        click.echo("| " + " | ".join(_HEAD) + " |\n|" + " --- |" * len(_HEAD))
        for line in _lines(county, base, folder, plan):
            click.echo("| " + " | ".join(line) + " |")
        click.echo(f"\nload of the machine {os.getloadavg()}")
        with county.app.app_context():
            db.engine.dispose()


def _county(base: Database, folder: Path, plan: Plan) -> County:
    """Sixteen clinics whose agreements promise nothing, sixteen with promises, and others."""
    app = build(settings_for(base.url, folder))
    rows, deals = Province(plan.homes).tables()
    phones_ = _PHONES * _HOMES
    county = County(app, deals[:phones_], deals[phones_ : 2 * phones_], deals[2 * phones_ :])
    _date(rows)
    _promise_nothing(rows, county.bare)
    password = hash_password(PASSWORD)
    for account in rows["accounts"]:
        account["password_hash"] = password
    with app.app_context():
        with db.engine.begin() as connection:
            Base.metadata.create_all(connection)
            for table, found in rows.items():
                write(connection, Base.metadata.tables[table], found)
        analyze(db.engine)
    _rebuild(county)
    return county


def _date(rows: dict[str, list[dict[str, object]]]) -> None:
    """The agreements are of this year whenever it is: the server's clock is the real one."""
    starts = clock.now().date() - timedelta(days=300)
    ends = starts + timedelta(days=364)
    for agreement in rows["agreements"]:
        agreement.update(starts=starts, ends=ends, last_day=ends, signed_on=starts)
    for term in rows["commitment_terms"]:
        term["starts"] = starts


def _promise_nothing(rows: dict[str, list[dict[str, object]]], deals: Sequence[Deal]) -> None:
    of_these = {commitment for deal in deals for commitment in deal.commitments}
    rows["commitments"] = [row for row in rows["commitments"] if row["id"] not in of_these]
    rows["commitment_terms"] = [
        row for row in rows["commitment_terms"] if row["commitment_id"] not in of_these
    ]


def _rebuild(county: County) -> None:
    with county.app.app_context():
        for _ in rebuilding.rebuild(db.session(), {deal.id for deal in county.promised}, clock.now()):
            county.app.finish()
        analyze(db.engine)


def _lines(county: County, base: Database, folder: Path, plan: Plan) -> Iterator[list[str]]:
    with served(base, folder) as running:
        template = _template(county, running)
        yield from _half(county, running, template, plan, 0)
    everywhere = [*county.bare, *county.promised, *county.others]
    with county.app.app_context():
        template.fill(db.engine, everywhere, plan.held, clock.now().date(), _HELD_DAYS)
        analyze(db.engine)
    _rebuild(county)
    with served(base, folder) as running:
        yield from _half(county, running, template, plan, plan.held)


def _template(county: County, running: Served) -> Template:
    """What one visit through the door leaves, before any other."""
    phones.send(_phones(running, county.bare, 1), 1, 1, _AT_MOST)
    with county.app.app_context(), db.engine.connect() as connection:
        return Template(connection, county.bare[0])


def _phones(running: Served, deals: Sequence[Deal], clients: int) -> list[Phone]:
    own = [deals[number * _HOMES : (number + 1) * _HOMES] for number in range(clients)]
    return [phones.sign_in(running.port, each) for each in own]


def _half(county: County, running: Served, template: Template, plan: Plan, held: int) -> Iterator[list[str]]:
    """All lines of the table with so many visits held."""
    first = 20_000_000 if held else 10_000_000  # copies of floors: those of the other half are there still
    with county.app.app_context():
        engine = db.engine
    for deals, how in ((county.bare, "no recount"), (county.promised, "with recount")):
        senders = _phones(running, deals, _PHONES)
        phones.send(senders, _PHONES, 1, _AT_MOST)  # what a worker does once, it has done
        for clients, visits in ((1, 1), (4, 1), (16, 1), (1, _BATCH), (4, _BATCH)):
            requests = max(clients, plan.visits // visits)
            analyze(engine)  # as autovacuum does within a minute: plans made for empty tables read them whole
            floor = template.bare(engine, county.bare, clients, requests, visits, first)
            first += 2 * requests * visits
            engine.dispose()  # the server's memory is measured, not that of the floor's connections
            sleep(1)  # until they are gone, and what they used is none of the server's
            line = _measured(running, senders[:clients], requests, visits, floor)
            what = f"batches of {visits}" if visits > 1 else "single visits"
            yield [f"{held:,}", f"{what}, {clients} clients, {how}", *line]
    _check_rates(county)


def _measured(
    running: Served, senders: Sequence[Phone], requests: int, visits: int, floor: Load
) -> list[str]:
    before = running.cpu_seconds(), machine_seconds(), sum(os.times()[:2])
    done = phones.send(senders, requests, visits, _AT_MOST)
    used, busy, own = (
        after - earlier
        for after, earlier in zip(
            (running.cpu_seconds(), machine_seconds(), sum(os.times()[:2])), before, strict=True
        )
    )
    sent, stored = len(done.requests.seconds) * visits, len(floor.requests.seconds) * visits
    rate, bare = sent / done.seconds, stored / floor.seconds
    others = max(0.0, busy - used - own) / done.seconds
    return [
        *(f"{rate:,.0f}", f"{rate * LINES:,.0f}"),
        *(f"{done.requests.median * 1000:.1f}", f"{done.requests.at(0.99) * 1000:.1f}"),
        *(f"{used / sent * 1000:.1f}", f"{bare:,.0f}", f"{bare / rate:.1f}"),
        *(f"{running.memory_mb():,.0f}", f"{others:.1f} cores"),
    ]


def _check_rates(county: County) -> None:
    """The windows are what a full count gives, and nothing waits to be counted."""
    with county.app.app_context():
        waiting = db.session.scalar(select(func.count()).select_from(StaleStream))
        chosen = {deal.id for deal in county.promised}
        wrong = [
            progress.differences
            for progress in rebuilding.check(db.session(), chosen, clock.now())
            if progress.differences
        ]
        db.session.rollback()
    if waiting or wrong:
        raise AssertionError(f"{waiting} streams wait, {len(wrong)} agreements differ: {wrong[:1]}")


if __name__ == "__main__":
    main()
