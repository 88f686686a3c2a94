"""An entry as the ledger keeps it: canonical JSON without coordinates, in a form that can be read again."""

import hashlib
import json
from typing import Any, NamedTuple

DEEPEST = 32  # an entry that is taken nests six deep; one near Python's bound is read once and not again
KEPT_APART = "kept apart"
NOT_KEPT = "not kept"
_COORDINATES = ("latitude", "longitude")
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class Kept(NamedTuple):
    """The content, and its SHA-256."""

    content: str
    content_hash: str


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces and only ASCII: the same content is the same text."""
    return _CANONICAL.encode(value)


def keep(raw: Any, *, deep: bool) -> Kept:
    """Coordinates live in columns of their own and are deleted after 90 days; the ledger is not.

    So the position of a payload becomes the fact that there was one. A latitude or a longitude anywhere else,
    where no entry that is taken has one, becomes `not kept`; so does what nests too deep in a `deep` entry.
    """
    outside = _without_position(raw)
    content = "" if deep else canonical(outside)
    if deep or any(f'"{name}":' in content for name in _COORDINATES):
        content = canonical(_cleared(outside, DEEPEST))
    return Kept(content, hashlib.sha256(content.encode()).hexdigest())


def too_deep(raw: Any) -> str | None:
    """Where an entry nests deeper than 32: its first two names or places, as `payload.form`; else None.

    Level by level: no function that calls itself goes through whatever can be sent.
    """
    level = [("", raw)] if isinstance(raw, dict | list) else []
    for depth in range(DEEPEST):
        level = [
            (_path(path, step) if depth < 2 else path, below)
            for path, value in level
            for step, below in (value.items() if isinstance(value, dict) else enumerate(value))
            if isinstance(below, dict | list)
        ]
    return level[0][0] if level else None


def _path(path: str, step: Any) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step[:40]}" if path else step[:40]


def _cleared(value: Any, room: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if not room:
        return NOT_KEPT
    if isinstance(value, list):
        return [_cleared(below, room - 1) for below in value]
    return {
        name: NOT_KEPT if name in _COORDINATES else _cleared(below, room - 1) for name, below in value.items()
    }


def _without_position(raw: Any) -> Any:
    if not (isinstance(raw, dict) and isinstance(raw.get("payload"), dict)):
        return raw
    payload = raw["payload"]
    if not payload.get("position"):
        return raw
    return {**raw, "payload": {**payload, "position": KEPT_APART}}
