"""What every route has: a declared permission, and its place in the generated interface."""

import re
from typing import Any

from flask_smorest import Api

from server.auth.access import declared_permission
from server.auth.roles import PERMISSIONS, Permission, Role
from server.web.application import Application


def _document(app: Application) -> dict[str, Any]:
    api: Api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    document: dict[str, Any] = api.spec.to_dict()
    return document


def test_every_route_declares_a_permission(app: Application) -> None:
    forgotten = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if declared_permission(app.view_functions[rule.endpoint]) is None
    ]
    assert forgotten == []


def test_only_these_are_public(app: Application) -> None:
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if declared_permission(app.view_functions[rule.endpoint]) is Permission.PUBLIC
    }
    kiosks = ("kiosks/enrolments", "kiosks/<uuid:kiosk_id>/handshake")  # a device has a key, and no session
    calendar = "calendar/<token>.ics"  # a calendar program has nothing but the link
    ours = {f"/api/v1/{path}" for path in ("session", "health", "health/jobs", *kiosks, calendar)}
    assert public == {"/", "/<page:path>", "/assets/<path:name>"} | ours


def test_every_role_is_in_the_map() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert not any({Permission.PUBLIC, Permission.SIGNED_IN} & given for given in PERMISSIONS.values())


def test_the_interface_lists_every_api_route(app: Application) -> None:
    described = {
        (method.upper(), path)
        for path, methods in _document(app)["paths"].items()
        for method in methods
        if method != "parameters"
    }
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/")
    }
    assert described == served


def test_every_answer_of_the_interface_has_a_shape(app: Application) -> None:
    """A 200 or 201 without a schema would leave the PWA's types empty there."""
    shapeless = [
        f"{method} {path}"
        for path, methods in _document(app)["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
        for status, answer in operation["responses"].items()
        if status in ("200", "201")
        and not any("schema" in content for content in answer.get("content", {}).values())
    ]
    assert shapeless == []
