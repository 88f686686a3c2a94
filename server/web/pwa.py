"""Serving the built PWA: one shell for every page, files with hashed names for ever."""

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

from server.auth.access import requires
from server.auth.roles import Permission
from server.web.application import application

blueprint = Blueprint("pwa", __name__)
_IMMUTABLE = "public, max-age=31536000, immutable"


@blueprint.get("/assets/<path:name>")
@requires(Permission.PUBLIC)
def asset(name: str) -> Response:
    return _file(f"assets/{name}", _IMMUTABLE)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def shell() -> Response:
    """`/` has a route of its own: a redirect here would fail the service worker's precache."""
    return _file("index.html", "no-cache")


@blueprint.get("/<path:path>")
@requires(Permission.PUBLIC)
def page(path: str) -> Response:
    """A file of the build, or the shell for a page of the PWA. Unknown API paths stay unknown."""
    if path.startswith("api/"):
        abort(404)
    if (application().settings.pwa_dir / path).is_file():
        return _file(path, "no-cache")
    if Path(path).suffix:
        abort(404)
    return _file("index.html", "no-cache")


def _file(name: str, cache_control: str) -> Response:
    response = send_from_directory(application().settings.pwa_dir, name, max_age=None)
    response.headers["Cache-Control"] = cache_control
    return response
