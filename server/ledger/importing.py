"""A phone's file of unsent entries, brought by a manager: opened, and judged as its author's."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from marshmallow import ValidationError

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.errors import Refusal, invalid
from server.keys import Keyring
from server.ledger.schemas import EntriesFileSchema
from server.ledger.service import Desk, author_as_of, managed
from server.rounds.rules import TOO_OLD
from server.sync.protocol import MAX_ENTRIES, Batch, Result, believed, read_entry
from server.sync.sealing import Opener, is_sealed
from server.sync.service import Door, receive
from server.web.schemas import flat_errors

_FILE = EntriesFileSchema()


class Imported(NamedTuple):
    author: Actor
    results: list[Result]


def import_entries(desk: Desk, body: bytes) -> Imported:
    """Judge all entries of a file in their order. Refuses a file that is none of ours as a whole, naming the
    field; entries are refused one by one."""
    try:
        file = _read(body, desk.keyring)
    except RecursionError:
        raise invalid("body", "too_deep") from None
    author = _author(desk, file)
    offset = believed(timedelta(milliseconds=file["offset_ms"]))
    opener = Opener(desk.keyring, author.id)
    entries = tuple(
        read_entry(raw, f"entries[{position}]", offset, opener)
        for position, raw in enumerate(file["entries"])
    )
    batch = Batch(file["device_id"], file["device_name"][:80], offset, entries)
    door = Door(desk.session, author, desk.keyring, desk.now, desk.actor.id)
    results = receive(door, batch)
    stored = sum(result.outcome == "stored" for result in results)
    tag, count = Tag.ENTRIES_IMPORTED, len(results)
    record(desk.session, desk.actor, tag, desk.now, subject=author.id, entries=count, stored=stored)
    return Imported(author, results)


def _read(body: bytes, keyring: Keyring) -> dict[str, Any]:
    try:
        document = json.loads(body)
        file: dict[str, Any] = _FILE.load(document)
    except ValidationError as error:
        raise Refusal("invalid", *flat_errors(error.messages)) from None
    except ValueError:
        raise invalid("body", "not_json") from None
    if len(file["entries"]) > MAX_ENTRIES:
        raise Refusal("too_large", limit=MAX_ENTRIES)
    for position, raw in enumerate(file["entries"]):
        _check_sealed(raw, f"entries[{position}].sealed", keyring)
    return file


def _check_sealed(raw: Any, path: str, keyring: Keyring) -> None:
    """A file holds sealed entries only, and only such as this server can open."""
    if not is_sealed(raw):
        raise invalid(path, "required")
    sealed: Any = raw["sealed"]
    try:
        known = keyring.sealing_key(bytes.fromhex(sealed["key"]))
    except (KeyError, TypeError, ValueError):
        raise invalid(f"{path}.key", "not_a_key") from None
    if known is None:
        raise invalid(f"{path}.key", "unknown_key")


def _author(desk: Desk, file: Mapping[str, Any]) -> Actor:
    """The person the file names, one of the manager's people, with the roles held there when it was written.

    The key that seals a file is public: it does not show who wrote it, so it opens no other organisation.
    """
    then = max(min(file["exported_at"], desk.now), desk.now - TOO_OLD)
    author = author_as_of(desk, file["account_id"], then, managed(desk.actor))
    if author is None or not author.memberships:
        raise invalid("account_id", "out_of_scope")
    return author
