"""What people do on the phone, step by step, in the words of the screen.

Each step ends on the screen that it leads to. A click is no end: the screen that is being left has links of
the same names, and stays until the next one's file is loaded.
"""

import re

from playwright.sync_api import Page, expect

# Files of pages come by the worker that serves this very page; that it is active somewhere is not enough.
_CONTROLLED = """() => new Promise((resolve, reject) => {
  const { serviceWorker } = navigator
  if (serviceWorker.controller) return resolve(true)
  serviceWorker.addEventListener('controllerchange', () => resolve(true))
  setTimeout(() => reject(new Error('no service worker took this page')), 60_000)
})"""
_ROUND = re.compile(r"/round/[^/?]+(\?|$)")


def ready_offline(page: Page, home: str = "颐养园") -> None:
    """What a round needs is on the phone: its rows, and the app itself."""
    expect(page.get_by_text(home).first).to_be_visible()
    page.evaluate(_CONTROLLED)


def controlled(page: Page) -> None:
    """The app itself is on the phone."""
    page.evaluate(_CONTROLLED)


def go_to(page: Page, name: str) -> None:
    """One of the tabs, until its page is there."""
    tab = page.get_by_role("navigation").get_by_role("link", name=name)
    tab.click()
    expect(tab).to_have_attribute("aria-current", "page")


def follow(page: Page, name: str) -> None:
    """The first link of that name, until the page that had it is left."""
    leaving = page.url
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url(lambda url: url != leaving)


def check_in_by_hand(page: Page, home: str) -> None:
    """Without the camera: the institution, a reason, and the button."""
    by_hand = page.get_by_role("link", name="手动签到")
    if not by_hand.is_visible():
        follow(page, "扫码")
    by_hand.click()
    page.get_by_role("group", name="在哪家机构？").get_by_text(home).click()
    page.get_by_text("找不到签到码").click()
    page.get_by_role("button", name="签到（D 级）").click()
    page.get_by_role("link", name="签退").wait_for()


def open_form(page: Page, who: str, service: str) -> None:
    """Find the resident by name and open a form."""
    page.get_by_role("searchbox").fill(who)
    follow(page, who)
    follow(page, service)


def save(page: Page, said: str) -> None:
    """Save, see that it was kept, and come back to the list whatever comes next."""
    leaving = page.url
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text(f"已保存 {said}")).to_be_visible()
    # The app goes on by itself: who went back before that would be taken along.
    page.wait_for_url(lambda url: url != leaving)
    back_to_round(page)


def back_to_round(page: Page) -> None:
    """Up from a form, by way of the resident or not."""
    while not _ROUND.search(page.url):
        follow(page, "返回")
    page.get_by_role("link", name="签退").wait_for()


def fill_pressure(page: Page, who: str, systolic: str, diastolic: str) -> None:
    open_form(page, who, "血压测量")
    page.get_by_label("收缩压（高压）").fill(systolic)
    page.get_by_label("舒张压（低压）").fill(diastolic)


def log_pressure(page: Page, who: str, systolic: str, diastolic: str) -> None:
    fill_pressure(page, who, systolic, diastolic)
    save(page, f"{who} 血压测量")
