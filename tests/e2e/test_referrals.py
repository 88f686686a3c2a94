"""An urgent value, a referral, another hospital: from the bed to the ward, partly without a network."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from server import clock
from server.auth.roles import OrganisationKind, Role
from tests.e2e.conftest import DESKTOP, Served, picture
from tests.e2e.looking import faults
from tests.e2e.steps import back_to_round, check_in_by_hand, fill_pressure, go_to, ready_offline, save

SENT_AT_LAST = 60_000


@dataclass(frozen=True, slots=True)
class Hospital:
    """Who receives there: its logins."""

    doctor: str
    manager: str


@pytest.fixture(scope="module")
def hospital(served: Served) -> Hospital:
    """In the same county, without an agreement with the home."""
    world = served.world
    place = world.organisation(OrganisationKind.MEDICAL, "人民医院")
    green = {"kind": "on_demand", "services": ["green_channel_emergency"], "respond_within_minutes": 30}
    world.agree(number="签-绿", clauses=(("green", green, 1),))
    doctor = world.person("ward-doctor", place, Role.CLINICIAN)
    return Hospital(doctor, world.person("ward-manager", place, Role.MANAGER))


def test_from_the_urgent_value_to_the_ward(served: Served, browser: Browser, hospital: Hospital) -> None:
    world = served.world
    phone = served.open(browser)
    page = served.sign_in(phone, world.doctor)
    ready_offline(page)
    check_in_by_hand(page, "颐养园")
    phone.set_offline(True)
    _refer(page, "王秀英")
    _look(page, "referral-asked")
    phone.set_offline(False)
    expect(page.get_by_text("还没有送达")).to_have_count(0, timeout=SENT_AT_LAST)
    expect(page.get_by_text("约定 30 分钟内答复")).to_be_visible()

    ward = served.open(browser)
    there = served.sign_in(ward, hospital.doctor)
    there.get_by_role("link", name="1 个转诊等您答复").click()
    there.get_by_role("link", name="王秀英").click()
    expect(there.get_by_text("186/96").first).to_be_visible()
    there.get_by_role("button", name="接受").click()
    expect(there.get_by_text("已接受", exact=True)).to_be_visible()
    _look(there, "referral-accepted")

    page.get_by_role("button", name="已出发").click()
    expect(page.get_by_text("在途", exact=True)).to_be_visible()
    page.get_by_role("button", name="告知家属").click()
    page.get_by_label("姓名").fill("王小明")
    page.get_by_role("button", name="记下").click()
    expect(page.get_by_text("告知家属：王小明")).to_be_visible()

    ward.set_offline(True)
    there.get_by_role("button", name="已到达").click()
    there.get_by_role("button", name="办结").click()
    there.get_by_role("dialog").get_by_text("收住院").click()
    there.get_by_role("button", name="记下").click()
    expect(there.get_by_text("已办结", exact=True)).to_be_visible()
    ward.set_offline(False)
    expect(there.get_by_text("条待发送")).to_have_count(0, timeout=SENT_AT_LAST)
    page.reload()  # it looks by itself, too, as before: every twenty seconds
    expect(page.get_by_text("办结：收住院")).to_be_visible(timeout=SENT_AT_LAST)
    _look(page, "referral-closed")
    expect(there.get_by_role("link", name="下转回去")).to_be_visible()
    page.goto(f"{served.url}/referrals")
    _refer_outside_of_a_round(page)
    desk = served.visit(browser, world.staff)
    desk.get_by_role("link", name="转诊").click()
    expect(desk.get_by_role("link", name="李建国")).to_be_visible()
    desk.get_by_role("link", name="王秀英").click()
    expect(desk.get_by_text("办结：收住院")).to_be_visible()
    desk.context.close()
    phone.close()
    ward.close()


def _refer(page: Page, who: str) -> None:
    """An urgent pressure, its green channel in one tap, and where to."""
    fill_pressure(page, who, "186", "96")
    page.get_by_role("button", name="保存").last.click()
    page.get_by_role("button", name="请求绿色通道并登记随访").click()
    expect(page.get_by_label("转诊指征")).to_have_value("hypertensive_emergency")
    page.get_by_label("转到哪家医院").select_option(label="人民医院")
    page.get_by_text("120 救护车").click()
    page.get_by_role("group", name="已告知家属").get_by_text("否", exact=True).click()
    _look(page, "referral-request")
    page.get_by_role("button", name="发出申请").click()
    expect(page.get_by_text("等待接诊")).to_be_visible()
    expect(page.get_by_text("还没有送达")).to_be_visible()
    expect(page.get_by_text("约定 30 分钟内答复")).to_be_visible()  # known before anybody was reached


def _refer_outside_of_a_round(page: Page) -> None:
    """Somebody whom no round is about just now: found by pinyin, asked for without a reading."""
    page.get_by_role("link", name="申请转诊").click()
    page.get_by_role("searchbox").fill("ljg")
    page.get_by_role("link", name="李建国").click()
    page.get_by_role("group", name="方向").get_by_text("绿色通道").click()
    page.get_by_label("转到哪家医院").select_option(label="人民医院")
    page.get_by_label("转诊指征").select_option("stroke")
    page.get_by_label("病情与已做处置").fill("左侧肢体无力半小时")
    page.get_by_text("120 救护车").click()
    page.get_by_role("group", name="已告知家属").get_by_text("否", exact=True).click()
    _look(page, "referral-outside")
    page.get_by_role("button", name="发出申请").click()
    expect(page.get_by_text("等待接诊")).to_be_visible()
    expect(page.get_by_text("还没有送达")).to_have_count(0, timeout=SENT_AT_LAST)


def test_a_follow_up_is_made_and_closed(served: Served, browser: Browser) -> None:
    world = served.world
    before = clock.now() - timedelta(days=20)
    there = world.phone(world.doctor, at=before)
    there.check_in(world.home, world.poster)
    there.record("blood_pressure", world.ben, {"sbp": 190, "dbp": 100})
    there.check_out(world.home)
    assert {each["outcome"] for each in there.sync(now=before + timedelta(hours=1))} == {"stored"}

    list_ = served.visit(browser, world.manager, DESKTOP, color_scheme="dark")
    go_to(list_, "随访")
    expect(list_.get_by_role("listitem").filter(has_text="李建国")).to_contain_text("逾期 6 天")
    expect(list_.get_by_text("城关卫生服务中心 · doctor 先生 测得")).to_be_visible()
    _look(list_, "follow-ups-overdue")

    phone = served.open(browser, color_scheme="dark")
    page = served.sign_in(phone, world.doctor)
    ready_offline(page)
    duties = page.locator("section").filter(has_text="待随访")
    expect(duties.get_by_text("李建国")).to_be_visible()
    check_in_by_hand(page, "颐养园")
    phone.set_offline(True)
    fill_pressure(page, "李建国", "138", "82")
    save(page, "李建国 血压测量")
    back_to_round(page)
    go_to(page, "今天")
    expect(duties.get_by_text("李建国")).to_have_count(0)
    _look(page, "follow-up-done-offline")
    phone.set_offline(False)
    expect(page.get_by_text("条待发送")).to_have_count(0, timeout=SENT_AT_LAST)
    list_.get_by_text("已完成").click()
    expect(list_.get_by_role("listitem").filter(has_text="李建国")).to_contain_text("已再测")
    list_.context.close()
    phone.close()


def _look(page: Page, name: str) -> None:
    """What the screen shows is kept, and can be used without eyes or a mouse."""
    picture(page, name)
    assert faults(page) == []
