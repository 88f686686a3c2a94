"""What this machine does without the product: `python -m tests.load.machine [--database sqlite]`.

A signed-in request of a bare Flask application with one select, served by gunicorn with two sync workers, and
thirteen rows in a transaction by the bare driver. Figures of two machines compare by these.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import click
from flask import Flask
from flask_login import LoginManager, current_user, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.db import make_honest
from server.ids import new_id
from tests import processes
from tests.load.served import Database, Served, database, machine_seconds

_CLIENTS = (1, 4, 16)
_REQUESTS = 1_500
_VISITS = 600
_ROWS = 13  # a round, ten lines and the visit's own, the check-out
_URL = "LOAD_DATABASE_URL"


class _Base(DeclarativeBase):
    pass


class Person(_Base):
    """What Flask-Login asks of a user, and a name."""

    __tablename__ = "people"
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]

    def get_id(self) -> str:
        return str(self.id)


def application() -> Flask:
    """What gunicorn serves: sign in, and say one's name."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="load", SQLALCHEMY_DATABASE_URI=os.environ[_URL])
    tables = SQLAlchemy(app, model_class=_Base)
    manager = LoginManager(app)
    manager.user_loader(lambda id_: tables.session.scalar(select(Person).where(Person.id == int(id_))))

    @app.get("/in")
    def sign_in() -> dict[str, str]:
        login_user(tables.session.scalars(select(Person)).one())
        return {}

    @app.get("/")
    def say() -> dict[str, str]:
        return {"name": current_user.name if current_user.is_authenticated else "nobody"}

    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.machine", description=__doc__)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="xunyue-load-") as name,
        database(chosen.database, Path(name)) as base,
    ):
        _fill(base)
        click.echo(f"{chosen.database}; load of the machine {os.getloadavg()}\n")
        click.echo("| What | a second | p50 ms | p99 ms | CPU ms each | CPU of others |\n|" + " --- |" * 6)
        for line in (*_requests(base, Path(name)), *_inserts(base)):
            click.echo("| " + " | ".join(line) + " |")


def _fill(base: Database) -> None:
    engine = create_engine(base.url)
    make_honest(engine)
    _Base.metadata.create_all(engine)
    columns = "id UUID PRIMARY KEY, visit UUID, person UUID, service TEXT, said TEXT, form TEXT, at TEXT"
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO people VALUES (1, 'somebody')"))
        connection.exec_driver_sql(f"CREATE TABLE rows ({columns})")
        connection.exec_driver_sql("CREATE INDEX ix_rows_person ON rows (person, service)")
    engine.dispose()


def _requests(base: Database, folder: Path) -> Iterator[list[str]]:
    with _served(base, folder) as running:
        cookie = _cookie(running.port)
        for clients in _CLIENTS:
            ask = partial(_ask, running.port, cookie, _REQUESTS // clients)
            yield [f"signed-in requests with one select, {clients} clients", *_timed(running, ask, clients)]


def _timed(running: Served, work: Callable[[int], list[float]], clients: int) -> list[str]:
    used, busy, own, began = _spent(running)
    with ThreadPoolExecutor(clients) as pool:
        seconds = sorted(one for part in pool.map(work, range(clients)) for one in part)
    now = _spent(running)
    took, served = now[3] - began, now[0] - used
    others = max(0.0, now[1] - busy - (now[2] - own) - served) / took
    count = len(seconds)
    return [
        f"{count / took:,.0f}",
        *(f"{seconds[int(share * count)] * 1000:.1f}" for share in (0.5, 0.99)),
        *(f"{served / count * 1000:.1f}", f"{others:.1f} cores"),
    ]


def _spent(running: Served) -> tuple[float, float, float, float]:
    return running.cpu_seconds(), machine_seconds(), sum(os.times()[:2]), perf_counter()


def _ask(port: int, cookie: str, times: int, _client: int) -> list[float]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    seconds = []
    for _ in range(times):
        began = perf_counter()
        connection.request("GET", "/", headers={"Cookie": cookie})
        answer = connection.getresponse()
        if b"somebody" not in answer.read():
            raise AssertionError(answer.status)
        seconds.append(perf_counter() - began)
    connection.close()
    return seconds


def _cookie(port: int) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/in")
    return (connection.getresponse().getheader("Set-Cookie") or "").split(";")[0]


@contextmanager
def _served(base: Database, folder: Path) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [*(sys.executable, "-m", "gunicorn", "--config", os.devnull, "--workers", "2", "--bind")]
    command += [f"127.0.0.1:{port}", "tests.load.machine:application()"]
    with (folder / "gunicorn.log").open("a") as log:
        process = subprocess.Popen(command, env={**os.environ, _URL: base.url}, stdout=log, stderr=log)
    try:
        processes.wait_until(partial(_listens, port), "gunicorn answers")
        yield Served(port, (process.pid, *([base.server] if base.server else [])))
    finally:
        process.terminate()
        process.wait(40)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _inserts(base: Database) -> Iterator[list[str]]:
    """Rows by the bare driver, each visit a transaction that reaches the disk."""
    engine = create_engine(base.url, pool_size=_CLIENTS[-1])
    make_honest(engine)
    running = Served(0, (base.server,) if base.server else ())

    def insert(visits: int, size: int, _client: int) -> list[float]:
        with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
            return [_insert(connection, size) for _ in range(visits)]

    for clients, size in ((1, 1), (4, 1), (16, 1), (1, 20), (4, 20)):
        work = partial(insert, max(1, _VISITS // size // clients), size)
        yield [f"{_ROWS} rows × {size} by the driver, {clients} clients", *_timed(running, work, clients)]
    engine.dispose()


def _insert(connection: Any, visits: int) -> float:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = "".join(("INSERT INTO rows VALUES (", ", ".join([mark] * 7), ")"))
    rows: Sequence[Sequence[str]] = [
        (new_id().hex, *[new_id().hex] * 2, "blood_pressure", "done", '{"sbp": 136}', "2026-11-22T10:00:00Z")
        for _ in range(_ROWS * visits)
    ]
    began = perf_counter()
    with connection.begin(), closing(connection.connection.cursor()) as cursor:
        cursor.executemany(statement, rows)
    return perf_counter() - began


if __name__ == "__main__":
    main()
