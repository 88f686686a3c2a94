"""Visits as the door stored them, again and again: a full database, and the floor of bare inserts."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, Text, cast, select, type_coerce

from server import clock
from server.db import Base
from tests.load.measuring import Timing
from tests.load.phones import Load
from tests.load.province import Deal

_TABLES = ("rounds", "service_records", "record_versions", "ledger_entries", "audit_entries")
_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AT_ONCE = 2_000

Cells = list[Any]
# Gives the cell in its place: of which copy, of whose agreement, on what day.
_Maker = Callable[[int, Sequence[str], str], str]


@dataclass(frozen=True, slots=True)
class _Stored:
    """The rows that one visit left in a table, cell by cell, and the cells that differ in a copy."""

    table: str
    names: tuple[str, ...]
    cells: Cells
    makers: tuple[tuple[int, _Maker], ...]

    def copy(self, number: int, deal: Sequence[str], day: str) -> list[Cells]:
        cells, width = self.cells.copy(), len(self.names)
        for place, maker in self.makers:
            cells[place] = maker(number, deal, day)
        return [cells[begin : begin + width] for begin in range(0, len(cells), width)]


class Template:
    """One visit as the database has it, all rows in all tables: that of `deal` alone is there."""

    def __init__(self, connection: Connection, deal: Deal) -> None:
        self._deal = _ids(deal)
        self._postgresql = connection.dialect.name == "postgresql"
        rows = {name: self._read(connection, name) for name in _TABLES}
        self._own = _numbered(rows)
        self._tables = [self._stored(name, names, cells) for name, (names, cells) in rows.items()]

    def _read(self, connection: Connection, name: str) -> tuple[tuple[str, ...], list[Cells]]:
        """Cells as the database writes them; of the trail not the sign-ins before."""
        columns = Base.metadata.tables[name].columns
        raw = [cast(each, Text) if self._postgresql else type_coerce(each, Text) for each in columns]
        rows = [list(row) for row in connection.execute(select(*raw))]
        names = tuple(column.name for column in columns)
        if "tag" in names:
            rows = [row for row in rows if row[names.index("tag")].startswith(("round", "record"))]
        return names, rows

    def _stored(self, table: str, names: tuple[str, ...], rows: list[Cells]) -> _Stored:
        cells = [cell for row in rows for cell in row]
        makers = ((place, self._maker(cell)) for place, cell in enumerate(cells))
        return _Stored(table, names, cells, tuple((place, maker) for place, maker in makers if maker))

    def _maker(self, cell: Any) -> _Maker | None:
        if isinstance(cell, str) and _ID.fullmatch(cell):
            return self._maker_of_id(cell.replace("-", ""))
        if isinstance(cell, str) and _DAY.match(cell):
            rest = cell[10:]
            return lambda _number, _deal, day: day + rest
        return None

    def _maker_of_id(self, id_: str) -> _Maker | None:
        if id_ in self._own:
            own = self._own[id_]
            return lambda number, _deal, _day: f"{number:020x}{own:012x}"
        if id_ in self._deal:
            position = self._deal.index(id_)
            return lambda _number, deal, _day: deal[position]
        return None  # the device, the session

    def copies(
        self, deals: Sequence[Deal], first: int, today: date, days: int
    ) -> Iterator[list[list[Cells]]]:
        """Endless visits, home by home, then the next day of the last `days`: rows of each table."""
        ids = [_ids(deal) for deal in deals]
        number = first
        while True:
            day = today - timedelta(days=1 + (number // len(ids)) % days if days else 0)
            deal = ids[number % len(ids)]
            yield [stored.copy(number, deal, day.isoformat()) for stored in self._tables]
            number += 1

    def fill(self, engine: Engine, deals: Sequence[Deal], visits: int, today: date, days: int) -> None:
        """Store so many copies: indexes are dropped before and made again after."""
        indexes = [index for name in _TABLES for index in Base.metadata.tables[name].indexes]
        with engine.begin() as connection:
            if self._postgresql:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for index in indexes:
                index.drop(connection)
            copies = islice(self.copies(deals, 0, today, days), visits)
            while batch := list(islice(copies, _AT_ONCE)):
                for stored, each in zip(self._tables, zip(*batch, strict=True), strict=True):
                    self._write(connection, stored, [row for rows in each for row in rows])
            for index in indexes:
                index.create(connection)

    def _write(self, connection: Connection, stored: _Stored, rows: list[Cells]) -> None:
        if not self._postgresql:
            _cursor(connection).executemany(self._insert(stored), rows)
            return
        columns = ", ".join(f'"{name}"' for name in stored.names)
        text = "".join("\t".join("\\N" if cell is None else cell for cell in row) + "\n" for row in rows)
        with _cursor(connection).copy(f"COPY {stored.table} ({columns}) FROM STDIN".encode()) as copy:
            copy.write(text)

    def _insert(self, stored: _Stored) -> str:
        columns = ", ".join(f'"{name}"' for name in stored.names)
        marks = ", ".join(["%s" if self._postgresql else "?"] * len(stored.names))
        return " ".join(("INSERT INTO", stored.table, f"({columns}) VALUES ({marks})"))

    def bare(
        self, engine: Engine, deals: Sequence[Deal], clients: int, requests: int, visits: int, first: int
    ) -> Load:
        """The floor: the same rows by the bare driver, so many visits to a transaction, no question asked."""
        each = max(1, requests // clients)
        made = self.copies(deals, first, clock.now().date(), 0)
        work = [[list(islice(made, visits)) for _ in range(each)] for _ in range(clients)]
        began = perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            jobs = [pool.submit(self._insert_all, engine, part) for part in work]
            times = [seconds for job in jobs for seconds in job.result()]
        return Load(Timing(tuple(sorted(times))), perf_counter() - began)

    def _insert_all(self, engine: Engine, requests: list[list[list[list[Cells]]]]) -> list[float]:
        seconds = []
        with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
            for visits in requests:
                began = perf_counter()
                with connection.begin():
                    for stored, each in zip(self._tables, zip(*visits, strict=True), strict=True):
                        rows = [row for rows in each for row in rows]
                        _cursor(connection).executemany(self._insert(stored), rows)
                seconds.append(perf_counter() - began)
        return seconds


def _ids(deal: Deal) -> list[str]:
    parties = (deal.home, deal.medical, deal.doctor, *deal.residents)
    return [party.hex for party in parties]


def _numbered(rows: dict[str, tuple[tuple[str, ...], list[Cells]]]) -> dict[str, int]:
    """The ids that the visit made itself, each with a number."""
    found = {
        cell.replace("-", "")
        for names, stored in rows.values()
        for row in stored
        for name, cell in zip(names, row, strict=True)
        if name in ("id", "entry_id") and cell
    }
    return {id_: number for number, id_ in enumerate(sorted(found))}


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()
