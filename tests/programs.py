"""The product's programs as processes, without reading its code again for each.

Reading it takes Python some three seconds of a core. The first process that is started here reads it once and
stays, to be forked: into the same programs with the arguments and the environment of a command line.
"""

import multiprocessing
import os
import runpy
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from server.app import ROOT
from server.cli.main import main as xunyue

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([__name__, "gunicorn.app.wsgiapp"])


@dataclass(frozen=True, slots=True)
class Program:
    """One that runs."""

    process: BaseProcess

    def terminate(self) -> None:
        self.process.terminate()

    def wait(self, seconds: float) -> int:
        """Its exit code. Raises TimeoutError when it goes on after that time."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            raise TimeoutError(f"{self.process.name} goes on after {seconds:.0f} s")
        return self.process.exitcode


def start_gunicorn(door: socket.socket, env: Mapping[str, str]) -> Program:
    """gunicorn, listening at the bound socket `door`."""
    return _started("gunicorn", _gunicorn, door, dict(env))


def start_xunyue(*arguments: str, env: Mapping[str, str]) -> Program:
    """The operator's command."""
    return _started("xunyue", _xunyue, arguments, dict(env))


def _started(name: str, run: Callable[..., None], *given: object) -> Program:
    process = _FORKING.Process(target=run, args=given, name=name)
    process.start()
    return Program(process)


def _gunicorn(door: socket.socket, env: dict[str, str]) -> None:
    _as_on_a_command_line(env, "gunicorn", "--bind", f"fd://{door.fileno()}")
    runpy.run_module("gunicorn", run_name="__main__")


def _xunyue(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    _as_on_a_command_line(env, "xunyue", *arguments)
    xunyue()


def _as_on_a_command_line(env: dict[str, str], *words: str) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = list(words)
