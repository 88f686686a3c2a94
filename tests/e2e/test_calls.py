"""A home calls, a hospital answers: on two phones, and with the network gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from server.auth.roles import OrganisationKind, Role
from tests.e2e.conftest import DESKTOP, Served, picture
from tests.e2e.looking import faults

GREEN = "急诊急救绿色通道"
CALLS = "**/api/v1/demands"


@dataclass(frozen=True, slots=True)
class Ward:
    """Who calls, and who answers: their logins."""

    staff: str
    doctor: str


@pytest.fixture(scope="module")
def ward(served: Served) -> Ward:
    """A home of its own, with an agreement that promises an answer within half an hour."""
    world = served.world
    hospital = world.organisation(OrganisationKind.MEDICAL, "柳溪卫生院")
    home = world.organisation(OrganisationKind.CARE, "柳溪院", latitude=30.3, longitude=120.2)
    world.resident(home, name="钱秀珍", bed="301-2")
    green = {"kind": "on_demand", "services": ["green_channel_emergency"], "respond_within_minutes": 30}
    world.agree(hospital, home, number="柳-1", clauses=(("green", green, 1),))
    staff = world.person("liuxi-staff", home, Role.CARE_STAFF)
    return Ward(staff, world.person("liuxi-doctor", hospital, Role.CLINICIAN))


@pytest.fixture(scope="module")
def staff(served: Served, browser: Browser, ward: Ward) -> Iterator[Page]:
    """The home's page of calls, signed in once."""
    page = served.visit(browser, ward.staff)
    page.get_by_role("link", name="呼叫", exact=True).click()
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def doctor(served: Served, browser: Browser, ward: Ward) -> Iterator[Page]:
    """The hospital's first page, signed in once."""
    page = served.visit(browser, ward.doctor)
    yield page
    page.context.close()


def _lose_the_first_reply(page: Page) -> None:
    """The server gets the call, the phone never hears of it: as on a stair between two floors."""
    lost: list[str] = []

    def handle(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route(CALLS, handle)


def test_a_call_is_one_call_taken_in_one_tap_and_noted(served: Served, staff: Page, doctor: Page) -> None:
    home, hospital = staff, doctor
    home.get_by_role("button", name=GREEN).click()
    home.get_by_role("searchbox").fill("qxz")
    home.get_by_role("button", name="钱秀珍").click()
    home.get_by_label("情况说明").fill("胸痛")
    _lose_the_first_reply(home)
    home.get_by_role("button", name="发出呼叫").click()
    expect(home.get_by_text("不能确定对方是否收到")).to_be_visible()
    home.get_by_role("button", name="发出呼叫").click()
    expect(home.get_by_role("article")).to_have_count(1)
    expect(home.get_by_role("article")).to_contain_text("承诺 30 分钟内响应")
    picture(home, "call-made")
    home.unroute(CALLS)

    hospital.goto(served.url)
    hospital.get_by_role("link", name="1 个呼叫在等待响应").click()
    expect(hospital.get_by_role("article")).to_contain_text("钱秀珍 · 301-2 床")
    hospital.get_by_role("button", name="我来处理").click()
    expect(hospital.get_by_text("没有等待的呼叫")).to_be_visible()
    expect(hospital.get_by_role("listitem").filter(has_text="胸痛")).to_contain_text("及时")

    home.reload()
    past = home.get_by_role("listitem").filter(has_text="胸痛")
    expect(past).to_contain_text("liuxi-doctor 先生响应")


def test_staff_note_who_rang_back_and_take_back_what_was_called_in_error(served: Served, staff: Page) -> None:
    page = staff
    page.goto(f"{served.url}/calls")
    for number in (1, 2):
        page.get_by_role("button", name=GREEN).click()
        page.get_by_role("button", name="发出呼叫").click()
        expect(page.get_by_role("article")).to_have_count(number)
    page.get_by_role("button", name="撤回").first.click()
    page.get_by_role("button", name="撤回呼叫").click()
    expect(page.get_by_role("article")).to_have_count(1)
    page.get_by_role("button", name="对方已响应").click()
    page.get_by_text("更早一些").click()
    page.get_by_label("响应时间").fill("2020-01-01T08:00")
    page.get_by_role("button", name="记下响应").click()
    expect(page.get_by_role("alert")).to_contain_text("到现在之间的时间")
    page.get_by_text("就在刚才").click()
    page.get_by_role("button", name="记下响应").click()
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.get_by_text("liuxi-staff 先生补记")).to_be_visible()
    expect(page.get_by_text("不计入履约")).to_be_visible()


def test_without_a_network_it_says_to_telephone(served: Served, staff: Page, doctor: Page) -> None:
    for page, words in ((staff, "现在没有网络，呼叫发不出去"), (doctor, "请留意电话")):
        page.goto(f"{served.url}/calls")
        page.get_by_text("正在等待的呼叫").or_(page.get_by_text("没有等待的呼叫")).first.wait_for()
        page.context.set_offline(True)
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_role("button", name=GREEN)).to_have_count(0)
        page.context.set_offline(False)


def test_a_call_that_was_begun_outlasts_a_gap_in_the_network(served: Served, staff: Page) -> None:
    page, context = staff, staff.context
    page.goto(f"{served.url}/calls")
    page.get_by_role("button", name=GREEN).click()
    page.get_by_label("情况说明").fill("跌倒")
    context.set_offline(True)
    page.get_by_text("现在没有网络，呼叫发不出去").wait_for()
    page.get_by_role("button", name="发出呼叫").click()
    expect(page.get_by_text("不能确定对方是否收到")).to_be_visible()
    picture(page, "call-lost")
    context.set_offline(False)
    page.get_by_role("button", name="发出呼叫").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("article")).to_contain_text("跌倒")


def test_the_page_fits_a_desk_too(served: Served, staff: Page) -> None:
    """With a call that waits. As on a phone, by day and by night, test_accessibility looks at it."""
    page = staff
    page.goto(f"{served.url}/calls")
    page.get_by_role("article").first.wait_for()
    page.set_viewport_size(DESKTOP)
    assert faults(page) == []
    wide: Any = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    picture(page, "calls-desk")
