"""Those who look after agreements: three taps from the overview to the records, on every screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from server import clock
from server.auth.roles import OrganisationKind, Role
from server.organisations.models import Organisation
from tests.e2e.conftest import DESKTOP, PHONE, Served, picture
from tests.e2e.looking import faults

PAGES = {
    "overview": ("/fulfilment", "履约率"),
    "past": ("/fulfilment?as_of={yesterday}", "回到今天"),
    "at-risk": ("/fulfilment/at-risk", "按医务人员"),
    "published": ("/fulfilment/published", "公布就是"),
}


@dataclass(frozen=True, slots=True)
class Visited:
    """A home with one agreement, one visit of last week confirmed there, and who manages its hospital."""

    home: Organisation
    manager: str


@pytest.fixture(scope="module")
def visited(served: Served) -> Visited:
    world = served.world
    hospital = world.organisation(OrganisationKind.MEDICAL, "松鹤卫生院")
    home = world.organisation(OrganisationKind.CARE, "松鹤院", latitude=30.2, longitude=120.1)
    doctor = world.person("songhe-doctor", hospital, Role.CLINICIAN)
    staff = world.person("songhe-staff", home, Role.CARE_STAFF)
    manager = world.person("songhe-manager", hospital, Role.MANAGER)
    world.agree(
        hospital, home, number="松-1", clauses=(("rounds", {"services": ["round"], "per": "week"}, 1),)
    )
    monday = clock.today() - timedelta(days=clock.today().weekday() + 7)
    at = datetime.combine(monday, time(2), UTC)
    with clock.fixed(at):
        phone = world.phone(doctor, at=at)
        visit = phone.check_in(home, None)
        phone.check_out(home)
        assert [each["outcome"] for each in phone.sync()] == ["stored", "stored"]
        word = world.phone(staff, at=at + timedelta(hours=1))
        word.confirm(visit, {visit: 2})
        assert [each["outcome"] for each in word.sync()] == ["stored"]
    return Visited(home, manager)


@pytest.fixture(scope="module")
def manager(served: Served, browser: Browser, visited: Visited) -> Iterator[Page]:
    """Signed in once, too."""
    page = served.visit(browser, visited.manager)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def regulator(served: Served, browser: Browser) -> Iterator[Page]:
    """Signed in once; a test says where it begins."""
    page = served.visit(browser, served.world.regulator)
    yield page
    page.context.close()


def test_a_rate_opens_down_to_its_records_in_three_taps(manager: Page, visited: Visited) -> None:
    page = manager
    page.set_viewport_size(DESKTOP)
    row = page.locator("main li").get_by_role("link", name=visited.home.name)
    expect(row).to_contain_text("已确认")
    picture(page, "manager-overview")
    row.click()
    page.get_by_role("link", name="rounds 条款", exact=True).click()
    page.locator("main a", has_text="1 / 1 次").click()
    expect(page.get_by_text("计入的记录")).to_be_visible()
    expect(page.get_by_text("songhe-doctor 先生")).to_be_visible()
    picture(page, "manager-records")


def test_the_weakest_commitment_is_named_and_opens(served: Served, manager: Page) -> None:
    page = manager
    page.set_viewport_size(PHONE)
    page.goto(served.url)
    page.get_by_text("没有待处理的异议").wait_for()  # it comes above the link and moves it
    page.get_by_role("link", name="最弱一条").click()
    expect(page.get_by_role("heading", name="rounds 条款").first).to_be_visible()


def test_a_past_day_is_said_to_be_one_and_left_again(
    served: Served, regulator: Page, visited: Visited
) -> None:
    regulator.goto(f"{served.url}/fulfilment")
    day = clock.today() - timedelta(days=20)
    regulator.get_by_role("link", name=visited.home.name).first.wait_for()
    regulator.get_by_label("按某日查看").fill(day.isoformat())
    expect(regulator.get_by_text("您在看")).to_contain_text(f"{day.month}月{day.day}日")
    regulator.get_by_role("button", name="回到今天").click()
    expect(regulator.get_by_text("您在看")).to_have_count(0)
    expect(regulator.get_by_label("按某日查看")).to_have_value(clock.today().isoformat())


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_and_are_accessible(served: Served, regulator: Page, name: str) -> None:
    path, words = PAGES[name]
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    regulator.goto(served.url + path.format(yesterday=yesterday))
    expect(regulator.get_by_text(words).first).to_be_visible()
    regulator.wait_for_load_state("networkidle")
    assert faults(regulator) == []
    for viewport in (PHONE, DESKTOP):
        regulator.set_viewport_size(viewport)
        wide: Any = regulator.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        picture(regulator, f"regulator-{name}-{viewport['width']}")
