"""The main job in a real browser, from the printed poster to the rate on the manager's screen."""

import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.browser import camera_clip, launch
from tests.e2e.conftest import DESKTOP, Served, picture, picture_of_poster
from tests.e2e.steps import back_to_round, go_to, log_pressure, open_form, ready_offline, save


def test_from_the_poster_on_the_wall_to_the_rate_on_the_screen(
    served: Served, browser: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    manager = served.visit(browser, served.world.manager, DESKTOP)
    office = manager.context
    before = _open_figures(served, manager)
    clip = _print_poster(manager, tmp_path)

    eyes = launch(playwright, clip)
    pocket = served.open(eyes)
    home = served.open(browser, service_workers="block")
    try:
        doctor = served.sign_in(pocket, served.world.doctor)
        _check_in(doctor)
        _work_offline(pocket, doctor)
        _come_online(pocket, doctor)
        _confirm_all_but_one(served, home)
        _see_it_move(served, manager, before)
    finally:
        for name, context in (("doctor", pocket), ("staff", home), ("manager", office)):
            served.close(context, f"main-job-{name}")
        eyes.close()


def _open_figures(served: Served, page: Page) -> str:
    """The words on the pace of blood pressures, one tap below the agreement."""
    page.goto(f"{served.url}/")
    page.locator("main li").get_by_role("link", name=served.world.home.name).click()
    page.get_by_role("link", name="签-1").first.click()
    page.get_by_text("承诺条款").first.wait_for()
    picture(page, "manager-agreement")
    page.get_by_role("link", name="bp 条款").click()
    # The page that is left has such words, too, of all that was promised.
    page.get_by_role("heading", name="bp 条款", level=1).wait_for()
    words = page.get_by_text(re.compile("本周期应 .* 已报")).first
    words.wait_for()
    picture(page, "manager-commitment")
    return words.inner_text()


def _print_poster(page: Page, folder: Path) -> Path:
    go_to(page, "签到码")
    page.get_by_text("颐养园").first.click()
    page.get_by_text("怎样签到").wait_for()
    picture(page, "manager-poster")
    return camera_clip(picture_of_poster(page), folder / "poster.mjpeg")


def _check_in(page: Page) -> None:
    ready_offline(page)
    expect(page.get_by_text("血压测量").first).to_be_visible()
    picture(page, "doctor-today")
    page.get_by_role("link", name="扫码").first.click()
    page.locator("[data-found]").wait_for()
    expect(page.get_by_text("在签到范围内")).to_be_visible()
    picture(page, "doctor-found")
    page.get_by_role("button", name="签到（C 级）").click()
    page.get_by_role("link", name="签退").wait_for()
    picture(page, "doctor-worklist")


def _work_offline(context: BrowserContext, page: Page) -> None:
    context.set_offline(True)
    log_pressure(page, "王秀英", "138", "82")
    log_pressure(page, "陈桂兰", "146", "88")
    _glucose(page, "周宝根", "7.4")
    _guidance(page, "吴月娥")
    _referral(page, "孙福生")
    _lecture(page)
    page.reload()
    expect(page.get_by_role("link", name="已记录 6")).to_be_visible()
    page.get_by_role("link", name="已记录 6").click()
    expect(page.get_by_text("138/82")).to_be_visible()
    expect(page.get_by_text("146/88")).to_be_visible()
    picture(page, "doctor-lines-offline")
    page.go_back()
    page.get_by_role("link", name="签退").click()
    page.get_by_label("巡诊小结").fill("下周复测血压。")
    picture(page, "doctor-check-out")
    page.get_by_role("button", name="确认签退").click()
    expect(page.get_by_text("巡诊已签退")).to_be_visible()
    expect(page.get_by_text("待发送").first).to_be_visible()
    picture(page, "doctor-summary-offline")


def _glucose(page: Page, who: str, value: str) -> None:
    open_form(page, who, "末梢血血糖检测")
    page.get_by_label("血糖值").fill(value)
    page.get_by_text("空腹").click()
    save(page, f"{who} 末梢血血糖检测")


def _guidance(page: Page, who: str) -> None:
    open_form(page, who, "中医药保健指导")
    page.get_by_text("饮食调养").click()
    save(page, f"{who} 中医药保健指导")


def _referral(page: Page, who: str) -> None:
    open_form(page, who, "急诊急救绿色通道")
    page.get_by_label("转诊指征").select_option(label="疑似脑卒中")
    page.get_by_label("病情与已做处置").fill("口角歪斜 20 分钟，已平卧吸氧。")
    page.get_by_label("转到哪家医院").select_option(label="城关卫生服务中心")
    page.get_by_text("120 救护车").click()
    page.get_by_role("group", name="已告知家属").get_by_text("是", exact=True).click()
    picture(page, "doctor-referral")
    page.get_by_role("button", name="发出申请").click()
    expect(page.get_by_text("等待接诊")).to_be_visible()
    back_to_round(page)


def _lecture(page: Page) -> None:
    page.get_by_role("button", name="记录其他").click()
    page.get_by_role("dialog").get_by_role("link", name="健康讲座").click()
    page.get_by_label("主题").select_option(label="防跌倒")
    page.get_by_label("时长").fill("45")
    page.get_by_label("参加人数").fill("16")
    save(page, "全机构 健康讲座")


def _come_online(context: BrowserContext, page: Page) -> None:
    context.set_offline(False)
    # The last entries can be taken back for ten seconds before they are sent.
    expect(page.get_by_text("全部已送达，养老机构可以确认了")).to_be_visible()
    picture(page, "doctor-summary-sent")


def _confirm_all_but_one(served: Served, context: BrowserContext) -> None:
    page = served.sign_in(context, served.world.staff)
    page.get_by_text("doctor 先生").first.click()
    expect(page.get_by_text("138/82")).to_be_visible()
    picture(page, "staff-round")
    page.get_by_role("checkbox", name="陈桂兰").check()
    page.get_by_role("button", name="提出异议").click()
    picture(page, "staff-dispute")
    sheet = page.get_by_role("dialog")
    sheet.get_by_text("没有做").first.click()
    sheet.get_by_role("button", name="提出异议").click()
    page.get_by_role("button", name="确认其余").click()
    expect(page.get_by_text("这次巡诊已全部处理")).to_be_visible()
    picture(page, "staff-done")
    expect(page.get_by_text("条待发送")).to_have_count(0)


def _see_it_move(served: Served, page: Page, before: str) -> None:
    """Both figures moved; the disputed reading counts in neither; and the rate opens down to the record."""
    due = _due(before)  # by the day of the year on which the county's agreement began
    assert f"应 {due} 次 · 已报 0 · 还欠 {due}" in before
    assert f"应 {due} 次 · 已报 1 · 还欠 {due - 1}" in _open_figures(served, page)
    expect(page.get_by_text("已报的当中确认了 1 次").first).to_be_visible()
    page.locator("main a", has_text=f"/ {due} 次").click()
    page.get_by_text("王秀英").first.click()
    expect(page.get_by_text("计入的记录")).to_be_visible()
    picture(page, "manager-obligation")
    page.get_by_text("138/82").first.click()
    expect(page.get_by_text("到场凭证").first).to_be_visible()
    picture(page, "manager-record")


def _due(words: str) -> int:
    found = re.search(r"应 (\d+) 次", words)
    assert found
    assert int(found[1]) >= 8  # one of each resident at least
    return int(found[1])
