"""A kiosk: its own key, a clock, and the codes it shows."""

import base64
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.test import TestResponse

from server import clock
from server.checkin.rules import RotatingToken, step_of
from server.keys import SigningKey
from server.kiosks.rules import handshake_text
from server.web.schemas import instant_text
from tests.factories.client import Client
from tests.factories.world import World


class Kiosk:
    """A device in a hall. `enrol` makes it one of an institution's; then it shows codes."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.key = SigningKey(b"", ec.generate_private_key(ec.SECP256R1()))
        self.id = UUID(int=0)

    def enrol(self, code: str, **said: Any) -> TestResponse:
        body = {"code": code, "public_key": self.key.public_jwk(), "device_name": "tablet", **said}
        answer = self.client.post("/kiosks/enrolments", body)
        if answer.status_code == 201:
            self.id = UUID(answer.get_json()["kiosk"]["id"])
        return answer

    def token(self, at: datetime, *, jumped: bool = False, clock_age_min: int = 5) -> str:
        """The text of the code it shows at a moment."""
        unsigned = RotatingToken(self.id, step_of(at), jumped, clock_age_min)
        return replace(unsigned, signature=self.key.sign(unsigned.signed_part)).text

    def handshake(self, at: datetime, *, jumps: int = 0, **changed: Any) -> TestResponse:
        """What it says and signs at a moment; `changed` after signing (`forged_jumps`: jumps)."""
        sent_at = instant_text(at)
        signature = self.key.sign(handshake_text(self.id, sent_at, "n-1", jumps))
        body = {
            "sent_at": sent_at,
            "nonce": "n-1",
            "jumps": jumps,
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
            **{name.removeprefix("forged_"): value for name, value in changed.items()},
        }
        with clock.fixed(at):
            return self.client.post(f"/kiosks/{self.id}/handshake", body)


def invite(world: World, at: datetime, login: str | None = None, name: str = "前台平板") -> str:
    """A code that enrols a kiosk of the world's home."""
    with clock.fixed(at):
        answer = world.client(login or world.home_manager).post(
            "/kiosks/invitations", {"institution_id": str(world.home.id), "name": name}
        )
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["code"])


def enrolled(world: World, at: datetime | None = None) -> Kiosk:
    """A kiosk in the hall of the world's home."""
    at = at or world.now
    kiosk = Kiosk(world.client())
    code = invite(world, at)
    with clock.fixed(at):
        assert kiosk.enrol(code).status_code == 201
    return kiosk
