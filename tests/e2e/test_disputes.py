"""A record that staff say was not so: the doctor stands by it, and the managers of both sides rule. One that
the doctor herself corrects."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from server import clock
from tests.e2e.conftest import DESKTOP, Served, picture

WHO = "王秀英"


@pytest.fixture(scope="module", autouse=True)
def disputed(served: Served) -> dict[str, UUID]:
    """This morning's pressures of two residents, of which staff say that one was not measured."""
    world = served.world
    at = clock.now() - timedelta(hours=3)
    with clock.fixed(at):
        _, ids = world.visit(at=at, readings=[world.ada, world.ben])
    staff = world.phone(world.staff, at=at + timedelta(hours=2))
    staff.dispute(ids["round"], {ids[WHO]: 1}, "not_done", "护理记录里没有")
    assert [each["outcome"] for each in staff.sync()] == ["stored"]
    return ids


def _correct(page: Page, served: Served, line: UUID) -> None:
    """138/82 was typed for 188/82: what changes is listed, and what becomes urgent is offered as if new."""
    page.get_by_role("button", name="更正").click()
    page.get_by_label("收缩压（高压）").fill("188")
    expect(page.get_by_role("region", name="改动")).to_contain_text("138 mmHg")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("请选择原因")).to_be_visible()
    page.get_by_text("数值填错").click()
    picture(page, "disputes-correcting")
    page.get_by_role("button", name="保存修改").click()
    page.locator('[data-offer="follow-up"]').click()
    page.get_by_role("dialog").get_by_text("复测已恢复").click()
    page.locator('[data-offer="keep"]').click()
    expect(page.get_by_text("原为 138/82")).to_be_visible()
    expect(page.get_by_text("待确认", exact=True)).to_be_visible()  # it has arrived
    kept = served.world.client(served.world.doctor).json(f"/lines/{line}")["versions"][-1]["form"]
    said = {"offer_green_channel": "declined", "offer_follow_up": "accepted"}
    assert kept.items() >= {"sbp": 188, "dbp": 82, **said}.items()


def _rule(page: Page, verdict: str) -> None:
    page.get_by_role("link", name="项异议待处理").click()
    page.get_by_role("button", name="裁定", exact=True).click()
    page.get_by_role("group", name="这项服务").get_by_text(verdict).click()
    page.get_by_label("依据").fill("核对了双方记录和到场凭证")


def test_a_dispute_is_answered_and_ruled_on(
    served: Served, browser: Browser, disputed: dict[str, UUID]
) -> None:
    world = served.world
    doctor = served.visit(browser, world.doctor)
    doctor.get_by_role("link", name="答复异议").click()
    picture(doctor, "disputes-mine")
    doctor.get_by_role("link", name=WHO).click()
    doctor.get_by_role("button", name="坚持原记录").click()
    sheet = doctor.get_by_role("dialog")
    sheet.get_by_role("button", name="坚持原记录").click()
    expect(sheet.get_by_text("请选择原因")).to_be_visible()
    sheet.get_by_text("有同事在场").click()
    picture(doctor, "disputes-uphold")
    sheet.get_by_role("button", name="坚持原记录").click()
    expect(doctor.get_by_text("已答复，等待裁定")).to_be_visible()
    doctor.get_by_text("已送达").or_(doctor.get_by_text("有异议")).first.wait_for()
    doctor.goto(f"{served.url}/round/{disputed['round']}/line/{disputed[world.ben.name]}")
    _correct(doctor, served, disputed[world.ben.name])

    manager = served.visit(browser, world.manager, DESKTOP)
    expect(manager.get_by_text("1 项异议待处理")).to_be_visible()
    _rule(manager, "属实：确实按记录做了")
    picture(manager, "disputes-ruling")
    manager.get_by_role("dialog").get_by_role("button", name="裁定").click()
    expect(manager.get_by_text("认为属实")).to_be_visible()

    home = served.visit(browser, world.home_manager)
    _rule(home, "属实：确实按记录做了")
    home.get_by_role("dialog").get_by_role("button", name="裁定").click()
    expect(home.get_by_text("没有待处理的异议")).to_be_visible()
    home.get_by_text("已裁定", exact=True).click()
    expect(home.get_by_text("裁定：属实，计入履约")).to_be_visible()
    picture(home, "disputes-settled")

    staff = served.visit(browser, world.staff)
    follow = staff.locator("main").get_by_role("link").first
    follow.click()
    expect(staff.get_by_text("裁定：属实，计入履约")).to_be_visible()
    expect(staff.get_by_text("坚持原记录")).to_be_visible()
    picture(staff, "disputes-staff")

    regulator = served.visit(browser, world.regulator, DESKTOP)
    regulator.get_by_role("link", name="没有待处理的异议").click()
    regulator.get_by_text("已裁定", exact=True).click()
    expect(regulator.get_by_text("王*")).to_be_visible()
    expect(regulator.get_by_text(WHO)).to_have_count(0)
