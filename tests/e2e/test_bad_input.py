"""What goes wrong on a phone: each has a clear answer in Chinese on the screen, and nothing is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, Route, expect

from server.checkin.models import Poster
from tests.browser import launch
from tests.e2e.conftest import Served, picture
from tests.e2e.steps import back_to_round, check_in_by_hand, go_to, log_pressure, open_form, ready_offline

SENT_AT_LAST = 60_000  # ten seconds to take an entry back, and the loop's next turn


@pytest.fixture
def phone(served: Served, browser: Browser) -> Iterator[BrowserContext]:
    context = served.open(browser)
    yield context
    context.close()


def _ready(served: Served, context: BrowserContext, login: str = "second-doctor") -> Page:
    """Signed in, with the working set on the phone and the shell in its cache."""
    page = served.sign_in(context, login)
    ready_offline(page)
    return page


def _open_code(served: Served, page: Page, token: str) -> None:
    """As a link opened by another camera app."""
    page.goto(f"{served.url}/q/{token}")


def _forged(poster: Poster) -> str:
    """The last character of the signature exchanged."""
    other = "A" if poster.token[-2] != "A" else "B"
    return poster.token[:-2] + other + poster.token[-1]


def test_forged_foreign_and_revoked_posters_are_told_apart_offline(
    served: Served, phone: BrowserContext
) -> None:
    old = served.world.issue_poster(served.world.home)
    served.world.issue_poster(served.world.home)
    page = _ready(served, phone)
    phone.set_offline(True)
    _open_code(served, page, _forged(old))
    expect(page.get_by_text("签到码无效")).to_be_visible()
    picture(page, "bad-forged")
    _open_code(served, page, "https-example-com")
    expect(page.get_by_text("这不是巡约的签到码")).to_be_visible()
    _open_code(served, page, served.world.other["poster"].token)
    expect(page.get_by_text("这家机构不在您的服务范围内")).to_be_visible()
    _open_code(served, page, old.token)
    expect(page.get_by_text("这是已停用的旧码")).to_be_visible()
    expect(page.get_by_role("button", name="签到（D 级）")).to_be_visible()
    picture(page, "bad-revoked")


def test_without_camera_and_place_a_doctor_checks_in_by_hand(served: Served, playwright: Playwright) -> None:
    refusing = launch(playwright, camera_allowed=False)
    context = served.open(refusing, service_workers="block")
    context.clear_permissions()
    page = served.sign_in(context, "second-doctor")
    expect(page.get_by_text("颐养园").first).to_be_visible()
    page.get_by_role("link", name="扫码").first.click()
    expect(page.get_by_text("没有摄像头权限").or_(page.get_by_text("没有找到摄像头")).first).to_be_visible()
    picture(page, "bad-camera")
    check_in_by_hand(page, "颐养园")
    expect(page.get_by_text("0 分钟 · 已记录 0 项")).to_be_visible()
    refusing.close()


def test_a_captive_portal_answers_with_a_page_and_everything_stays(served: Served, browser: Browser) -> None:
    page = served.visit(browser, "second-doctor")
    phone = page.context
    check_in_by_hand(page, "颐养园")

    def portal(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>请先登录无线网络</h1>")

    def takes_the_reading(request: Request) -> bool:
        return request.method == "POST" and len((request.post_data_json or {}).get("entries", ())) > 0

    _values_out_of_range_are_refused_in_place(page)
    # The check-in has arrived before: what is sent now is the reading, past the time to take it back.
    expect(page.get_by_text("条待发送")).to_have_count(0)
    phone.route("**/api/v1/sync*", portal)
    with page.expect_request_finished(takes_the_reading, timeout=SENT_AT_LAST):
        log_pressure(page, "王秀英", "131", "77")
    go_to(page, "待同步")
    expect(page.get_by_text("131/77")).to_be_visible()
    picture(page, "bad-portal")
    phone.unroute("**/api/v1/sync*")
    page.get_by_role("button", name="现在同步").click()
    expect(page.get_by_text("最近送达")).to_be_visible(timeout=SENT_AT_LAST)
    expect(page.get_by_role("heading", name="等待发送")).to_have_count(0, timeout=SENT_AT_LAST)
    phone.close()


def _values_out_of_range_are_refused_in_place(page: Page) -> None:
    open_form(page, "王秀英", "血压测量")
    page.get_by_label("收缩压（高压）").fill("400")
    page.get_by_label("舒张压（低压）").fill("80")
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text("不能高于 300")).to_be_visible()
    picture(page, "bad-value")
    page.get_by_label("收缩压（高压）").fill("225")
    expect(page.get_by_text("高于 220，很少见")).to_be_visible()
    expect(page.get_by_text("危急值").first).to_be_visible()
    picture(page, "urgent-value")
    back_to_round(page)
