"""A phone's work that cannot be sent as usual: a file, an unlock, a reason; and a phone that is full."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from server import clock
from server.rounds.models import Round, ServiceRecord
from server.sync.models import Device, LedgerEntry
from tests.e2e.conftest import DESKTOP, Served, picture
from tests.e2e.steps import back_to_round, check_in_by_hand, fill_pressure, go_to, log_pressure, ready_offline
from tests.processes import wait_until

_DOCTOR = "second-doctor"
_ZONE = "Asia/Shanghai"
# Fills what the browser gives this site, piece by piece and ever smaller; what ended it.
_FILL = """async () => {
  const opening = indexedDB.open('filler')
  opening.onupgradeneeded = () => opening.result.createObjectStore('pieces', { autoIncrement: true })
  const db = await new Promise((resolve) => (opening.onsuccess = () => resolve(opening.result)))
  const random = (bytes) => {
    const piece = new Uint8Array(bytes)
    for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(piece.subarray(at, at + 65536))
    return piece
  }
  const put = (bytes) =>
    new Promise((resolve) => {
      const transaction = db.transaction('pieces', 'readwrite')
      transaction.objectStore('pieces').put(random(bytes))
      transaction.oncomplete = () => resolve(null)
      transaction.onabort = () => resolve(transaction.error.name)
    })
  let ended = null
  for (const bytes of [1048576, 65536, 4096, 256]) do ended = await put(bytes)
    while (ended === null)
  db.close()
  return ended
}"""
_EMPTY = """() => new Promise((resolve) => {
  indexedDB.deleteDatabase('filler').onsuccess = () => resolve(true)
})"""


@pytest.fixture
def phone(served: Served, browser: Browser) -> Iterator[BrowserContext]:
    context = served.open(browser)
    yield context
    context.close()


@pytest.fixture(scope="module")
def office(served: Served, browser: Browser) -> Iterator[Page]:
    """The manager's, signed in once; a test says where it begins."""
    page = served.visit(browser, served.world.manager, DESKTOP)
    yield page
    page.context.close()


def _ready(served: Served, context: BrowserContext) -> Page:
    page = served.sign_in(context, _DOCTOR)
    ready_offline(page)
    return page


def _count(served: Served, model: Any, *where: Any) -> int:
    (found,) = served.world.rows(select(func.count()).select_from(model).where(*where))
    return int(found)


def _measured(served: Served) -> int:
    return _count(served, ServiceRecord, ServiceRecord.service == "blood_pressure")


def _unlock_phone(page: Page) -> None:
    page.get_by_label("密码", exact=True).fill("correct horse")
    page.get_by_role("button", name="解锁", exact=True).click()
    page.get_by_role("navigation").first.wait_for()


def _export(page: Page, path: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name="导出文件").click()
    download.value.save_as(path)
    return path


def test_the_file_of_a_phone_that_cannot_send_is_imported(
    served: Served, phone: BrowserContext, office: Page, tmp_path: Path
) -> None:
    before = _measured(served)
    page = _ready(served, phone)
    phone.set_offline(True)
    check_in_by_hand(page, "颐养园")
    log_pressure(page, "陈桂兰", "141", "86")
    go_to(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    locked = _export(page, tmp_path / "locked.json")
    _unlock_phone(page)
    go_to(page, "我的")
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    left = _export(page, tmp_path / "left.json")
    ids = [[entry["id"] for entry in json.loads(each.read_text())["entries"]] for each in (locked, left)]
    assert ids[0] == ids[1]
    _import(office, served, left)
    expect(office.get_by_text("second-doctor 先生：2 条里 2 条已接收")).to_be_visible()
    picture(office, "imported")
    assert _measured(served) == before + 1
    _import(office, served, locked)
    expect(office.get_by_text("以前已接收")).to_have_count(2)
    phone.set_offline(False)
    page.get_by_label("账号").fill(_DOCTOR)
    page.get_by_label("密码", exact=True).fill("correct horse")
    page.get_by_role("button", name="登录", exact=True).click()
    go_to(page, "待同步")
    expect(page.get_by_text("都已送达")).to_be_visible()
    assert _measured(served) == before + 1


def _import(page: Page, served: Served, file: Path) -> None:
    page.goto(f"{served.url}/arrivals/import")
    page.get_by_label("选择文件").set_input_files(file)
    page.get_by_role("button", name="导入", exact=True).click()


def test_a_round_from_a_drawer_is_taken_once_it_is_unlocked(
    served: Served, phone: BrowserContext, office: Page
) -> None:
    now = clock.now()
    then = now - timedelta(days=100)
    starts, ends = then.date() - timedelta(days=60), then.date() + timedelta(days=30)
    served.world.agree(number="签-旧", starts=starts, ends=ends)
    phone.clock.install(time=now)
    page = _ready(served, phone)
    phone.set_offline(True)
    page.clock.set_system_time(then)
    page.reload()  # a page that heard the server today would know that it is today
    _unlock_phone(page)
    check_in_by_hand(page, "颐养园")
    log_pressure(page, "周宝根", "152", "91")
    page.clock.set_system_time(now)
    page.reload()
    _unlock_phone(page)
    phone.set_offline(False)
    go_to(page, "待同步")
    refused = page.locator("[data-state=refused]")
    expect(refused).to_have_count(2)
    expect(refused.first.get_by_text("已经超过 95 天，要管理员先解锁这次巡诊")).to_be_visible()
    picture(page, "waiting-too-old")
    office.goto(f"{served.url}/arrivals/entries")
    office.locator("main").get_by_role("link", name="签到").last.click()
    office.get_by_role("button", name="解锁这次巡诊").click()
    office.get_by_label("为什么解锁").fill("手机送修三个月")
    office.get_by_role("dialog").get_by_role("button", name="解锁这次巡诊").click()
    expect(office.get_by_text("已解锁至")).to_be_visible()
    page.get_by_role("button", name="全部再试一次").click()
    expect(page.get_by_text("都已送达")).to_be_visible()
    assert _count(served, Round, Round.on == clock.local_day(then, _ZONE)) == 1


def test_what_is_given_up_leaves_its_reason(served: Served, phone: BrowserContext, office: Page) -> None:
    moved = served.world.resident(name="魏素芬", bed="301-1")
    page = _ready(served, phone)
    phone.set_offline(True)
    check_in_by_hand(page, "颐养园")
    log_pressure(page, "魏素芬", "133", "78")
    served.world.move_out(moved, clock.today() - timedelta(days=1))
    phone.set_offline(False)
    go_to(page, "待同步")
    refused = page.locator("[data-state=refused]")
    expect(refused.get_by_text("老人当天已不在这家机构")).to_be_visible()
    expect(refused.get_by_text("133/78")).to_be_visible()
    refused.get_by_role("button", name="放弃").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="放弃", exact=True).click()
    expect(sheet.get_by_text("请选择原因")).to_be_visible()
    sheet.get_by_text("其他").click()
    sheet.get_by_role("button", name="放弃", exact=True).click()
    expect(sheet.get_by_text("请写明原因")).to_be_visible()
    picture(page, "drop-sheet")
    sheet.get_by_label("说明").fill("同名，量的是隔壁床")
    sheet.get_by_role("button", name="放弃", exact=True).click()
    expect(page.get_by_text("已放弃，原因已记下")).to_be_visible()
    expect(page.get_by_text("都已送达")).to_be_visible()
    (row,) = served.world.rows(select(LedgerEntry).where(LedgerEntry.code == "not_a_resident"))
    office.goto(f"{served.url}/arrivals/entries/{row.id}")
    expect(office.get_by_text("本人已放弃：其他")).to_be_visible()
    expect(office.get_by_text("同名，量的是隔壁床")).to_be_visible()


def test_a_full_store_says_so_and_keeps_what_was_there(served: Served, phone: BrowserContext) -> None:
    page = phone.new_page()
    quota = {"origin": served.url, "quotaSize": 30_000_000}
    phone.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
    page.close()
    before = {row.device_id for row in served.world.rows(select(Device))}
    page = _ready(served, phone)
    _see_it_is_heard_of(served, before)
    phone.set_offline(True)
    check_in_by_hand(page, "颐养园")
    log_pressure(page, "孙福生", "128", "76")
    assert page.evaluate(_FILL) == "QuotaExceededError"
    fill_pressure(page, "郑淑华", "139", "82")
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text("手机存储已满，没有保存")).to_be_visible()
    picture(page, "storage-full")
    back_to_round(page)
    go_to(page, "待同步")
    expect(page.get_by_text("手机存储快满了")).to_be_visible()
    expect(page.locator("[data-state]")).to_have_count(2)
    picture(page, "little-room")
    page.evaluate(_EMPTY)
    page.go_back()
    log_pressure(page, "郑淑华", "139", "82")
    go_to(page, "待同步")
    expect(page.locator("[data-state]")).to_have_count(3)
    expect(page.get_by_text("手机存储快满了")).to_be_hidden()


def _see_it_is_heard_of(served: Served, before: set[UUID]) -> None:
    """Of a phone that only opens managers know that nothing waits on it."""

    def heard() -> list[Device]:
        return [row for row in served.world.rows(select(Device)) if row.device_id not in before]

    wait_until(lambda: bool(heard()), "the phone has said how it is")
    (row,) = heard()
    assert (row.waiting, row.oldest_waiting_at) == (0, None)
    assert row.app_version
