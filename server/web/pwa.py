"""Serving the built PWA: one shell for every page, files with hashed names for ever."""

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from server.auth.access import requires
from server.auth.roles import Permission
from server.web.application import Application, application

blueprint = Blueprint("pwa", __name__)
_IMMUTABLE = "public, max-age=31536000, immutable"


class PagePath(PathConverter):
    """Any path but the API's: there, a wrong method or an unknown address is answered as such."""

    regex = "(?!api/)[^/].*?"


def install(app: Application) -> None:
    app.url_map.converters["page"] = PagePath
    app.register_blueprint(blueprint)


@blueprint.get("/assets/<path:name>")
@requires(Permission.PUBLIC)
def asset(name: str) -> Response:
    return _file(f"assets/{name}", _IMMUTABLE)


@blueprint.get("/")
@requires(Permission.PUBLIC)
def shell() -> Response:
    """`/` has a route of its own: a redirect here would fail the service worker's precache."""
    return _file("index.html", "no-cache")


@blueprint.get("/<page:path>")
@requires(Permission.PUBLIC)
def page(path: str) -> Response:
    """A file of the build, or the shell for a page of the PWA."""
    file = safe_join(str(application().settings.pwa_dir), path)
    if file is None:
        abort(404)
    if Path(file).is_file():
        return _file(path, "no-cache")
    if Path(path).suffix:
        abort(404)
    return _file("index.html", "no-cache")


def _file(name: str, cache_control: str) -> Response:
    response = send_from_directory(application().settings.pwa_dir, name, max_age=None)
    response.headers["Cache-Control"] = cache_control
    return response
