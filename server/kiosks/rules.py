"""Pure rules of kiosks: codes that people type, what a kiosk signs, and how its screen names a clinician."""

import re
import secrets
from datetime import timedelta
from uuid import UUID

INVITATION_LIFE = timedelta(minutes=15)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0 O 1 I, which look alike on a wall


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


def surname_of(name: str) -> str:
    """How a screen that anybody can see names somebody: by the first character, as visitors call them."""
    return name[:1]
