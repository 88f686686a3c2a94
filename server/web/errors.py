"""One table from refusals to HTTP, one envelope for every error."""

import logging
from typing import Any

from flask import Request, Response, jsonify, request
from flask_smorest import Blueprint
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from server.db import constraint_of, db
from server.errors import FieldError, Refusal, invalid
from server.web.application import Application
from server.web.messages import text_of
from server.web.schemas import flat_errors

log = logging.getLogger(__name__)

_MOST_READ, _PIECE = 16 * 1024 * 1024, 64 * 1024

STATUS = {
    "signed_out": 401,
    "revoked": 401,
    "sign_in_failed": 401,
    "forbidden": 403,
    "cross_site": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid": 422,
    "too_many_rows": 422,
    "scope_too_large": 422,
    "throttled": 429,
    "busy": 503,
    "internal": 500,
}
_CODE_OF_STATUS = {
    400: "invalid",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
}


@Blueprint.ARGUMENTS_PARSER.location_loader("json")
def _body(asked: Request, schema: Any) -> Any:
    """The body of every route that says its shape. One that nests too deep cannot be read at all."""
    try:
        return Blueprint.ARGUMENTS_PARSER.load_json(asked, schema)
    except BadRequest:
        raise invalid("body", "not_json") from None
    except RecursionError:
        raise invalid("body", "too_deep") from None


def install(app: Application) -> None:
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(IntegrityError, _clash)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_read_to_the_end)


def refused(refusal: Refusal) -> Response:
    """The answer to a refusal. A view that must keep what it wrote returns this instead of raising."""
    response = _envelope(refusal.code, list(refusal.fields), refusal.details)
    if "retry_after_s" in refusal.details:
        response.headers["Retry-After"] = str(refusal.details["retry_after_s"])
    return response


def _too_large(_error: HTTPException) -> Response:
    limit = request.max_content_length
    return refused(Refusal("too_large", FieldError("body", "too_large", limit), limit=limit))


def _http_error(error: HTTPException) -> Response:
    messages = getattr(error, "data", {}).get("messages", {})
    fields = [field for below in messages.values() for field in flat_errors(below)]
    response = _envelope(_CODE_OF_STATUS.get(error.code or 500, "invalid"), fields, {})
    if error.code:
        response.status_code = error.code
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _database_error(error: OperationalError) -> Response:
    _roll_back()
    log.exception("the database did not answer", exc_info=error)
    return refused(Refusal("busy", retry_after_s=5))


def _clash(error: IntegrityError) -> Response:
    """Two people did what only one may do; the database let the first one through."""
    _roll_back()
    log.warning("a constraint refused a write: %s", constraint_of(error))
    return refused(Refusal("conflict"))


def _unexpected(error: Exception) -> Response:
    _roll_back()
    log.exception("unexpected error", exc_info=error)
    return _envelope("internal", [], {})


def _read_to_the_end(response: Response) -> Response:
    """Whoever still sends when the connection is closed sees it broken, and not why it was refused.

    Reads what is left of the body where the server says that this ends, and no more than 16 MiB of it.
    """
    if response.status_code >= 400 and request.environ.get("wsgi.input_terminated"):
        body, left = request.environ["wsgi.input"], _MOST_READ
        while left > 0 and (piece := body.read(_PIECE)):
            left -= len(piece)
    return response


def _roll_back() -> None:
    """A lost connection cannot be told to roll back: the database has done so, and the pool forgets it."""
    try:
        db.session.rollback()
    except OperationalError:
        db.session().invalidate()


def _envelope(code: str, fields: list[FieldError], details: dict[str, Any]) -> Response:
    response = jsonify(
        error={
            "code": code,
            "message": text_of(code),
            "fields": [field_to_json(field) for field in fields],
            "details": details,
        }
    )
    response.status_code = STATUS.get(code, 409)
    return response


def field_to_json(field: FieldError) -> dict[str, Any]:
    shown = {"path": field.path, "code": field.code}
    return shown if field.limit is None else {**shown, "limit": field.limit}
