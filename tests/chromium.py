"""Finds a Chromium for the browser tests, and a Chinese font; gets them where there are none.

In this order: one that is installed, Playwright's own download, Debian's package where the tests run as root.
Without any of them the tests fail: skipped, they would prove less than a green run says.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACS_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PACKAGES = ("chromium", "chromium-l10n", "fontconfig", "fonts-wqy-microhei")
DOWNLOAD_SECONDS = 300
PACKAGES_SECONDS = 900

NO_BROWSER = (
    "The browser tests need Chromium or Chrome, and none was found or could be fetched. Install one: on "
    "Debian `apt-get install chromium chromium-l10n`, elsewhere Chrome, or run "
    "`.venv/bin/playwright install --with-deps chromium`."
)
NO_FONT = (
    "The browser tests need a font with Chinese characters, and `fc-list :lang=zh` names none. Install one: "
    "on Debian and Ubuntu `apt-get install fontconfig fonts-wqy-microhei`."
)


class BrowserMissingError(Exception):
    """There is no browser, or no font, and none could be had; the text says what to install."""


@cache
def chromium_path(downloaded: Path) -> Path:
    """The program to start; `downloaded` is where Playwright's own download lies, if there is one."""
    with _one_at_a_time():
        path = _installed() or _working(downloaded)
        if path is None and _download():
            path = _working(downloaded)
        if path is None and _install_packages():
            path = _installed()
        if path is None:
            raise BrowserMissingError(NO_BROWSER)
        if not _has_chinese_font() and not (_install_packages() and _has_chinese_font()):
            raise BrowserMissingError(NO_FONT)
    return path


def _installed() -> Path | None:
    found = [Path(path) for name in PROGRAMS if (path := shutil.which(name))]
    return next((path for path in [*found, MACS_CHROME] if _working(path)), None)


def _working(path: Path) -> Path | None:
    """The path, if what lies there starts: Ubuntu's `chromium-browser` only tells one to install a snap."""
    return path if path.exists() and _succeeds(30, str(path), "--version") else None


def _download() -> bool:
    return _succeeds(DOWNLOAD_SECONDS, sys.executable, "-m", "playwright", "install", "chromium")


def _install_packages() -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    install = ("apt-get", "install", "-y", "--no-install-recommends", *PACKAGES)
    return _succeeds(PACKAGES_SECONDS, "apt-get", "update") and _succeeds(PACKAGES_SECONDS, *install)


def _has_chinese_font() -> bool:
    if sys.platform == "darwin":
        return True
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False)
    return bool(listed.stdout.strip())


def _succeeds(seconds: float, *command: str) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Workers of pytest-xdist wait for the first one instead of installing beside it."""
    lock = Path(tempfile.gettempdir()) / f"xunyue-chromium-{os.geteuid()}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
