"""Checking an exported chain: no database and no settings, for it is done on another machine."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from server.audit.rules import FORMAT, REQUIRED, SALT_BYTES, UNKNOWN_TO_SOME, Act, Chain, Link

_DIGEST_BYTES = 32
_SURROGATES = re.compile("[\ud800-\udfff]")  # no bytes of UTF-8: nothing of ours has them
HeadsOf = Callable[[str | None], Mapping[int, bytes]]


class NotAChainError(Exception):
    """The file is not an exported chain; the text names the line and the field."""


def verify_lines(lines: Iterator[bytes], heads_of: HeadsOf, watch: Callable[[int], None]) -> Chain:
    """Check a chain as it is read; `heads_of` an organisation are the digests known from elsewhere.

    `watch` is told the number of each entry. Raises NotAChainError where a line cannot be read.
    """
    head = _Fields(next(lines, b""), 1)
    if head.text("format") != FORMAT:
        raise NotAChainError(f"line 1: format: not {FORMAT}")
    organisation = head.text_or_none("organisation")
    previous = head.octets("previous", _DIGEST_BYTES)
    chain = Chain(organisation, previous, head.number("since"), heads_of(organisation))
    for number, line in enumerate(lines, 2):
        link = _link(_Fields(line, number))
        chain.add(link)
        watch(link.seq)
    chain.end(head.number("seq"), head.octets("digest", _DIGEST_BYTES))
    return chain


class _Fields:
    """One line's object, and its fields by their types."""

    def __init__(self, line: bytes, number: int) -> None:
        self.line = number
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise NotAChainError(f"line {number}: not a JSON object")
        self.values: dict[str, Any] = values

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or _SURROGATES.search(value):
            raise self._wrong(name)
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self.values.get(name, "") is None else self.text(name)

    def number(self, name: str) -> int:
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._wrong(name)
        return value

    def octets(self, name: str, length: int) -> bytes:
        try:
            value = bytes.fromhex(self.text(name))
        except ValueError:
            raise self._wrong(name) from None
        if len(value) != length:
            raise self._wrong(name)
        return value

    def _wrong(self, name: str) -> NotAChainError:
        return NotAChainError(f"line {self.line}: {name}: missing or not as specified")


def _link(fields: _Fields) -> Link:
    identity, at, tag = (fields.text(name) for name in REQUIRED)
    salt = None if fields.text_or_none("salt") is None else fields.octets("salt", SALT_BYTES)
    return Link(
        Act(identity, at, tag, *(fields.text_or_none(name) for name in UNKNOWN_TO_SOME)),
        fields.number("seq"),
        fields.text_or_none("details"),
        salt,
        fields.octets("details_digest", _DIGEST_BYTES),
        fields.octets("digest", _DIGEST_BYTES),
    )
