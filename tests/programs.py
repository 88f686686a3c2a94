"""The product's programs as processes, without reading its code again for each.

Reading it takes Python some three seconds of a core. The first process that is started here reads it once and
stays, to be forked: into the same programs with the arguments and the environment of a command line.
"""

import atexit
import multiprocessing
import os
import runpy
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from server.app import ROOT
from server.cli.main import main as xunyue

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([__name__, "gunicorn.app.wsgiapp"])


@dataclass(frozen=True, slots=True)
class Program:
    """One that runs."""

    process: BaseProcess

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        return self.process.exitcode

    def terminate(self) -> None:
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()

    def wait(self, seconds: float = 60) -> int:
        """Its exit code. Raises TimeoutError when it goes on after that time."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            raise TimeoutError(f"{self.process.name} goes on after {seconds:.0f} s")
        return self.process.exitcode


def start_gunicorn(
    door: socket.socket | None, env: Mapping[str, str], *options: str, said: Path | None = None
) -> Program:
    """gunicorn, listening at the bound socket `door`; without one where the environment says.

    What it prints is added to the file `said`.
    """
    return _started("gunicorn", _gunicorn, door, options, dict(env), said)


def start_xunyue(*arguments: str, env: Mapping[str, str], said: Path | None = None) -> Program:
    """The operator's command. What it prints is added to the file `said`."""
    return _started("xunyue", _xunyue, arguments, dict(env), said)


def _started(name: str, run: Callable[..., None], *given: object) -> Program:
    process = _FORKING.Process(target=run, args=given, name=name)
    process.start()
    return Program(process)


def _gunicorn(
    door: socket.socket | None, options: tuple[str, ...], env: dict[str, str], said: Path | None
) -> None:
    bind = ("--bind", f"fd://{door.fileno()}") if door else ()
    with _as_on_a_command_line(env, said, "gunicorn", *bind, *options):
        runpy.run_module("gunicorn", run_name="__main__")


def _xunyue(arguments: tuple[str, ...], env: dict[str, str], said: Path | None) -> None:
    with _as_on_a_command_line(env, said, "xunyue", *arguments):
        xunyue()


@contextmanager
def _as_on_a_command_line(env: dict[str, str], said: Path | None, *words: str) -> Iterator[None]:
    """Ends as Python ends, too: what a server holds till its end is written, which a fork would forget."""
    if said:
        with said.open("a") as file:
            for stream in (sys.stdout, sys.stderr):
                os.dup2(file.fileno(), stream.fileno())
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = list(words)
    atexit._clear()  # those of the process that was forked are its own
    try:
        yield
    finally:
        atexit._run_exitfuncs()
