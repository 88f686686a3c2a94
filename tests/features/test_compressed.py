"""The build's compressed copies: sent to whoever takes them, and never mixed up in a cache."""

import gzip
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from server.app import build
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.client import Client

CODE = "// code\n" * 500
SCRIPT, SHELL = "/assets/app-1a2b.js", "/agreements/5"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """A build as Vite leaves it: two files with copies, one too small for any."""
    folder = tmp_path_factory.mktemp("compressed")
    assets = folder / "pwa" / "assets"
    assets.mkdir(parents=True)
    (assets / "small-3c.js").write_text("// small")
    for file in (assets / "app-1a2b.js", folder / "pwa" / "index.html"):
        file.write_text(CODE)
        Path(f"{file}.br").write_bytes(b"as brotli")
        Path(f"{file}.gz").write_bytes(gzip.compress(CODE.encode()))
    return build(settings_for(f"sqlite:///{folder / 'empty.db'}", folder))


def _get(app: Application, path: str, accepts: str | None, **headers: str) -> TestResponse:
    said = {**headers, **({"Accept-Encoding": accepts} if accepts is not None else {})}
    return Client(app).raw("GET", path, headers=said, buffered=True)


@pytest.mark.parametrize("path", [SCRIPT, SHELL])
@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),  # a browser on plain http
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("identity", None),
        ("", None),
        (None, None),
    ],
)
def test_the_copy_is_one_the_client_takes(
    served: Application, path: str, accepts: str | None, coding: str | None
) -> None:
    answer = _get(served, path, accepts)
    assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, coding)
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.mimetype == ("text/javascript" if path == SCRIPT else "text/html")
    bodies = {"br": b"as brotli", "gzip": gzip.compress(CODE.encode()), None: CODE.encode()}
    assert len(answer.data) == len(bodies[coding])


def test_a_copy_is_known_again_and_another_is_another(served: Application) -> None:
    tags = {coding: _get(served, SCRIPT, coding).headers["ETag"] for coding in ("br", "gzip", "identity")}
    assert len(set(tags.values())) == 3
    again = _get(served, SCRIPT, "br", **{"If-None-Match": tags["br"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept-Encoding" in again.headers["Vary"]
    assert _get(served, SCRIPT, "gzip", **{"If-None-Match": tags["br"]}).status_code == 200


def test_shelf_lives_are_those_of_the_files(served: Application) -> None:
    assert "immutable" in _get(served, SCRIPT, "br").headers["Cache-Control"]
    assert _get(served, SHELL, "br").headers["Cache-Control"] == "no-cache"


def test_what_has_no_copy_is_sent_as_it_is(served: Application) -> None:
    answer = _get(served, "/assets/small-3c.js", "br")
    assert (answer.text, answer.headers.get("Content-Encoding")) == ("// small", None)
    assert _get(served, "/assets/../../secret.txt", "br").status_code == 404
