"""Meters for blood pressure and glucose, emulated in the browser, are read by Bluetooth without a network."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from server import clock
from server.rounds.models import ServiceRecord
from tests.e2e.conftest import PHONE, Served, picture
from tests.e2e.steps import check_in_by_hand, fill_pressure, open_form, ready_offline, save

# What the page sees of Web Bluetooth: one meter of each kind, which sends the packets in `window.meters`.
_EMULATED = """() => {
  window.meters = { 0x1810: [], 0x1808: [] }
  class Characteristic extends EventTarget {
    constructor(meter, number) { super(); Object.assign(this, { meter, number }) }
    async startNotifications() { if (this.number === 0x2a35) setTimeout(() => this.meter.send(), 20) }
    async writeValueWithResponse(value) {
      if (this.number === 0x2a52 && value[0] === 1 && value[1] === 6) setTimeout(() => this.meter.send(), 20)
    }
    say(bytes) {
      this.value = new DataView(Uint8Array.from(bytes).buffer)
      this.dispatchEvent(new Event('characteristicvaluechanged'))
    }
  }
  class Meter extends EventTarget {
    constructor(service, name, numbers) {
      super()
      Object.assign(this, { id: name, name, service })
      this.has = Object.fromEntries(numbers.map((each) => [each, new Characteristic(this, each)]))
      this.gatt = {
        connect: async () => {
          if (window.meters.away) throw new DOMException('', 'NetworkError')
          return this.gatt
        },
        disconnect: () => {},
        getPrimaryService: async () => ({ getCharacteristic: async (number) => this.has[number] }),
      }
    }
    send() {
      const measured = this.has[this.service === 0x1810 ? 0x2a35 : 0x2a18]
      for (const packet of window.meters[this.service]) measured.say(packet)
      this.has[0x2a52]?.say([6, 0, 1, window.meters[this.service].length ? 1 : 6])
    }
  }
  const all = {
    0x1810: new Meter(0x1810, 'OMRON J735', [0x2a35]),
    0x1808: new Meter(0x1808, 'ACCU-CHEK', [0x2a18, 0x2a52]),
  }
  const bluetooth = { requestDevice: async ({ filters }) => all[filters[0].services[0]] }
  Object.defineProperty(navigator, 'bluetooth', { value: bluetooth, configurable: true })
}"""
_ABSENT = "() => Object.defineProperty(navigator, 'bluetooth', { value: undefined, configurable: true })"


def _word(value: int) -> list[int]:
    return list(value.to_bytes(2, "little"))


def _time(minutes_ago: int) -> list[int]:
    at = clock.now().astimezone(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=minutes_ago)
    return [*_word(at.year), at.month, at.day, at.hour, at.minute, at.second]


def _measures(page: Page, sbp: int, dbp: int, minutes_ago: int) -> None:
    """The pressure meter keeps one more measurement."""
    packet = [0x06, *_word(sbp), *_word(dbp), *_word(100), *_time(minutes_ago), *_word(72)]
    page.evaluate("(packet) => window.meters[0x1810].push(packet)", packet)


def test_meters_are_read_and_say_so_and_are_not_offered_without_bluetooth(
    served: Served, browser: Browser
) -> None:
    world = served.world
    context = served.open(browser, PHONE)
    context.add_init_script(f"({_EMULATED})()")
    page = served.sign_in(context, world.doctor)
    ready_offline(page)
    context.set_offline(True)
    check_in_by_hand(page, "颐养园")
    round_ = page.url

    open_form(page, "陈桂兰", "血压测量")
    page.evaluate("() => { window.meters.away = true }")
    page.get_by_role("button", name="读血压计").click()
    expect(page.get_by_text("连不上设备")).to_be_visible()
    page.evaluate("() => { window.meters.away = false }")
    _measures(page, 151, 91, minutes_ago=40)
    page.get_by_role("button", name="读血压计").click()
    expect(page.get_by_text("151/91 mmHg")).to_be_visible()
    picture(page, "meters-old")
    page.get_by_role("button", name="不用").click()
    expect(page.get_by_label("收缩压（高压）")).to_have_value("")
    _measures(page, 138, 82, minutes_ago=0)
    page.get_by_role("button", name="读血压计").click()
    expect(page.get_by_label("收缩压（高压）")).to_have_value("138")
    expect(page.get_by_label("脉搏")).to_have_value("72")
    expect(page.get_by_text("由 OMRON J735 读取")).to_be_visible()
    picture(page, "meters-read")
    save(page, "陈桂兰 血压测量")

    open_form(page, "周宝根", "血压测量")
    page.get_by_role("button", name="读血压计").click()
    expect(page.get_by_text("这个读数刚才已经用过一次")).to_be_visible()
    page.get_by_role("button", name="是，使用").click()
    page.get_by_label("舒张压（低压）").fill("84")
    expect(page.get_by_text("由 OMRON J735 读取")).to_have_count(0)
    save(page, "周宝根 血压测量")

    open_form(page, "陈桂兰", "末梢血血糖检测")
    glucose = [0x06, *_word(7), *_time(1), *_word(0xC000 | 61), 0x11]  # 61 × 10⁻⁴ mol/L
    page.evaluate("(packet) => window.meters[0x1808].push(packet)", glucose)
    page.get_by_role("button", name="读血糖仪").click()
    expect(page.get_by_label("血糖值")).to_have_value("6.1")
    page.get_by_text("空腹").click()
    save(page, "陈桂兰 末梢血血糖检测")

    context.set_offline(False)
    page.goto(f"{served.url}/waiting")
    page.get_by_role("button", name="现在同步").click()
    expect(page.get_by_text("没有等待发送的内容")).to_be_visible()
    forms = world.rows(select(ServiceRecord.form))
    assert {"sbp": 138, "dbp": 82, "pulse": 72, "device": "OMRON J735"} in forms
    assert {"sbp": 138, "dbp": 84, "pulse": 72} in forms
    assert {"mmol": "6.1", "timing": "fasting", "device": "ACCU-CHEK"} in forms
    _see_nothing_of_it_without_bluetooth(page, round_)


def _see_nothing_of_it_without_bluetooth(page: Page, round_: str) -> None:
    page.add_init_script(f"({_ABSENT})()")
    page.goto(round_)
    fill_pressure(page, "孙福生", "138", "82")
    assert page.evaluate("() => navigator.bluetooth === undefined")
    expect(page.get_by_role("button", name="读血压计")).to_have_count(0)
