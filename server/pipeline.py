"""Several statements to PostgreSQL at once: one way there and one way back, however many they are.

psycopg's own pipeline does the same at several times the cost in Python.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import pq, waiting
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import send

_Driver = psycopg.Connection[Any]
_Results = Sequence[pq.abc.PGresult]


class Command(NamedTuple):
    """A statement with `$1` for its first parameter, by the name under which a server remembers it."""

    name: bytes
    text: bytes
    values: Sequence[Any]


class Pipeline:
    """The way of one connection to its server; knows what was prepared there."""

    def __init__(self, driver: _Driver) -> None:
        self._driver = driver
        self._prepared: set[bytes] = set()
        self.transformer = Transformer(driver)

    def run(self, commands: Sequence[Command]) -> _Results:
        """The result of each, in order. Begins a transaction where none is open, as psycopg would.

        Raises the psycopg.Error of the first that fails; those after it were not run then.
        """
        connection = self._driver.pgconn
        connection.enter_pipeline_mode()
        try:
            new = {each.name: each.text for each in commands if each.name not in self._prepared}
            first = self._begin() + self._prepare(new)
            for command in commands:
                connection.send_query_prepared(command.name, list(map(self._dumped, command.values)))
            connection.pipeline_sync()
            self._driver.wait(send(connection))
            results = self._driver.wait(_until_synced(connection))
            connection.exit_pipeline_mode()
        except BaseException:
            self._driver.close()  # what is still under way would be taken for the answer to something else
            raise
        for result in results:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise error_from_result(result, self._driver.info.encoding)
        self._prepared.update(new)
        return results[first:]

    def _begin(self) -> int:
        driver = self._driver
        if driver.autocommit or driver.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            return 0
        level = driver.isolation_level
        text = f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}" if level else "BEGIN"
        driver.pgconn.send_query_params(text.encode(), None)
        return 1

    def _prepare(self, new: Mapping[bytes, bytes]) -> int:
        """What has the name is closed first: if these failed together before, it may be prepared or not."""
        connection = self._driver.pgconn
        for name, text in new.items():
            connection.send_close_prepared(name)
            connection.send_prepare(name, text)
        return 2 * len(new)

    def _dumped(self, value: Any) -> Any:
        """As text; what is none of the usual by the driver's own way, which asks far more of each value."""
        writer = _WRITERS.get(type(value))
        if writer:
            return writer(value)
        return self.transformer.dump_sequence([value], [PyFormat.TEXT])[0]


_WRITERS: Mapping[type, Callable[[Any], bytes | None]] = {
    type(None): lambda _none: None,
    str: str.encode,
    UUID: lambda value: value.hex.encode(),
    int: b"%d".__mod__,
    bool: {True: b"t", False: b"f"}.__getitem__,
    date: lambda value: value.isoformat().encode(),
    datetime: lambda value: value.isoformat().encode(),
}


def _until_synced(connection: pq.abc.PGconn) -> Generator[waiting.Wait, waiting.Ready | int, _Results]:
    """All results up to the end of what was sent, without the driver's pause after each of them."""
    results: list[pq.abc.PGresult] = []
    while True:
        while connection.is_busy():
            yield waiting.Wait.R
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            continue  # the end of one command
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)
