"""Databases for tests, of the two kinds that the product runs on."""

import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

from tests.postgres import PostgresServer


class Databases(Protocol):
    """Makes databases of one kind, and gives their SQLAlchemy URLs."""

    def empty(self) -> str:
        """One that has nothing in it."""

    def copy(self, url: str) -> str:
        """One with all that another has, to which nobody may be connected."""


class SqliteFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def empty(self) -> str:
        return f"sqlite:///{self._folder / f'test_{next(self._numbers)}.db'}"

    def copy(self, url: str) -> str:
        copied = self.empty()
        shutil.copyfile(url.removeprefix("sqlite:///"), copied.removeprefix("sqlite:///"))
        return copied


class PostgresDatabases:
    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    def empty(self) -> str:
        return self._server.url(self._server.create_database())

    def copy(self, url: str) -> str:
        return self._server.url(self._server.create_database(template=self._server.name(url)))
