"""What people do on the phone, step by step, in the words of the screen."""

from playwright.sync_api import Page, expect


def check_in_by_hand(page: Page, home: str) -> None:
    """Without the camera: the institution, a reason, and the button."""
    by_hand = page.get_by_role("link", name="手动签到")
    if not by_hand.is_visible():
        page.get_by_role("link", name="扫码").first.click()
    by_hand.click()
    page.get_by_text(home).first.click()
    page.get_by_text("找不到签到码").click()
    page.get_by_role("button", name="签到（D 级）").click()
    page.get_by_role("link", name="签退").wait_for()


def open_form(page: Page, who: str, service: str) -> None:
    """Find the resident by name and open a form."""
    page.get_by_role("searchbox").fill(who)
    page.get_by_role("link", name=who).first.click()
    # The list behind has links of the same service: it has to be gone.
    expect(page.get_by_role("searchbox")).to_have_count(0, timeout=15_000)
    page.get_by_role("link", name=service).first.click()


def save(page: Page, said: str) -> None:
    """Save, see that it was kept, and come back to the list whatever comes next."""
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text(f"已保存 {said}")).to_be_visible()
    while not page.get_by_role("link", name="签退").is_visible():
        page.get_by_role("link", name="返回").first.click()


def log_pressure(page: Page, who: str, systolic: str, diastolic: str) -> None:
    open_form(page, who, "血压测量")
    page.get_by_label("收缩压（高压）").fill(systolic)
    page.get_by_label("舒张压（低压）").fill(diastolic)
    save(page, f"{who} 血压测量")
