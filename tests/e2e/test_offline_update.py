"""A new version of the app in the middle of a round, with two tabs open: announced, never forced."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from server.app import ROOT
from tests.e2e.conftest import Served, picture, serve
from tests.e2e.steps import check_in_by_hand, follow, go_to, open_form, ready_offline, save
from tests.factories.world import World

_PRESSURE = "收缩压（高压）"
_SECOND = "meta[name=second-version]"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built app, for a second version of it to be laid in its place."""
    folder = tmp_path_factory.mktemp("build") / "dist"
    shutil.copytree(os.environ.get("XUNYUE_PWA", ROOT / "pwa" / "dist"), folder)
    return folder


@pytest.fixture(scope="module")
def served(
    build: Path, tmp_path_factory: pytest.TempPathFactory, county: Callable[[Path], World]
) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XUNYUE_PWA", str(build))
        with serve(tmp_path_factory.mktemp("served"), county) as running:
            yield running


def test_a_new_version_waits_until_the_person_takes_it(served: Served, build: Path, browser: Browser) -> None:
    phone = served.open(browser)
    page = served.sign_in(phone, "second-doctor")
    ready_offline(page)
    page.reload()
    check_in_by_hand(page, "颐养园")
    open_form(page, "陈桂兰", "血压测量")
    page.get_by_label(_PRESSURE).fill("147")
    _publish_another(build)
    other = phone.new_page()
    other.goto(served.url)
    expect(other.get_by_text("新版本已就绪")).to_be_visible()
    other.get_by_role("button", name="现在更新").click()
    expect(other.locator(_SECOND)).to_have_count(1)
    expect(page.get_by_label(_PRESSURE)).to_have_value("147")  # on a form nothing is announced
    follow(page, "返回")
    expect(page.get_by_text("已在另一个页面更新")).to_be_visible()
    picture(page, "updated-elsewhere")
    page.get_by_role("button", name="重新打开").click()
    page.get_by_role("link", name="继续填写").click()
    expect(page.get_by_label(_PRESSURE)).to_have_value("147")
    page.get_by_label("舒张压（低压）").fill("89")
    save(page, "陈桂兰 血压测量")
    go_to(page, "待同步")
    expect(page.get_by_text("都已送达")).to_be_visible()
    expect(page.locator(_SECOND)).to_have_count(1)
    phone.close()


def _publish_another(build: Path) -> None:
    """As a deployment does: another page, and a worker that keeps it under another version."""
    for copy in [*build.glob("index.html.*"), *build.glob("sw.js.*")]:
        copy.unlink()
    page, worker = build / "index.html", build / "sw.js"
    page.write_text(page.read_text().replace("</head>", '<meta name="second-version"></head>'))
    worker.write_text(worker.read_text().replace('"version":"', '"version":"second-'))
