"""gunicorn as operators start it: two sync workers on a free port of loopback, on a given database."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Protocol

from tests import processes, programs

WORKERS = 2
ROOT = Path(__file__).parents[1]


class Process(Protocol):
    """What a process of `subprocess` and one of `programs` have in common."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float, /) -> int: ...


# Starts gunicorn with these options and this environment; what it prints is added to the file.
Starter = Callable[[tuple[str, ...], dict[str, str], Path], Process]


def by_itself(options: tuple[str, ...], env: dict[str, str], log: Path) -> Process:
    """As on a command line: each process reads the code and has its own memory."""
    with log.open("a") as said:
        command = [sys.executable, "-m", "gunicorn", *options]
        return subprocess.Popen(command, env=env, cwd=ROOT, stdout=said, stderr=said)


def forked(options: tuple[str, ...], env: dict[str, str], log: Path) -> Process:
    """From a process that has read the code: at work at once."""
    return programs.start_gunicorn(None, env, *options, said=log)


@dataclass(slots=True)
class Gunicorn:
    """A running product. Keys are in `folder`, and so is gunicorn.log."""

    database_url: str
    folder: Path
    port: int
    starter: Starter
    process: Process

    @property
    def workers(self) -> list[int]:
        return processes.children(self.process.pid)

    def stop(self) -> None:
        """End it as an operator does; one that was killed is only buried."""
        self.process.terminate()
        self.process.wait(40)  # longer than gunicorn waits for its workers

    def kill(self) -> None:
        """`kill -9` of gunicorn and of its workers."""
        processes.kill_family(self.process.pid)
        self.process.wait(40)

    def start_again(self) -> None:
        """On the same port; answers when this returns."""
        self.process = _run(self.starter, self.database_url, self.folder, self.port)


def start(database_url: str, folder: Path, starter: Starter = by_itself) -> Gunicorn:
    """Answers when this returns."""
    port = _free_port()
    return Gunicorn(database_url, folder, port, starter, _run(starter, database_url, folder, port))


def _run(starter: Starter, database_url: str, folder: Path, port: int) -> Process:
    environment = {
        **os.environ,
        "XUNYUE_DATABASE_URL": database_url,
        "XUNYUE_VAR": str(folder),
        "XUNYUE_THREADS": "1",
        "WEB_CONCURRENCY": str(WORKERS),
        "PORT": str(port),
    }
    process = starter(("--worker-class", "sync"), environment, folder / "gunicorn.log")
    try:
        processes.wait_until(lambda: process.poll() is not None or _answers(port), "gunicorn answers", 90)
    except TimeoutError:
        process.kill()
        raise
    if process.poll() is not None:
        raise RuntimeError((folder / "gunicorn.log").read_text()[-4000:])
    return process


def _free_port() -> int:
    """None of those that systems give out by themselves: it stays free while gunicorn is down."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/api/v1/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
