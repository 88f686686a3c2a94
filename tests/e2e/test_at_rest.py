"""What lies on a phone that is locked or left says nothing to whoever reads it, and nothing of it is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect
from sqlalchemy import func, select, update

from server.accounts.models import Account, MembershipRow
from server.auth.roles import Role
from server.rounds.models import ServiceRecord
from tests.e2e.conftest import Served, picture
from tests.e2e.steps import check_in_by_hand, go_to, log_pressure, ready_offline
from tests.processes import wait_until

PEOPLE = ("陈桂兰", "周宝根", "吴月娥", "孙福生", "郑淑华", "何长林", "颐养园")
READINGS = ('"sbp":136', '"sbp": 136', 'sbp\\":136')
# Everything a page can read of what its browser keeps, bytes as every text they could be.
DUMP = """async () => {
  const codes = ['utf-8', 'utf-16le', 'latin1']
  const legible = (bytes) => codes.map((code) => new TextDecoder(code).decode(bytes))
  const seen = new Set()
  const flat = (value) => {
    if (value === null || typeof value !== 'object') return [String(value)]
    if (seen.has(value)) return []
    seen.add(value)
    if (value instanceof ArrayBuffer) return legible(value)
    if (ArrayBuffer.isView(value)) return legible(value)
    const names = Object.keys(value)
    return [JSON.stringify(value) ?? '', ...names, ...names.flatMap((name) => flat(value[name]))]
  }
  const rowsOf = (store) =>
    new Promise((resolve, reject) => {
      const keys = store.getAllKeys()
      const rows = store.getAll()
      rows.onsuccess = () => resolve([keys.result, rows.result])
      rows.onerror = () => reject(rows.error)
    })
  const opened = (name) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(name)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const texts = []
  for (const { name } of await indexedDB.databases()) {
    const db = await opened(name)
    for (const store of db.objectStoreNames)
      texts.push(name, store, ...flat(await rowsOf(db.transaction(store).objectStore(store))))
    db.close()
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys())
      texts.push(request.url, await (await cache.match(request)).clone().text())
  }
  texts.push(JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, location.href)
  return texts.join('\\n')
}"""

# What the session copies of keys open of the rows of their accounts, for whoever holds the phone.
OPENED = """async () => {
  const result = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const texts = []
  for (const { name } of await indexedDB.databases()) {
    const db = await result(indexedDB.open(name))
    const stores = [...db.objectStoreNames]
    const meta = stores.includes('meta') && db.transaction('meta').objectStore('meta')
    const key = meta && (await result(meta.get('key')))
    if (key && key.session)
      for (const box of await result(db.transaction('boxes').objectStore('boxes').getAll())) {
        const { key: place, content } = box
        const bound = { name: 'AES-GCM', iv: content.iv, additionalData: new TextEncoder().encode(place) }
        texts.push(new TextDecoder().decode(await crypto.subtle.decrypt(bound, key.session, content.box)))
      }
    db.close()
  }
  return texts.join('\\n')
}"""

_SENDING = "locks => locks.filter(({ name }) => name.startsWith('xunyue-send-')).length"
_WAITS_FOR_TURN = f"() => navigator.locks.query().then(({{ pending }}) => ({_SENDING})(pending) > 0)"
_NOBODY_SENDS = (
    f"() => navigator.locks.query().then(({{ held, pending }}) => !({_SENDING})([...held, ...pending]))"
)


@pytest.fixture
def phone(served: Served, browser: Browser) -> Iterator[BrowserContext]:
    context = served.open(browser)
    yield context
    context.close()


def _offline_round(served: Served, context: BrowserContext, login: str = "second-doctor") -> Page:
    """Checked in and measured without a network: two entries wait."""
    page = served.sign_in(context, login)
    ready_offline(page)
    context.set_offline(True)
    check_in_by_hand(page, "颐养园")
    log_pressure(page, "陈桂兰", "136", "84")
    return page


def _assert_unreadable(page: Page) -> None:
    """Nothing in what the browser keeps."""
    kept = page.evaluate(DUMP)
    assert "xunyue-device" in kept
    assert "outbox" in kept
    assert [word for word in (*PEOPLE, *READINGS) if word in kept] == []


def _assert_unseen(page: Page) -> None:
    """Nothing on the screen either, nor in the title of the tab."""
    shown = page.title() + str(page.locator("body").inner_text())
    assert [word for word in (*PEOPLE, "136/84") if word in shown] == []


def _measured(served: Served) -> int:
    counted: list[Any] = served.world.rows(
        select(func.count()).select_from(ServiceRecord).where(ServiceRecord.service == "blood_pressure")
    )
    return int(counted[0])


def test_a_phone_that_was_left_keeps_sealed_entries_alone(served: Served, phone: BrowserContext) -> None:
    before = _measured(served)
    served.world.person("leaving-doctor", served.world.hospital, Role.CLINICIAN)
    page = _offline_round(served, phone, "leaving-doctor")
    _assert_unreadable(page)
    go_to(page, "我的")
    page.get_by_role("button", name="退出登录").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text("2 条未送达的记录已加密保存")).to_be_visible()
    picture(page, "sign-out-sealed")
    asked.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("2 条未送达的记录已加密保存在本机")).to_be_visible()
    picture(page, "left-behind")
    _assert_unseen(page)
    _assert_unreadable(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="导出文件").click()
    written = download.value.path().read_text(encoding="utf-8")
    assert '"format":"xunyue-entries"' in written
    assert [word for word in (*PEOPLE, *READINGS) if word in written] == []
    phone.set_offline(False)
    _sign_in_again(page)
    go_to(page, "待同步")
    expect(page.get_by_text("都已送达")).to_be_visible()
    assert _measured(served) == before + 1
    again = _killed_while_signing_out(served, phone, page)
    _sign_in_again(again)
    ready_offline(again)
    _loses_the_role_while_one_waits(served, phone, again)


def _sign_in_again(page: Page) -> None:
    page.get_by_label("账号").fill("leaving-doctor")
    page.get_by_label("密码", exact=True).fill("correct horse")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("navigation").first.wait_for()


def _killed_while_signing_out(served: Served, phone: BrowserContext, page: Page) -> Page:
    """The network hangs, and the app is gone before it has said good-bye."""
    go_to(page, "今天")
    ready_offline(page)
    wait_until(lambda: "陈桂兰" in page.evaluate(OPENED), "the rows are here again")
    go_to(page, "我的")
    phone.route("**/api/v1/**", lambda _route: None)
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    wait_until(lambda: '"leaving"' in page.evaluate(DUMP), "it is noted who leaves")
    page.close()
    again = phone.new_page()
    again.goto(served.url)
    expect(again.get_by_label("账号")).to_be_visible()
    assert again.evaluate(OPENED) == ""
    phone.unroute("**/api/v1/**")
    return again


def _loses_the_role_while_one_waits(served: Served, phone: BrowserContext, page: Page) -> None:
    """A clinician who is a manager now: nothing stays readable, and what waited can be handed on."""
    phone.set_offline(True)
    page.get_by_role("link", name="继续").first.click()
    log_pressure(page, "周宝根", "139", "82")
    assert "陈桂兰" in page.evaluate(OPENED)
    with served.world.work() as session:
        who = select(Account.id).where(Account.login == "leaving-doctor").scalar_subquery()
        held = update(MembershipRow).where(MembershipRow.account_id == who)
        session.execute(held.values(role=Role.MANAGER))
    phone.set_offline(False)
    expect(page.get_by_text("1 条未送达的记录已加密保存在本机").first).to_be_visible()
    assert page.evaluate(OPENED) == ""
    _assert_unreadable(page)
    go_to(page, "我的")
    picture(page, "role-ended")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出文件").click()
    assert '"kind":"record"' in download.value.path().read_text(encoding="utf-8")
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("1 条未送达的记录已加密保存在本机")).to_be_visible()
    assert page.evaluate(OPENED) == ""
    _assert_unreadable(page)


def test_a_locked_phone_shows_nothing_and_sends_what_waits(served: Served, phone: BrowserContext) -> None:
    before = _measured(served)
    page = _offline_round(served, phone)
    go_to(page, "待同步")
    expect(page.get_by_text("陈桂兰 血压测量 136/84 mmHg", exact=True)).to_be_visible()
    picture(page, "waiting-offline")
    go_to(page, "我的")
    picture(page, "mine-lock")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.get_by_role("heading", name="已锁定")).to_be_visible()
    expect(page.get_by_text("2 条未送达的记录已加密保存")).to_be_visible()
    picture(page, "locked")
    _assert_unseen(page)
    _assert_unreadable(page)
    page.reload()
    expect(page.get_by_role("heading", name="已锁定")).to_be_visible()
    page.get_by_label("密码", exact=True).fill("wrong horse")
    page.get_by_role("button", name="解锁", exact=True).click()
    expect(page.get_by_text("密码不对")).to_be_visible()
    picture(page, "locked-wrong")
    phone.set_offline(False)
    expect(page.get_by_text("2 条未送达的记录已加密保存")).to_be_hidden()
    assert _measured(served) == before + 1
    phone.set_offline(True)
    page.get_by_label("密码", exact=True).fill("correct horse")
    page.get_by_role("button", name="解锁", exact=True).click()
    expect(page.get_by_role("button", name="立即锁定")).to_be_visible()
    go_to(page, "今天")
    expect(page.get_by_text("颐养园").first).to_be_visible()
    phone.grant_permissions(["geolocation", "background-sync"])
    page.get_by_role("link", name="继续").first.click()
    log_pressure(page, "周宝根", "139", "82")
    log_pressure(page, "吴月娥", "127", "78")
    go_to(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    expect(page.get_by_text("2 条未送达的记录已加密保存")).to_be_visible()
    sends = Sends(phone)
    _network_returns_to_a_closed_app(phone, page)
    again = _opened_while_the_worker_sends(served, phone, sends)
    sends.go_on()
    expect(again.get_by_text("未送达的记录已加密保存")).to_be_hidden()
    again.wait_for_function(_NOBODY_SENDS)
    assert _measured(served) == before + 3
    assert sends.ids() == sorted(set(sends.ids())), "each entry once, in the order made"
    assert len(sends.ids()) == 2


def _network_returns_to_a_closed_app(phone: BrowserContext, page: Page) -> None:
    """The browser itself wakes the service worker, which was asked for."""
    asked = "navigator.serviceWorker.ready.then(({ sync }) => sync.getTags())"
    wait_until(lambda: page.evaluate(asked) == ["xunyue-send"], "the browser was asked", 30)
    phone.new_page()
    page.close()
    phone.set_offline(False)


class Sends:
    """What this browser sends, by a page or by its worker; nothing reaches the server before `go_on`."""

    def __init__(self, phone: BrowserContext) -> None:
        self.requests: list[Request] = []
        self._held: list[Route] = []
        self._held_up = True
        phone.route("**/api/v1/sync", self._take)

    def _take(self, route: Route) -> None:
        if route.request.method == "POST":
            self.requests.append(route.request)
        if self._held_up and route.request.method == "POST":
            self._held.append(route)
        else:
            route.continue_()

    def go_on(self) -> None:
        self._held_up = False
        for route in self._held:
            route.continue_()

    def ids(self) -> list[str]:
        return [
            entry["id"] for request in self.requests for entry in (request.post_data_json or {})["entries"]
        ]


def _opened_while_the_worker_sends(served: Served, phone: BrowserContext, sends: Sends) -> Page:
    """The page wants to send the same entries, and has its turn after the worker."""
    asked = phone.pages[0]
    wait_until(lambda: _looked(asked) and bool(sends.requests), "the worker sends")
    assert sends.requests[0].service_worker is not None
    again = phone.new_page()
    again.goto(served.url)
    expect(again.get_by_role("heading", name="已锁定")).to_be_visible()
    wait_until(
        lambda: _looked(again) and (again.evaluate(_WAITS_FOR_TURN) or len(sends.requests) > 1),
        "the page wants to send",
    )
    assert len(sends.requests) == 1
    return again


def _looked(page: Page) -> bool:
    """What the browser did meanwhile is heard of while it is asked for something."""
    page.wait_for_timeout(50)
    return True


def test_another_tab_locks_and_leaves_with_the_first(served: Served, browser: Browser) -> None:
    page = served.visit(browser, "second-doctor")
    phone = page.context
    expect(page.get_by_text("颐养园").first).to_be_visible()
    other = phone.new_page()
    other.goto(served.url)
    expect(other.get_by_text("颐养园").first).to_be_visible()
    go_to(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    expect(other.get_by_role("heading", name="已锁定")).to_be_visible()
    other.get_by_label("密码", exact=True).fill("correct horse")
    other.get_by_role("button", name="解锁", exact=True).click()
    expect(page.get_by_role("button", name="立即锁定")).to_be_visible()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    expect(other.get_by_label("账号")).to_be_visible()
    phone.close()


def test_a_phone_whose_session_was_ended_is_cleared_at_the_next_contact(
    served: Served, browser: Browser, phone: BrowserContext
) -> None:
    page = _offline_round(served, phone)
    desk = served.visit(browser, "second-doctor")
    _end_other_sessions(desk)
    desk.context.close()
    phone.set_offline(False)
    expect(page.get_by_text("这台设备已被退出登录")).to_be_visible()
    expect(page.get_by_text("2 条未送达的记录已加密保存在本机")).to_be_visible()
    picture(page, "revoked")
    _assert_unseen(page)
    _assert_unreadable(page)


def _end_other_sessions(page: Page) -> None:
    page.evaluate(
        """async () => {
          const { sessions } = await (await fetch('/api/v1/sessions')).json()
          for (const { id } of sessions.filter(({ current }) => !current))
            await fetch(`/api/v1/sessions/${id}`, { method: 'DELETE', headers: { 'X-Xunyue': '1' } })
        }"""
    )


def test_a_fingerprint_unlocks_without_a_network(served: Served, phone: BrowserContext) -> None:
    page = phone.new_page()
    devtools = phone.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "hasPrf": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    page.goto(served.url.replace("127.0.0.1", "localhost"))
    page.get_by_label("账号").fill("second-doctor")
    page.get_by_label("密码", exact=True).fill("correct horse")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("navigation").first.wait_for()
    go_to(page, "我的")
    page.get_by_role("button", name="开通").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("密码", exact=True).fill("correct horse")
    sheet.get_by_role("button", name="开通").click()
    expect(page.get_by_text("已开通指纹或面容解锁")).to_be_visible()
    page.get_by_role("button", name="立即锁定").click()
    phone.set_offline(True)
    picture(page, "locked-fingerprint")
    page.get_by_role("button", name="用指纹或面容解锁").click()
    expect(page.get_by_role("button", name="立即锁定")).to_be_visible()
