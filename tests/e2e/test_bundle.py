"""What the built PWA costs on a phone's network. Needs the build: script/setup."""

import gzip
import json
import os
import re
from pathlib import Path

BUILD = Path(os.environ.get("XUNYUE_PWA") or Path(__file__).parents[2] / "pwa" / "dist")
# Thousands of bytes as they are sent (Brotli). Raise them knowingly: 100 kB is three seconds on a bad day.
FIRST_SCREEN_KB = 100
SHELL_KB = 710
LARGEST_PAGE_KB = 20


def _sent(name: str) -> int:
    """Bytes on the way: of the compressed copy, where the build laid one."""
    file = BUILD / name.lstrip("/")
    copy = Path(f"{file}.br")
    return (copy if copy.exists() else file).stat().st_size


def _first_screen() -> set[str]:
    html = (BUILD / "index.html").read_text(encoding="utf-8")
    return {"/index.html", *re.findall(r'(?:src|href)="(/assets/[^"]+\.(?:js|css))"', html)}


def _shell() -> list[str]:
    worker = (BUILD / "sw.js").read_text(encoding="utf-8")
    (shell,) = re.findall(r"^const SHELL = (\{.*\});", worker, re.MULTILINE)
    return ["/index.html" if name == "/" else name for name in json.loads(shell)["files"]]


def test_the_first_screen_is_small() -> None:
    files = _first_screen()
    assert len(files) > 2
    assert sum(map(_sent, files)) <= FIRST_SCREEN_KB * 1000


def test_what_a_phone_keeps_for_offline_is_bounded() -> None:
    assert sum(map(_sent, _shell())) <= SHELL_KB * 1000


def test_no_page_is_large_by_itself() -> None:
    pages = {f"/assets/{file.name}" for file in (BUILD / "assets").glob("*.js")} - _first_screen()
    assert {name: size for name in pages if (size := _sent(name)) > LARGEST_PAGE_KB * 1000} == {}


def test_copies_are_what_they_are_copies_of() -> None:
    copies = list(BUILD.rglob("*.gz"))
    assert len(copies) > 20
    wrong = [
        copy for copy in copies if gzip.decompress(copy.read_bytes()) != copy.with_suffix("").read_bytes()
    ]
    assert wrong == []
    assert {copy.with_suffix("") for copy in copies} == {copy.with_suffix("") for copy in BUILD.rglob("*.br")}
