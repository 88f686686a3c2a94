"""A clinician subscribes to the rounds to come, and takes the link back."""

from datetime import date

from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served, picture
from tests.e2e.looking import faults


def _clean(page: Page, name: str) -> None:
    picture(page, name)
    assert faults(page) == []


def _shows_the_same(page: Page, served: Served, title: str, first: date) -> None:
    """What the feed proposes stands where the day starts; the phone works it out, without a network too."""
    page.goto(served.url)
    coming = page.locator("section").filter(has=page.get_by_role("heading", name=title))
    expect(coming.get_by_role("listitem").first).to_contain_text(f"{first.month}月{first.day}日")
    page.context.set_offline(True)
    expect(coming).to_be_visible()
    page.context.set_offline(False)


def test_a_link_is_made_read_and_revoked(served: Served, browser: Browser) -> None:
    context = served.open(browser)
    page = served.sign_in(context, served.world.doctor)
    page.goto(f"{served.url}/mine")
    expect(page.get_by_text("没有老人、同事和您的姓名")).to_be_visible()
    page.get_by_role("button", name="生成链接").click()
    address = page.get_by_label("链接地址").input_value()
    assert address.startswith(f"{served.url}/api/v1/calendar/")
    subscribe = page.get_by_role("link", name="在日历中订阅")
    expect(subscribe).to_have_attribute("href", address.replace("http:", "webcal:"))
    _clean(page, "calendar-link")

    program = browser.new_context().request  # a calendar program: no session
    events = Calendar.from_ical(program.get(address).body()).events
    assert {str(each["summary"]).split("：")[0] for each in events} == {served.world.home.name}

    first = min(date.fromisoformat(each.decoded("dtstart").isoformat()) for each in events)
    _shows_the_same(page, served, "接下来的巡诊", first)

    page.goto(f"{served.url}/mine")
    expect(page.get_by_text("最近读取")).to_be_visible()
    expect(page.get_by_label("链接地址")).to_have_count(0)
    _clean(page, "calendar-mine")
    page.get_by_role("button", name="停用", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_role("button", name="生成链接")).to_be_visible()
    assert program.get(address).status == 404


def test_care_staff_see_who_comes_and_have_no_rounds_of_their_own(served: Served, browser: Browser) -> None:
    page = served.sign_in(served.open(browser), served.world.staff)
    expect(page.get_by_role("heading", name="接下来来院的巡诊")).to_be_visible()
    page.goto(f"{served.url}/mine")
    expect(page.get_by_text("已登录的设备")).to_be_visible()
    expect(page.get_by_text("巡诊日历")).to_have_count(0)
