"""Flask-Login on server-side sessions: the cookie names a session row, the row gives the actor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from flask import request, session as cookie
from flask_login import LoginManager
from sqlalchemy import update

from server import clock
from server.accounts.models import AccountSession
from server.accounts.queries import Opened, opened_session
from server.auth.actor import Actor, ReachFinder, ServedFinder
from server.db import db
from server.errors import Refusal
from server.web.application import SAFE_METHODS, Application

_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What Flask-Login keeps as `current_user`."""

    actor: Actor
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        return str(self.actor.session_id)


def install(app: Application, reach: ReachFinder, served: ServedFinder) -> None:
    """`reach` says which care institutions a member of medical institutions deals with, `served` the same for
    whoever a session is of."""
    app.reach = reach
    manager = LoginManager(app)
    manager.session_protection = None  # a phone's address changes all day

    def load(session_id: str) -> SignedIn | None:
        now = clock.now()
        try:
            opened = opened_session(db.session(), UUID(session_id), served, now)
        except ValueError:  # a cookie of another making
            return None
        if opened is None:
            return None
        if opened.revoked_at or opened.disabled_at:
            raise Refusal("revoked")  # ended on purpose: the phone that hears it clears what it holds
        if opened.expires_at <= now:
            return None
        _mark_seen(opened, app.settings.session_days, now)
        return SignedIn(opened.actor)

    manager.user_loader(load)


def _mark_seen(opened: Opened, days: int, now: datetime) -> None:
    """Keep a session in use alive; only where the request writes anyway."""
    if request.method not in SAFE_METHODS and now - opened.last_seen_at > _SEEN_EVERY:
        db.session.connection().execute(
            update(AccountSession)
            .where(AccountSession.id == opened.actor.session_id)
            .values(last_seen_at=now, expires_at=now + timedelta(days=days))
        )
        cookie.modified = True  # it lives as long as what it names
