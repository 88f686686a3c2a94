"""Ways into a check-in that are not the live camera: a link of another app, a photo, the short code."""

from collections.abc import Iterator
from io import BytesIO

import pytest
import qrcode
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Playwright, expect

from tests.browser import launch
from tests.e2e.conftest import Served, picture
from tests.e2e.steps import go_to, ready_offline

WECHAT = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/122.0 Mobile MicroMessenger/8.0"
WRONG = ("ABCD-2345", "ABCD-2346", "ABCD-2347", "ABCD-2348", "ABCD-2349")


@pytest.fixture
def phone(served: Served, browser: Browser) -> Iterator[BrowserContext]:
    context = served.open(browser)
    yield context
    context.close()


def _link(served: Served) -> str:
    return f"{served.url}/q/{served.world.poster.token}"


def _photo(text: str) -> bytes:
    """As a phone's camera app takes it: large, askew, a little soft, with a wall around."""
    code = qrcode.make(text, border=4).get_image().convert("RGB").resize((900, 900))
    code = code.filter(ImageFilter.GaussianBlur(2))
    wall = Image.new("RGB", (3000, 4000), (196, 190, 180))
    turned = code.rotate(11, expand=True, fillcolor=(240, 240, 236))
    wall.paste(turned, (900, 1500))
    target = BytesIO()
    wall.save(target, "JPEG", quality=80)
    return target.getvalue()


def test_a_link_of_another_camera_app_lands_in_the_check_in_after_sign_in(
    served: Served, browser: Browser
) -> None:
    phone = served.open(browser, service_workers="block")
    page = phone.new_page()
    page.goto(_link(served))
    expect(page.get_by_text("签到码已经扫到")).to_be_visible()
    picture(page, "link-sign-in")
    page.get_by_label("账号").fill(served.world.doctor)
    page.get_by_label("密码", exact=True).fill("correct horse")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("[data-found]").get_by_role("heading", name="颐养园")).to_be_visible()
    expect(page.get_by_role("button", name="签到（C 级）")).to_be_visible()
    phone.close()


def test_a_link_waits_behind_the_lock_without_a_network(served: Served, phone: BrowserContext) -> None:
    page = served.sign_in(phone, served.world.doctor)
    ready_offline(page)
    go_to(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    page.get_by_role("heading", name="已锁定").wait_for()
    phone.set_offline(True)
    page.goto(_link(served))
    page.get_by_label("密码", exact=True).fill("correct horse")
    expect(page.get_by_text("颐养园")).to_have_count(0)
    page.get_by_role("button", name="解锁", exact=True).click()
    expect(page.get_by_role("button", name="签到（C 级）")).to_be_visible()


def test_whoever_does_not_check_in_is_told_what_the_code_is_for(served: Served, browser: Browser) -> None:
    page = served.visit(browser, served.world.staff)
    page.goto(_link(served))
    expect(page.get_by_text("这是巡诊签到码")).to_be_visible()
    page.get_by_role("link", name="回到首页").click()
    expect(page.get_by_role("heading", name="待确认").first).to_be_visible()
    page.context.close()


def test_in_another_apps_browser_a_photo_does_instead_of_the_camera(
    served: Served, playwright: Playwright
) -> None:
    refusing = launch(playwright, camera_allowed=False)
    page = served.visit(refusing, served.world.doctor, user_agent=WECHAT)
    page.get_by_role("link", name="扫码").first.click()
    expect(page.get_by_text("微信里不能直接用摄像头").or_(page.get_by_text("没有找到摄像头"))).to_be_visible()
    photo = page.locator("input[type=file][capture=environment]")
    photo.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.get_by_text("照片里没有找到签到码")).to_be_visible()
    picture(page, "photo-nothing")
    photo.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": _photo(_link(served))})
    expect(page.get_by_role("button", name="签到（C 级）")).to_be_visible()
    refusing.close()


def test_a_short_code_is_a_d_and_guessing_is_slowed_down(served: Served, browser: Browser) -> None:
    page = served.visit(browser, served.world.doctor)
    expect(page.get_by_text("颐养园").first).to_be_visible()
    page.goto(f"{served.url}/scan/code")
    field = page.get_by_label("签到码旁的 8 位短码")
    field.fill(served.world.poster.short_code.lower().replace("-", " "))
    expect(page.get_by_role("button", name="签到（D 级）")).to_be_visible()
    for code in WRONG:
        field.fill(code)
        expect(page.get_by_text("没有找到这个短码").or_(page.get_by_text("试得太多了"))).to_be_visible()
    expect(page.get_by_text("试得太多了")).to_be_visible()
    expect(field).not_to_be_editable()
    expect(page.get_by_role("link", name="手动签到")).to_be_visible()
    picture(page, "short-code-slow")
    page.context.close()
