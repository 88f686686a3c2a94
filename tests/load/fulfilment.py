"""Fulfilment at the size of a province: `python -m tests.load.fulfilment [--database sqlite] [--plans]`.

Fills a database of its own (PostgreSQL that brings every commit to the disk, or SQLite) with a year of a
synthetic province, counts all of it, and times what people wait for, each beside its floor in the same run.
Prints a table; `--plans` adds the plan of every hot query, `--profile` where the time of a round goes.
"""

import argparse
import gc
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import click
from sqlalchemy import func, select

from server import clock
from server.app import build
from server.db import db, writing
from server.fulfilment import rebuild as rebuilding
from server.fulfilment.models import CommitmentWindow
from server.rollups.models import AgreementCategory
from server.rollups.service import refresh_stale
from server.rounds.models import ServiceRecord
from server.web.application import Application
from tests import postgres
from tests.conftest import settings_for
from tests.load import engine, looking, visiting
from tests.load.filling import analyze, fill
from tests.load.measuring import Row, Timing, latency, table, throughput, timed
from tests.load.province import NOW, Deal, Province

_WITH_PAST, _PAST_TERMS = 60, 4
_TURNS = 50


@dataclass(frozen=True, slots=True)
class Filled:
    """A province in a database. The homes of the first deals have earlier terms behind them."""

    app: Application
    deals: Sequence[Deal]
    records: int

    @property
    def present(self) -> list[Deal]:
        """The agreements of this year, in the order of their homes."""
        return [deal for deal in self.deals if deal.starts.year == NOW.year]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.fulfilment", description=__doc__)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--agreements", type=int, help="5000 on PostgreSQL, 500 on SQLite")
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    size = chosen.agreements or (5000 if chosen.database == "postgresql" else 500)
    with clock.fixed(NOW), _databases(chosen.database) as new_database:
        few = _few(new_database())
        with _filled(new_database(), Province(size, min(_WITH_PAST, size), _PAST_TERMS)) as filled:
            rows = [*engine.rows(), *_counting(filled), *_pages(filled), *_rounds(filled, few)]
            click.echo(f"{len(filled.present):,} agreements, {filled.records:,} records, {chosen.database}\n")
            click.echo(table(rows))
            if chosen.plans:
                click.echo(looking.plans(filled.app, filled.present))
            if chosen.profile:
                click.echo(looking.profile(filled.app, filled.present[-_TURNS:]))


@contextmanager
def _databases(kind: str) -> Iterator[Callable[[], str]]:
    """Gives URLs of new databases; all are gone at the end."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="xunyue-load-") as folder:
            names = iter(range(1, 10))
            yield lambda: f"sqlite:///{folder}/{next(names)}.db"
        return
    server = postgres.start(postgres.DURABLE)
    try:
        yield lambda: server.url(server.create_database())
    finally:
        server.stop()


@contextmanager
def _filled(url: str, province: Province) -> Iterator[Filled]:
    with tempfile.TemporaryDirectory(prefix="xunyue-load-") as folder:
        app = build(settings_for(url, Path(folder)))
        with app.app_context():
            began = perf_counter()
            deals, records = fill(db.engine, province)
            gc.collect()
            gc.freeze()  # who counts does not hold what the province was made of
            _say(f"{len(deals):,} agreements and {records:,} records in {perf_counter() - began:.0f} s")
        yield Filled(app, deals, records)
        with app.app_context():
            db.engine.dispose()


def _few(url: str) -> Timing:
    """Rounds in a small county, for comparison."""
    with _filled(url, Province(2 * _TURNS)) as filled:
        _rebuild(filled)
        return visiting.rounds(filled.app, filled.present[:_TURNS])


def _counting(filled: Filled) -> Iterator[Row]:
    read = timed([lambda: _bare_read(filled)])
    streams, seconds = _rebuild(filled)
    yield throughput(
        f"Full rebuild, from nothing, of {streams:,} streams",
        filled.records,
        seconds,
        15_000,
        read.median,
        "reading the same records and counting them by service",
    )
    again, seconds = _again(filled)
    yield throughput(
        *("Rebuild where all is as it should be (a sample)", again, seconds, 15_000),
        *(read.median * again / filled.records, "the same"),
    )
    began, made = perf_counter(), 0
    with filled.app.app_context():
        while done := _one(filled.app, lambda: refresh_stale(db.session(), clock.now())):
            made += done
    yield throughput(
        "Roll-ups of all agreements made again",
        made,
        perf_counter() - began,
        None,
        timed([lambda: _sum_windows(filled)]).median,
        "one SQL sum over the same windows",
    )


def _rebuild(filled: Filled) -> tuple[int, float]:
    began, streams = perf_counter(), 0
    with filled.app.app_context():
        for progress in rebuilding.rebuild(db.session(), None, clock.now()):
            filled.app.finish()
            streams += progress.streams
            if progress.done % 500 == 0:
                _say(f"rebuilt {progress.done:,} of {progress.of:,}, {perf_counter() - began:.0f} s")
        seconds = perf_counter() - began
        analyze(db.engine)
    return streams, seconds


def _again(filled: Filled) -> tuple[int, float]:
    """Records and seconds of rebuilding a sample of agreements; nothing may differ any more."""
    records, chosen = 0, {deal.id for deal in filled.present[:: -(-len(filled.present) // 400)]}
    with filled.app.app_context():
        began = perf_counter()
        for progress in rebuilding.rebuild(db.session(), chosen, clock.now()):
            filled.app.finish()
            records += progress.records
            if progress.different:
                raise AssertionError("windows differ right after the rebuild")
        return records, perf_counter() - began


def _one(app: Application, work: Callable[[], int]) -> int:
    with writing(db.session()):
        done = work()
        app.finish()
    return done


def _bare_read(filled: Filled) -> int:
    """What any rebuild must do: fetch every record's few columns and look at each once."""
    columns = (ServiceRecord.service, ServiceRecord.subject_id, ServiceRecord.on, ServiceRecord.state)
    counts: dict[str, int] = {}
    with filled.app.app_context(), db.engine.connect() as connection:
        for row in connection.execution_options(yield_per=20_000).execute(select(*columns)):
            counts[row.service] = counts.get(row.service, 0) + 1
    return sum(counts.values())


def _sum_windows(filled: Filled) -> int:
    sums = select(CommitmentWindow.agreement_id, func.sum(CommitmentWindow.promised))
    with filled.app.app_context(), db.engine.connect() as connection:
        return len(connection.execute(sums.group_by(CommitmentWindow.agreement_id)).all())


def _pages(filled: Filled) -> Iterator[Row]:
    regulator = visiting.signed_in(filled.app, "regulator")
    floor = timed([lambda: _pooled(filled)] * _TURNS)
    for what, path in (
        ("Dashboard of the province, a year", "/standing?period=2026"),
        ("Dashboard of the province, a month", "/standing?period=2026-11"),
        ("Dashboard of a county, a year", "/standing?period=2026&within=330101"),
    ):
        pages = timed([partial(regulator.json, path)] * _TURNS)
        yield latency(what, pages, 100, floor, "raw SQL sum of the year's categories")
    deals = filled.present[-_TURNS:]
    pages = timed([partial(regulator.json, f"/agreements/{deal.id}") for deal in deals])
    floor = timed([partial(_windows, filled, deal) for deal in deals])
    yield latency("Page of one agreement", pages, 50, floor, "raw SQL of its windows")


def _pooled(filled: Filled) -> int:
    table_ = AgreementCategory
    sums = (func.sum(table_.promised), func.sum(table_.confirmed), func.sum(table_.reported))
    statement = select(table_.category, table_.scope, *sums).where(table_.period == "2026")
    with filled.app.app_context(), db.engine.connect() as connection:
        return len(connection.execute(statement.group_by(table_.category, table_.scope)).all())


def _windows(filled: Filled, deal: Deal) -> int:
    statement = select(CommitmentWindow).where(CommitmentWindow.agreement_id == deal.id)
    with filled.app.app_context(), db.engine.connect() as connection:
        return len(connection.execute(statement).all())


def _rounds(filled: Filled, few: Timing) -> Iterator[Row]:
    fresh = filled.present[-_TURNS:]
    written = visiting.rounds(filled.app, fresh)
    floor = visiting.raw_rounds(filled.app, filled.present[-2 * _TURNS : -_TURNS])
    yield latency("A round of 30 records, stored with its recount", written, 100, floor, "raw SQL inserts")
    yield latency(
        "The same beside the same in a small county", written, None, few, f"{2 * _TURNS} agreements"
    )
    old = visiting.rounds(filled.app, filled.present[:_TURNS])
    yield latency("The same in homes with four earlier terms", old, None, written, "homes without")


def _say(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main()
