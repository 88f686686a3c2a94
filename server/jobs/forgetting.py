"""What is kept for a time only, and deleted by the worker every night."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.kiosks.service import forget_invitations
from server.rounds.positions import forget_positions


def forget(session: Session, now: datetime) -> dict[str, Any]:
    """Raw coordinates after 90 days, invitations of kiosks a day after they expired."""
    return {"positions": forget_positions(session, now), "invitations": forget_invitations(session, now)}
