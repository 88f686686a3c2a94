"""A kiosk shows a code, a doctor's camera sees it: grade A once, and never again with the same code."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.browser import camera_clip, launch
from tests.e2e.conftest import DESKTOP, Served, picture
from tests.e2e.steps import controlled, go_to, ready_offline

# Left of a code's thirty seconds when it is photographed, so that it is read within its own step.
_ENOUGH_SECONDS = 20


@pytest.fixture(scope="module")
def manager(served: Served, browser: Browser) -> Iterator[Page]:
    """Signed in once."""
    page = served.visit(browser, served.world.manager, DESKTOP)
    yield page
    page.context.close()


def test_a_rotating_code_is_grade_a_once(
    served: Served, browser: Browser, playwright: Playwright, manager: Page, tmp_path: Path
) -> None:
    clip = camera_clip(Image.new("RGB", (400, 400), "white"), tmp_path / "screen.mjpeg")
    hall = served.open(browser, DESKTOP)
    eyes = launch(playwright, clip)
    pocket = served.open(eyes)
    try:
        screen = _enrol(served, hall, _invite(served, manager, "一楼大厅"))
        doctor = served.sign_in(pocket, served.world.doctor)
        ready_offline(doctor)
        _photograph(screen, clip)
        _scan(doctor)
        expect(doctor.get_by_text("动态码有效，人在机构范围内")).to_be_visible()
        picture(doctor, "kiosk-scanned")
        doctor.get_by_role("button", name="签到（A 级）").click()
        doctor.get_by_role("link", name="签退").wait_for()
        _scan(doctor)
        expect(doctor.get_by_text("这个动态码已经用过一次")).to_be_visible()
        picture(doctor, "kiosk-scanned-again")
        doctor.get_by_role("button", name="重新签到").click()
        doctor.get_by_role("link", name="签退").wait_for()
        assert _grades(served, doctor) == {("A", "rotating_inside_fence"), ("D", "code_used_before")}
        _runs_offline(hall, screen)
    finally:
        for name, context in (("doctor", pocket), ("kiosk", hall)):
            served.close(context, f"kiosk-{name}")
        eyes.close()


def test_a_revoked_kiosk_says_so_and_forgets_its_key(served: Served, browser: Browser, manager: Page) -> None:
    hall = served.open(browser, service_workers="block")
    screen = _enrol(served, hall, _invite(served, manager, "二楼"))
    manager.get_by_role("button", name="停用“二楼”").click()
    manager.get_by_role("button", name="停用这块签到屏").click()
    expect(manager.get_by_text("请选择原因")).to_be_visible()
    manager.get_by_text("换新或不再使用").click()
    manager.get_by_role("button", name="停用这块签到屏").click()
    expect(manager.get_by_text("已停用“二楼”")).to_be_visible()
    manager.get_by_role("button", name="“二楼”其实丢失了？").click()
    manager.get_by_role("dialog").get_by_role("button", name="改报为丢失").click()
    expect(manager.get_by_text("丢失、被盗，或不清楚在谁手上")).to_be_visible()
    expect(manager.get_by_role("button", name="“二楼”其实丢失了？")).to_have_count(0)
    screen.reload()
    expect(screen.get_by_role("heading", name="这块签到屏已停用")).to_be_visible()
    screen.reload()
    expect(screen.get_by_role("heading", name="这块签到屏已停用")).to_be_visible()
    assert screen.evaluate(_HELD) == ["revoked"]
    hall.close()


# A system that keeps the screen on until it takes that back, and then refuses where it is told to.
_SYSTEM = """() => {
  window.held = []
  const request = (kind) => {
    if (window.refuses) return Promise.reject(new DOMException('battery', 'NotAllowedError'))
    const lock = Object.assign(new EventTarget(), { kind, released: false, release: () => Promise.resolve() })
    window.held.push(lock)
    return Promise.resolve(lock)
  }
  Object.defineProperty(navigator, 'wakeLock', { value: { request } })
}"""
_TAKE_BACK = """(refuses) => {
  window.refuses = refuses
  const lock = window.held.at(-1)
  lock.released = true
  lock.dispatchEvent(new Event('release'))
}"""


def test_the_screen_stays_on_or_says_that_it_may_not(served: Served, browser: Browser, manager: Page) -> None:
    hall = served.open(browser, DESKTOP, service_workers="block")
    hall.add_init_script(f"({_SYSTEM})()")
    screen = _enrol(served, hall, _invite(served, manager, "三楼"))
    assert screen.evaluate("held.map(({ kind }) => kind)") == ["screen"]
    screen.evaluate(_TAKE_BACK, False)
    assert screen.evaluate("held.length") == 2
    warning = screen.get_by_text("屏幕可能会自动熄灭")
    expect(warning).to_have_count(0)
    screen.evaluate(_TAKE_BACK, True)
    expect(warning).to_be_visible()
    hall.close()


_HELD = """() => new Promise((resolve) => {
  indexedDB.open('xunyue-kiosk').onsuccess = ({ target: { result: db } }) => {
    const keys = db.transaction('kiosk').objectStore('kiosk').getAllKeys()
    keys.onsuccess = () => resolve(keys.result)
  }
})"""


def _invite(served: Served, page: Page, name: str) -> str:
    """The one-time code, as the manager's screen tells it."""
    page.goto(served.url)
    go_to(page, "签到码")
    page.get_by_text("颐养园").first.click()
    page.get_by_role("link", name="签到屏").click()
    page.get_by_role("button", name="添加签到屏").click()
    page.get_by_label("名称").fill(name)
    page.get_by_role("button", name="取启用码").click()
    code = page.locator("dialog b").inner_text()
    page.get_by_role("button", name="完成").click()
    return code


def _enrol(served: Served, context: BrowserContext, code: str) -> Page:
    page = context.new_page()
    page.goto(f"{served.url}/kiosk")
    page.get_by_label("启用码").fill(code)
    page.get_by_role("button", name="启用").click()
    page.locator("[data-contact=online]").wait_for()
    return page


def _photograph(screen: Page, clip: Path) -> None:
    """What the doctor's camera sees from now on: the screen, early in the life of a code."""
    words = screen.get_by_text("秒后换新码")
    for _ in range(80):
        if int(words.inner_text().split()[0]) >= _ENOUGH_SECONDS:
            break
        screen.wait_for_timeout(500)
    picture(screen, "kiosk-screen")
    shown = screen.locator("[data-link]").screenshot()
    camera_clip(Image.open(BytesIO(shown)), clip)


def _scan(page: Page) -> None:
    page.goto(urljoin(page.url, "/scan"))
    page.locator("[data-found]").wait_for()
    expect(page.get_by_text("在签到范围内")).to_be_visible()


def _grades(served: Served, page: Page) -> set[tuple[str, str]]:
    """Of the doctor's rounds as the server judged them, once both have arrived."""
    rounds: list[dict[str, Any]] = []
    for _ in range(60):
        rounds = page.request.get(f"{served.url}/api/v1/sync").json()["rounds"]
        if len(rounds) > 1:
            break
        page.wait_for_timeout(500)
    return {(row["grade"], *row["grade_reasons"]) for row in rounds}


def _runs_offline(context: BrowserContext, screen: Page) -> None:
    """Opened again without a network it goes on showing codes, and says since when it is alone."""
    controlled(screen)
    context.set_offline(True)
    screen.reload()
    screen.locator("[data-contact=offline]").wait_for()
    expect(screen.get_by_text("离线，")).to_be_visible()
    assert "/q/Ag" in (screen.locator("[data-link]").get_attribute("data-link") or "")
    assert screen.locator("[data-jumped=false]").count() == 1
    picture(screen, "kiosk-offline")
