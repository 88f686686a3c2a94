"""The product as it is served: gunicorn with two sync workers beside its database, and what both take."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import gunicorn, postgres, processes

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Database:
    """`server` is the process above all others of PostgreSQL; None for SQLite, which has none."""

    url: str
    server: int | None


@dataclass(frozen=True, slots=True)
class Served:
    """A running product on loopback."""

    port: int
    parents: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """What all processes of server and database have used so far."""
        ended = sum(_cpu_ticks(pid, of_children=True) for pid in self.parents)
        return (ended + sum(map(_cpu_ticks, self._processes()))) / _TICK

    def memory_mb(self) -> float:
        """Proportional set size of all of them: what several share is counted once."""
        return sum(_pss_kb(pid) for pid in self._processes()) / 1024

    def _processes(self) -> list[int]:
        return [*self.parents, *processes.children(*self.parents)]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """A new database that brings every commit to the disk; gone at the end."""
    if kind == "sqlite":
        yield Database(f"sqlite:///{folder}/load.db", None)
        return
    # Its own default instead of 1 GB: what is measured here is also what it all takes in memory.
    server = postgres.start(postgres.DURABLE + "shared_buffers = 128MB\n")
    try:
        yield Database(server.url(server.create_database()), server.postmaster)
    finally:
        server.stop()


@contextmanager
def served(database: Database, folder: Path) -> Iterator[Served]:
    """gunicorn on a free port, with the keys in `folder`. Its log is left in `folder`/gunicorn.log."""
    running = gunicorn.start(database.url, folder)
    try:
        yield Served(running.port, (running.process.pid, *([database.server] if database.server else [])))
    finally:
        running.stop()


def _cpu_ticks(pid: int, *, of_children: bool = False) -> int:
    """A process's own, or that of its children that have ended: a backend, a worker of autovacuum."""
    found = processes.fields(pid)
    first = 13 if of_children else 11
    return int(found[first]) + int(found[first + 1]) if found else 0


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def machine_seconds() -> float:
    """What all processes of the machine have used so far, whoever's."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + soft) / _TICK
