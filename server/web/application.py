"""The Flask application: one commit per request, at the edge."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server import clock
from server.auth.actor import ReachFinder
from server.db import begin_write, db
from server.events import Handlers
from server.keys import Keyring
from server.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Application(Flask):
    """Flask with what every request needs: settings, keys, and who listens to which event."""

    def __init__(self, *args: Any, settings: Settings, keyring: Keyring, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = settings
        self.keyring = keyring
        self.handlers = Handlers()
        self.reach: ReachFinder = _nobody

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; then let events have their effects and commit. Raising rolls back.

        The commit stands here and not in an after_request hook, so that a failing commit is answered as the
        error it is.
        """
        if request.method in SAFE_METHODS:
            return super().dispatch_request()
        begin_write(db.session())
        response = super().dispatch_request()
        self.finish()
        return response

    def finish(self) -> None:
        """Effects, then the one commit. Commands of the operator end with it as requests do."""
        self.handlers.drain(db.session(), clock.now())
        db.session.commit()


def application() -> Application:
    """The running application, typed."""
    return cast(Application, current_app)


def _nobody(_session: Session, _medical: frozenset[UUID], _now: datetime) -> frozenset[UUID]:
    return frozenset()
