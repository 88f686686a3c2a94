"""Every route declares what it takes to call it, and gets the actor as its first argument."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask_login import current_user

from server.auth.actor import Actor
from server.auth.roles import Permission
from server.errors import Refusal

View = Callable[..., Any]
# Figures are for those whose role at that very institution reads them: a doctor who manages a home elsewhere
# reads them there, and not of her colleagues. So it is with rulings.
_IN_THAT_ROLE = frozenset({Permission.FULFILMENT_READ, Permission.PUBLISHING_WRITE, Permission.DISPUTES_RULE})


def requires(permission: Permission) -> Callable[[View], View]:
    """Refuse with 401 or 403 before anything of the request is read. A PUBLIC view gets no actor."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if permission == Permission.PUBLIC:
                return view(*args, **kwargs)
            return view(_actor_with(permission), *args, **kwargs)

        return _declare(guarded, permission)

    return decorate


def _actor_with(permission: Permission) -> Actor:
    if not current_user.is_authenticated:
        raise Refusal("signed_out")
    actor: Actor = current_user.actor
    if not actor.may(permission):
        raise Refusal("forbidden", permission=permission.value)
    return actor.only(permission) if permission in _IN_THAT_ROLE else actor


def _declare(view: View, permission: Permission) -> View:
    view.__dict__["permission"] = permission
    return view


def declared_permission(view: View) -> Permission | None:
    """What `requires` put on a view; None where it was forgotten (a test looks for those)."""
    return view.__dict__.get("permission")
