"""The product as it is served: gunicorn with two sync workers beside its database, and what both take."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

from tests import postgres

WORKERS = 2
ROOT = Path(__file__).parents[2]
_TICK = os.sysconf("SC_CLK_TCK")
_COMES_UP_WITHIN = 60.0


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
        return sum(_cpu_ticks(pid) for pid in self._processes()) / _TICK

    def memory_mb(self) -> float:
        """Proportional set size of all of them: what several share is counted once."""
        return sum(_pss_kb(pid) for pid in self._processes()) / 1024

    def _processes(self) -> list[int]:
        pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
        return [*self.parents, *(pid for pid in pids if _parent(pid) in self.parents)]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """A new database that brings every commit to the disk; gone at the end."""
    if kind == "sqlite":
        yield Database(f"sqlite:///{folder}/load.db", None)
        return
    # Its own default instead of 1 GB: what is measured here is also what it all takes in memory.
    server = postgres.start(postgres.DURABLE + "shared_buffers = 128MB\n")
    try:
        postmaster = int((server.home / "data" / "postmaster.pid").read_text().split()[0])
        yield Database(server.url(server.create_database()), postmaster)
    finally:
        server.stop()


@contextmanager
def served(database: Database, folder: Path) -> Iterator[Served]:
    """gunicorn on a free port, with the keys in `folder`. Its log is left in `folder`/gunicorn.log."""
    port = _free_port()
    environment = {
        **os.environ,
        "XUNYUE_DATABASE_URL": database.url,
        "XUNYUE_VAR": str(folder),
        "XUNYUE_THREADS": "1",
        "WEB_CONCURRENCY": str(WORKERS),
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "sync"]
    with (folder / "gunicorn.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait_for(port, process)
        yield Served(port, (process.pid, *([database.server] if database.server else [])))
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    given_up = monotonic() + _COMES_UP_WITHIN
    while monotonic() < given_up and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/v1/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            sleep(0.1)
    raise RuntimeError("gunicorn does not answer")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; nothing of a process that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int | None:
    found = _stat(pid)
    return int(found[1]) if found else None


def _cpu_ticks(pid: int) -> int:
    found = _stat(pid)
    return int(found[11]) + int(found[12]) if found else 0


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def machine_seconds() -> float:
    """What all processes of the machine have used so far, whoever's."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + soft) / _TICK
