"""Two clinicians in one round: the second scans the first one's screen, without a network."""

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PHONE, Served, picture
from tests.e2e.steps import check_in_by_hand, follow, log_pressure, ready_offline


def test_a_second_clinician_joins_offline_and_both_see_the_round(served: Served, browser: Browser) -> None:
    world = served.world
    first_context, second_context = served.open(browser, PHONE), served.open(browser, PHONE)
    first = served.sign_in(first_context, world.doctor)
    second = served.sign_in(second_context, "second-doctor")
    for page in (first, second):
        ready_offline(page)
    for context in (first_context, second_context):
        context.set_offline(True)

    check_in_by_hand(first, "颐养园")
    log_pressure(first, "王秀英", "138", "82")
    follow(first, "同行")
    link = first.locator("[data-link]").get_attribute("data-link")
    assert link is not None
    picture(first, "team-code")

    second.goto(link)
    second.get_by_role("button", name="加入").click()
    second.get_by_role("link", name="同行 2 人").wait_for()
    expect(second.get_by_role("link", name="签退")).to_have_count(0)
    second.get_by_role("searchbox").fill("李建国")
    follow(second, "李建国")
    follow(second, "血压测量")
    second.get_by_label("收缩压（高压）").fill("142")
    second.get_by_label("舒张压（低压）").fill("84")
    second.get_by_role("button", name="保存").last.click()
    expect(second.get_by_text("已保存 李建国 血压测量")).to_be_visible()

    # The second one's arrives before the round does, and waits for it.
    second_context.set_offline(False)
    first_context.set_offline(False)
    second.goto(f"{served.url}/waiting")
    second.get_by_role("button", name="现在同步").click()
    first.goto(f"{served.url}/waiting")
    first.get_by_role("button", name="现在同步").click()
    expect(first.get_by_text("都已送达")).to_be_visible()
    second.get_by_role("button", name="现在同步").click()
    expect(second.get_by_text("都已送达")).to_be_visible()

    for page in (first, second):
        page.goto(f"{served.url}/")
        page.get_by_role("link", name="继续").click()
        follow(page, "同行 2 人")
        expect(page.get_by_text("doctor 先生", exact=True)).to_be_visible()
        expect(page.get_by_text("second-doctor 先生", exact=True)).to_be_visible()
        expect(page.get_by_text("1 项记录")).to_have_count(2)
    picture(second, "team-both")
