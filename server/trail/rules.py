"""Reading a sheet of heads back, as it was printed, mailed or typed. Pure."""

import re
from uuid import UUID

_HEAD = re.compile(
    r"\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[\s>]+([1-9][0-9]{0,18})[\s>]+([0-9a-f]{64})\b"
)


def heads_in(text: str) -> dict[UUID, dict[int, bytes]]:
    """Digests by chain and number: wherever an id, a number and a digest follow each other in the text.

    Spaces and line ends between them do not matter, nor the marks of quoted mail.
    """
    found: dict[UUID, dict[int, bytes]] = {}
    for chain, seq, digest in _HEAD.findall(text):
        found.setdefault(UUID(chain), {})[int(seq)] = bytes.fromhex(digest)
    return found
