"""Which browser the tests take."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.chromium import BrowserMissingError, chromium_path


def program(folder: Path, name: str, does: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def only_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder in PATH, on a machine with a Chinese font; Playwright's downloads come to nothing."""
    program(tmp_path, "fc-list", "echo WenQuanYi")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("tests.chromium._download", lambda: False)
    return tmp_path


def test_an_installed_one_goes_before_a_downloaded_one(only_programs: Path) -> None:
    installed = program(only_programs, "google-chrome", "exit 0")
    assert chromium_path(program(only_programs, "downloaded", "exit 0")) == installed


def test_one_that_does_not_start_is_passed_over(only_programs: Path) -> None:
    program(only_programs, "chromium-browser", "exit 1")
    downloaded = program(only_programs, "downloaded", "exit 0")
    assert chromium_path(downloaded) == downloaded


def test_root_gets_one_from_the_package_archive(only_programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chromium = only_programs / "chromium"
    install = f"""case $1 in install) printf '#!/bin/sh\n' >'{chromium}'; /bin/chmod +x '{chromium}';; esac"""
    program(only_programs, "apt-get", install)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert chromium_path(only_programs / "no-download") == chromium


def test_without_any_the_failure_says_what_to_install(
    only_programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BrowserMissingError, match="apt-get install chromium"):
        chromium_path(only_programs / "no-download")


def test_a_browser_without_a_chinese_font_is_not_enough(
    only_programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(only_programs, "chromium", "exit 0")
    program(only_programs, "fc-list", "exit 0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BrowserMissingError, match="fonts-wqy-microhei"):
        chromium_path(only_programs / "no-download")
