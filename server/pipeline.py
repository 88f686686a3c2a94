"""Several statements to PostgreSQL at once: one way there and one way back, however many they are.

psycopg's own pipeline does the same at several times the cost in Python.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send

_Driver = psycopg.Connection[Any]


class Command(NamedTuple):
    """A statement with `$1` for its first parameter, by the name under which a server remembers it."""

    name: bytes
    text: bytes
    values: Sequence[Any]


class Pipeline:
    """The way of one connection to its server; knows what was prepared there."""

    def __init__(self, driver: _Driver) -> None:
        self._driver = driver
        self._sure: dict[bytes, bool] = {}  # what was prepared; whether the server is sure to have it still
        self.transformer = Transformer(driver)

    def doubt(self) -> None:
        """After a rollback: psycopg forgets what it prepared then, and may tell the server to forget all."""
        self._sure = dict.fromkeys(self._sure, False)

    def run(self, commands: Sequence[Command]) -> list[pq.abc.PGresult]:
        """The result of each, in order. Begins a transaction where none is open, as psycopg would.

        Raises the psycopg.Error of the first that fails; those after it were not run then.
        """
        connection = self._driver.pgconn
        connection.enter_pipeline_mode()
        try:
            steps = [*self._begin(), *self._prepare(commands), *map(self._send, commands)]
            connection.pipeline_sync()
            self._driver.wait(send(connection))
            results = [self._driver.wait(fetch_many(connection))[0] for _ in range(len(steps) + 1)]
            connection.exit_pipeline_mode()
        except BaseException:
            self._driver.close()  # what is still under way would be taken for the answer to something else
            raise
        return self._sound(steps, results)

    def _begin(self) -> list[None]:
        driver = self._driver
        if driver.autocommit or driver.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            return []
        level = driver.isolation_level
        text = f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}" if level else "BEGIN"
        driver.pgconn.send_query_params(text.encode(), None)
        return [None]

    def _prepare(self, commands: Sequence[Command]) -> list[None]:
        """Where in doubt, what has the name is closed first: that is no error where nothing has it."""
        connection = self._driver.pgconn
        steps = 0
        for name, text in {
            each.name: each.text for each in commands if not self._sure.get(each.name)
        }.items():
            if name in self._sure:
                connection.send_close_prepared(name)
                steps += 1
            connection.send_prepare(name, text)
            steps += 1
            self._sure[name] = False  # until its answer is here
        return [None] * steps

    def _send(self, command: Command) -> Command:
        formats = [PyFormat.TEXT] * len(command.values)
        given = self.transformer.dump_sequence([_plain(value) for value in command.values], formats)
        self._driver.pgconn.send_query_prepared(command.name, given)
        return command

    def _sound(
        self, steps: Sequence[Command | None], results: Sequence[pq.abc.PGresult]
    ) -> list[pq.abc.PGresult]:
        """The results of commands, without those of beginning and preparing."""
        found = []
        for step, result in zip(steps, results[:-1], strict=True):
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise error_from_result(result, self._driver.info.encoding)
            if step:
                self._sure[step.name] = True
                found.append(result)
        return found


def _plain(value: Any) -> Any:
    """Lists are of ids: the driver would look at each to find that out."""
    return "{" + ",".join([one.hex for one in value]) + "}" if isinstance(value, list) else value
