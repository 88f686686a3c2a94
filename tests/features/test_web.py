"""What every answer has: headers, one envelope for errors, and the PWA's files with the right shelf lives."""

import dataclasses
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import abort
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from server import clock
from server.app import build
from server.auth.access import requires
from server.auth.roles import Permission
from server.errors import Refusal
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.client import Client, field_errors
from tests.factories.world import World

JSON = {"X-Xunyue": "1"}
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """The application on https with a small build of the PWA, and routes that go wrong."""
    folder = tmp_path_factory.mktemp("served")
    build_of_pwa = folder / "pwa"
    (build_of_pwa / "assets").mkdir(parents=True)
    (build_of_pwa / "index.html").write_text("<title>shell</title>")
    (build_of_pwa / "sw.js").write_text("// worker")
    (build_of_pwa / "assets" / "app-1a2b.js").write_text("// code")
    (folder / "secret.txt").write_text("secret")
    settings = settings_for(f"sqlite:///{folder / 'empty.db'}", folder)
    app = build(dataclasses.replace(settings, public_url="https://xunyue.example"))
    _add_faulty_routes(app)
    return app


def _add_faulty_routes(app: Application) -> None:
    def fail(kind: str) -> Any:
        if kind == "bug":
            raise RuntimeError("password=hunter2")
        if kind == "database":
            raise OperationalError("SELECT hunter2", {}, Exception("hunter2"))
        if kind == "refusal":
            raise Refusal("conflict", reason="hunter1")
        abort(int(kind))

    app.add_url_rule("/api/v1/faults/<kind>", "fault", requires(Permission.PUBLIC)(fail))


def _get(app: Application, path: str, **kwargs: Any) -> TestResponse:
    return Client(app).raw("GET", path, buffered=True, **kwargs)


def _error(answer: TestResponse) -> dict[str, Any]:
    error: dict[str, Any] = answer.get_json()["error"]
    assert set(error) == {"code", "message", "fields", "details"}
    return error


@pytest.mark.parametrize(
    "path", ["/", "/sw.js", "/assets/app-1a2b.js", "/assets/gone.js", "/api/v1/session", "/api/v1/gone"]
)
def test_every_answer_is_guarded(served: Application, path: str) -> None:
    headers = _get(served, path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert {"camera=(self)", "bluetooth=(self)"} <= set(headers["Permissions-Policy"].split(", "))
    assert "Strict-Transport-Security" not in headers


def test_over_https_browsers_are_told_to_stay_there(served: Application) -> None:
    assert (
        "max-age" in _get(served, "/", base_url="https://xunyue.example").headers["Strict-Transport-Security"]
    )


@pytest.mark.parametrize(
    ("path", "status", "cache"),
    [
        ("/", 200, "no-cache"),
        ("/q/AbC-_9", 200, "no-cache"),
        ("/agreements/5", 200, "no-cache"),
        ("/sw.js", 200, "no-cache"),
        ("/assets/app-1a2b.js", 200, "public, max-age=31536000, immutable"),
        ("/assets/gone-9f.js", 404, "no-store"),
        ("/favicon.png", 404, "no-store"),
        ("/api/v1/session", 401, "no-store"),
        ("/api/v1/gone", 404, "no-store"),
        ("/../secret.txt", 404, "no-store"),
        ("/assets/../../secret.txt", 404, "no-store"),
        ("/%2e%2e/secret.txt", 404, "no-store"),
    ],
)
def test_shelf_lives(served: Application, path: str, status: int, cache: str) -> None:
    answer = _get(served, path, follow_redirects=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, cache)


def test_pages_are_the_shell_and_files_are_themselves(served: Application) -> None:
    assert _get(served, "/q/AbC-_9").text == "<title>shell</title>" == _get(served, "/").text
    assert _get(served, "/sw.js").text == "// worker"
    assert "javascript" in _get(served, "/sw.js").headers["Content-Type"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("bug", 500, "internal"),
        ("database", 503, "busy"),
        ("refusal", 409, "conflict"),
        ("404", 404, "not_found"),
        ("413", 413, "too_large"),
        ("415", 415, "unsupported_media_type"),
        ("422", 422, "invalid"),
    ],
)
def test_errors_share_one_envelope_and_tell_nothing(
    served: Application, kind: str, status: int, code: str
) -> None:
    answer = _get(served, f"/api/v1/faults/{kind}")
    error = _error(answer)
    assert (answer.status_code, error["code"]) == (status, code)
    assert "hunter2" not in answer.text
    assert error["message"] != code
    if code == "busy":
        assert answer.headers["Retry-After"] == str(error["details"]["retry_after_s"])


def test_messages_follow_the_language_of_the_request(served: Application) -> None:
    chinese = _error(_get(served, "/api/v1/session"))["message"]
    english = _error(_get(served, "/api/v1/session", headers={"Accept-Language": "en-GB,en;q=0.9"}))[
        "message"
    ]
    assert "登录" in chinese
    assert "sign in" in english


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/session", {"GET", "HEAD", "OPTIONS", "POST", "DELETE"}),
        ("GET", "/api/v1/agreements/01900000-0000-7000-8000-000000000000/actions", {"OPTIONS", "POST"}),
        ("POST", "/assets/app-1a2b.js", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    served: Application, method: str, path: str, allowed: set[str]
) -> None:
    answer = Client(served).raw(method, path, headers=JSON)
    assert (answer.status_code, _error(answer)["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_an_unknown_address_of_the_api_is_not_found_by_any_method(served: Application) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert Client(served).raw(method, "/api/v1/gone", headers=JSON).status_code == 404


def test_bodies_that_cannot_be_read_are_invalid(served: Application) -> None:
    client = Client(served)
    not_json = client.post_bytes("/session", b"{", **{"Content-Type": "application/json"})
    assert field_errors(not_json) == {"body": "not_json"}
    wrong_type = client.post_bytes("/session", b"login=a", **{"Content-Type": "text/plain"})
    assert _error(wrong_type)["code"] == "invalid"
    fields = _error(client.post("/session", {"login": 5, "pass": "x"}))["fields"]
    assert {(field["path"], field["code"]) for field in fields} == {
        ("login", "not_text"),
        ("password", "required"),
        ("pass", "unknown_field"),
    }


def test_a_body_past_all_limits_is_too_large(world: World) -> None:
    answer = world.client(world.doctor).post_bytes("/sync", b" " * (4 * 1024 * 1024 + 1))
    error = _error(answer)
    assert (answer.status_code, error["code"]) == (413, "too_large")
    assert error["fields"] == [{"path": "body", "code": "too_large", "limit": 4 * MEBIBYTE}]


@pytest.mark.parametrize(("size", "left"), [(5 * MEBIBYTE, 0), (20 * MEBIBYTE, 4 * MEBIBYTE)])
def test_what_is_refused_is_read_to_its_end_and_not_without_one(
    served: Application, size: int, left: int
) -> None:
    """gunicorn closes the connection: who is still sending then would see it broken instead of the answer."""
    body = BytesIO(bytes(size))
    for header, status in ((JSON, 413), ({}, 403)):
        body.seek(0)
        answer = Client(served).raw(
            "POST",
            "/api/v1/session",
            headers={"Content-Type": "application/json", **header},
            input_stream=body,
            content_length=size,
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert (answer.status_code, size - body.tell()) == (status, left)


@pytest.mark.parametrize("path", ["/session", "/kiosks/enrolments"])
def test_a_body_that_nests_without_end_is_refused(served: Application, path: str) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        body = opening * 100_000 + b"1" + closing * 100_000
        answer = Client(served).post_bytes(path, body, **{"Content-Type": "application/json"})
        assert field_errors(answer) == {"body": "too_deep"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_out_of_range(world: World, day: str) -> None:
    client = world.client(world.manager)
    for path, name in (
        *(("/ledger", "day"), ("/audit", "day")),
        *(("/standing", "as_of"), (f"/agreements/{world.home.id}", "as_of")),
    ):
        assert field_errors(client.get(f"{path}?{name}={day}")) == {name: "out_of_range"}, path
    for path in ("/agreements", "/agreements/preview"):  # their windows would end on no day
        wrong = field_errors(client.post(path, {"starts": day, "ends": day}))
        assert (wrong["starts"], wrong["ends"]) == ("out_of_range", "out_of_range"), path


def test_files_carry_no_cookie_and_over_https_the_cookie_is_secure(
    served: Application, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache may keep an asset for everybody: a session in it would be everybody's."""
    assert served.config["SESSION_COOKIE_SECURE"] is True
    monkeypatch.setattr(world.app, "settings", served.settings)
    with clock.fixed(world.now):
        client = world.client(world.doctor)
    with clock.fixed(world.now + timedelta(minutes=6)):  # it lives on with the session that it names
        assert "Set-Cookie" in client.post("/sync", {}).headers
        assert "Set-Cookie" not in client.get("/session").headers
    asset = client.raw("GET", "/assets/app-1a2b.js", buffered=True)
    assert (asset.status_code, "Set-Cookie" in asset.headers) == (200, False)
