"""Managers: silent phones beside the figures, and a refused entry that is mended and counts afterwards."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from server import clock
from tests.e2e.conftest import DESKTOP, Served, picture
from tests.e2e.looking import faults
from tests.factories.phone import outcomes


@pytest.fixture(scope="module")
def refused(served: Served) -> str:
    """A doctor checked in by a method that does not exist, so that nothing of the round was accepted; then
    the phone fell silent. Returns the id of the round's line."""
    world = served.world
    at = clock.now() - timedelta(days=3, hours=1)
    with clock.fixed(at):
        phone = world.phone(world.doctor, at=at)
        phone.check_in(world.home, world.poster, method="postre")
        line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
        phone.check_out(world.home)
        assert outcomes(phone.sync()) == ["invalid", "unknown_round", "unknown_round"]
    return str(line)


@pytest.fixture(scope="module")
def page(served: Served, browser: Browser) -> Iterator[Page]:
    """The manager's, signed in once; a test says where it begins."""
    signed_in = served.visit(browser, served.world.manager)
    yield signed_in
    signed_in.context.close()


@pytest.mark.usefixtures("refused")
def test_silent_phones_are_told_beside_the_figures(served: Served, page: Page) -> None:
    page.goto(f"{served.url}/fulfilment")
    notice = page.get_by_text("1 部手机超过 2 天未同步，数字可能偏低")
    expect(notice).to_be_visible()
    picture(page, "arrivals-overview")
    page.get_by_role("link", name="看是哪些手机").click()
    expect(page.get_by_text("3 天未同步")).to_be_visible()
    _look(page, "arrivals-health")
    page.get_by_role("link", name="导入文件").click()
    expect(page.get_by_label("选择文件")).to_be_visible()
    _look(page, "arrivals-import")
    page.get_by_role("link", name="记录", exact=True).click()
    expect(page.get_by_text("被拒绝", exact=True).first).to_be_visible()
    _look(page, "arrivals-list")
    page.get_by_role("link", name="服务记录 · 血压测量").click()
    expect(page.get_by_text("先补正这次巡诊的签到").first).to_be_visible()
    _look(page, "arrivals-record")


def test_a_refused_check_in_is_mended_and_the_round_counts(served: Served, page: Page, refused: str) -> None:
    page.set_viewport_size(DESKTOP)
    page.goto(f"{served.url}/arrivals/entries")
    page.locator("main").get_by_role("link", name="签到").last.click()  # the navigation has one, too
    expect(page.get_by_text("不是可用的选项").first).to_be_visible()
    _look(page, "arrivals-check-in")
    page.get_by_role("button", name="按原样重新判定").click()
    expect(page.get_by_text("仍不能接受，原来的内容没有改动")).to_be_visible()
    page.get_by_label("签到方式").select_option(label="扫描墙上的签到码")
    page.get_by_role("button", name="补正并计入").click()
    expect(page.get_by_text("等着它的 2 条一起重新判定：")).to_be_visible()
    # the entry, the two that waited for it, and below them what took the entry's place
    expect(page.get_by_text("已接收", exact=True)).to_have_count(4)
    _look(page, "arrivals-mended")
    page.goto(f"{served.url}/arrivals/entries")
    expect(page.get_by_role("heading", name="没有被拒绝的记录")).to_be_visible()
    page.goto(f"{served.url}/fulfilment/records/{refused}")
    expect(page.get_by_text("138/82 mmHg").first).to_be_visible()
    _look(page, "arrivals-counted")


def _look(page: Page, name: str) -> None:
    """Keep a picture, and let axe judge it with all that is folded open."""
    picture(page, name)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert faults(page) == []
