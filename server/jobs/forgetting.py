"""What is kept for a time only, and deleted by the worker every night."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.kiosks.service import forget_invitations
from server.photos.service import forget_photos
from server.rounds.positions import forget_positions


def forget(session: Session, now: datetime) -> dict[str, Any]:
    """Coordinates after 90 days, invitations of kiosks a day after they expired, photos after 15 years."""
    return {
        "positions": forget_positions(session, now),
        "invitations": forget_invitations(session, now),
        "photos": forget_photos(session, now),
    }
