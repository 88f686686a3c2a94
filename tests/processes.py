"""Processes that tests started, by their ids: who belongs to whom, and ending them without a warning."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep


def fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; nothing of a process that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def children(*parents: int) -> list[int]:
    """The processes that these started themselves and that still run."""
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [pid for pid in pids if _runs(found := fields(pid)) and int(found[1]) in parents]


def _runs(found: list[str]) -> bool:
    return bool(found) and found[0] not in "ZX"


def kill_family(parent: int) -> None:
    """`kill -9` of a process and of all that it started itself; held still first, it cannot start more."""
    os.kill(parent, signal.SIGSTOP)
    family = [parent, *children(parent)]
    for pid in family:
        kill(pid)
    wait_until(lambda: not any(_runs(fields(pid)) for pid in family), "all of them have ended")


def kill(pid: int) -> None:
    """`kill -9`; a process that ends at this very moment is as good as killed."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until(holds: Callable[[], bool], what: str, within_s: float = 60) -> None:
    """Raises TimeoutError, naming `what`, when it does not come to hold in time."""
    given_up = monotonic() + within_s
    while not holds():
        if monotonic() > given_up:
            raise TimeoutError(f"not within {within_s:.0f} s: {what}")
        sleep(0.02)
