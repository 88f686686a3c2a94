"""Half-typed work survives a reload without a network, and is never thrown away unasked."""

from playwright.sync_api import Browser, Locator, expect

from tests.e2e.conftest import Served, picture
from tests.e2e.steps import back_to_round, check_in_by_hand, log_pressure, open_form, ready_offline

NARROW = {"width": 320, "height": 640}


def test_typed_words_come_back_and_check_out_asks_before_it_discards(
    served: Served, browser: Browser
) -> None:
    context = served.open(browser, NARROW)
    page = served.sign_in(context, "second-doctor")
    ready_offline(page)
    check_in_by_hand(page, "颐养园")
    context.set_offline(True)
    log_pressure(page, "陈桂兰", "136", "84")
    open_form(page, "何长林", "血压测量")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    systolic = page.get_by_label("收缩压（高压）")
    systolic.fill("158")
    assert not _is_cut(systolic)
    picture(page, "narrow-pressure")
    page.reload()
    expect(systolic).to_have_value("158")
    back_to_round(page)
    page.get_by_role("link", name="签退").click()
    page.get_by_label("巡诊小结").fill("下周复测。")
    page.reload()
    expect(page.get_by_label("巡诊小结")).to_have_value("下周复测。")
    page.get_by_role("button", name="确认签退").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text("何长林 · 血压测量")).to_be_visible()
    picture(page, "check-out-drafts")
    asked.get_by_role("button", name="丢弃 1 份并签退").click()
    expect(page.get_by_text("巡诊已签退")).to_be_visible()
    context.close()


def _is_cut(field: Locator) -> bool:
    return bool(field.evaluate("field => field.scrollWidth > field.clientWidth"))
