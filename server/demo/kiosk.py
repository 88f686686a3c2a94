"""A kiosk in a home's hall, as a device: its key and what it signs."""

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from server.checkin.rules import RotatingToken, step_of
from server.keys import SigningKey
from server.kiosks.rules import handshake_text
from server.kiosks.service import Handshake
from server.web.schemas import instant_text


@dataclass(frozen=True, slots=True)
class DemoKiosk:
    id: UUID
    key: SigningKey

    def shows(self, at: datetime, clock_age_min: int) -> str:
        """The text of its code at that moment."""
        unsigned = RotatingToken(self.id, step_of(at), False, clock_age_min)
        return replace(unsigned, signature=self.key.sign(unsigned.signed_part)).text

    def handshake(self, at: datetime) -> Handshake:
        sent_at = instant_text(at)
        signature = self.key.sign(handshake_text(self.id, sent_at, None, 0))
        return Handshake(sent_at, None, 0, base64.urlsafe_b64encode(signature).decode().rstrip("="))
