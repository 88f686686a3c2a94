"""A third party's check of an exported chain: written from docs/audit-chain.md alone, with nothing of ours.

    python3 audit_verifier.py FILE

Prints `ok N` or the number of the first link that does not hold, and what is wrong with it (exit 1).
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

HASHED = ("actor", "at", "id", "organisation", "other", "seq", "session", "subject", "tag")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def what_is_wrong(entry: dict[str, Any], organisation: str | None, seq: int, previous: str) -> str | None:
    if entry["seq"] != seq:
        return "missing"
    if entry["organisation"] != organisation:
        return "organisation"
    if entry["salt"] is not None or entry["details"] is not None:
        salted = bytes.fromhex(entry["salt"] or "") + (entry["details"] or "").encode()
        if sha256(salted) != entry["details_digest"]:
            return "details"
    said = {name: entry[name] for name in HASHED}
    said |= {"details": entry["details_digest"], "format": "xunyue-audit-1", "previous": previous}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return None if sha256(text.encode()) == entry["digest"] else "digest"


def first_broken(path: Path) -> tuple[int, str] | int:
    """How many entries hold; or the number of the first that does not, and why."""
    with path.open(encoding="utf-8") as file:
        head = json.loads(next(file))
        assert head["format"] == "xunyue-audit-1"
        previous, count = head["previous"], 0
        for seq, line in enumerate(file, head["since"]):
            entry = json.loads(line)
            if entry["seq"] < seq:
                return entry["seq"], "repeated"
            if wrong := what_is_wrong(entry, head["organisation"], seq, previous):
                return seq, wrong
            previous, count = entry["digest"], count + 1
    last = head["since"] + count - 1
    if last < head["seq"]:
        return last + 1, "missing"
    ends = last == head["seq"] and previous == head["digest"]
    return count if ends else (min(head["seq"] + 1, last), "head")


if __name__ == "__main__":
    found = first_broken(Path(sys.argv[1]))
    sys.stdout.write(f"ok {found}\n" if isinstance(found, int) else f"{found[0]} {found[1]}\n")
    sys.exit(0 if isinstance(found, int) else 1)
