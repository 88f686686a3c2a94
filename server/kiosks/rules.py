"""Pure rules of kiosks: codes that people type, what a kiosk signs, and how its screen names a clinician."""

import re
import secrets
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

# Why a kiosk is revoked: `replaced` by somebody who has the device at hand, so that nobody else has its key.
REVOKED_FOR = ("replaced", "lost")
INVITATION_LIFE = timedelta(minutes=15)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0 O 1 I, which look alike on a wall
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_MIDDLE_DOT = re.compile(r"[\u00b7\u2022\u2027\u30fb]")  # however an input method types it


def new_code() -> str:
    """Eight characters as `ABCD-2345`: 40 bits that can be read aloud and typed."""
    letters = [secrets.choice(_ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def read_code(typed: str) -> str | None:
    """The code as it was given out, from what somebody typed; None when it cannot be one."""
    letters = re.sub(r"[\s-]", "", typed).upper()
    if len(letters) != 8 or not set(letters) <= set(_ALPHABET):
        return None
    return f"{letters[:4]}-{letters[4:]}"


def handshake_text(kiosk_id: UUID, sent_at: str, nonce: str | None, jumps: int) -> bytes:
    """What a kiosk signs at a handshake; `sent_at` as the request has it."""
    return f"xunyue kiosk handshake v1\n{kiosk_id}\n{sent_at}\n{nonce or ''}\n{jumps}".encode()


def surname_of(name: str, compound: Collection[str]) -> str:
    """How a screen that anybody can see names somebody: by the surname, as visitors call them.

    `compound` are the Chinese surnames of two characters. In Chinese a name with a middle dot, of a people
    without surnames or of another language, is called by its first part. In other scripts the surname is
    what stands before a comma, the word in capitals, or else the last word.
    """
    name = name.strip()
    if not _HAN.match(name):
        return _surname_in_other_scripts(name)
    first, *others = _MIDDLE_DOT.split(name)
    if others:
        return first
    return name[:2] if len(name) > 2 and name[:2] in compound else name[:1]


def _surname_in_other_scripts(name: str) -> str:
    family, comma, _given = name.partition(",")
    if comma:
        return family.strip()
    words = name.split()
    capitals = [word for word in words if word.isupper() and len(word.rstrip(".")) > 1]
    chosen = capitals if len(capitals) < len(words) else []
    return (chosen or words[-1:] or [""])[0]
