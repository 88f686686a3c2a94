"""Headers for every answer, and the refusal of requests that other sites make in a user's name.

The check of origin needs no token, so nothing expires: a phone whose session ended in the middle of a sync
signs in again and sends the same entries.
"""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from server.errors import Refusal
from server.web.application import SAFE_METHODS, Application

OWN_HEADER = "X-Xunyue"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self'; "
    "img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), bluetooth=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class CookieOfTheApi(SecureCookieSessionInterface):
    """Renews the cookie in answers of the API alone: files that any cache may keep must not carry it."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        return request.path.startswith("/api/") and super().should_set_cookie(app, session)


def install(app: Application) -> None:
    app.session_interface = CookieOfTheApi()
    app.before_request(_refuse_cross_site)
    app.after_request(_add_headers)


def _refuse_cross_site() -> None:
    """An unsafe request carries our own header, which no foreign page can add without a preflight, and says
    (where the browser says anything) that it comes from this origin."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get(OWN_HEADER) != "1":
        raise Refusal("cross_site")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refusal("cross_site")
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        raise Refusal("cross_site")


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith("/api/") or response.status_code >= 400:
        response.headers.setdefault("Cache-Control", "no-store")  # a missing file may be there tomorrow
    return response
