"""Serving the built PWA: one shell for every page, hashed names for ever, all compressed by the build."""

from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from server.auth.access import requires
from server.auth.roles import Permission
from server.web.application import Application, application

blueprint = Blueprint("pwa", __name__)
_IMMUTABLE = "public, max-age=31536000, immutable"
_COPIES = {"br": ".br", "gzip": ".gz"}  # the build's smaller ones, by content coding; the smallest first


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
    """The file, or a smaller copy of it that the client takes; each has an ETag of its own."""
    copies = _copies_of(name)
    coding = request.accept_encodings.best_match(list(copies))
    name += copies[coding] if coding else ""
    response = send_from_directory(application().settings.pwa_dir, name, max_age=None)  # names the coding too
    response.headers["Cache-Control"] = cache_control
    if copies:
        response.vary.add("Accept-Encoding")
    return response


def _copies_of(name: str) -> dict[str, str]:
    """Suffixes of the compressed copies that the build laid beside a file, by content coding."""
    file = safe_join(str(application().settings.pwa_dir), name)
    return {coding: suffix for coding, suffix in _COPIES.items() if file and Path(file + suffix).is_file()}
