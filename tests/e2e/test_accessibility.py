"""Every screen of every role, on a phone, light and dark: whoever adds one adds a visit here."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server import clock
from server.app import ROOT
from tests.e2e.conftest import PATIENCE_MS, PHONE, Served
from tests.e2e.everything import Everything
from tests.e2e.looking import Judged, Looking, go, route_names
from tests.e2e.steps import (
    back_to_round,
    check_in_by_hand,
    controlled,
    fill_pressure,
    log_pressure,
    ready_offline,
)
from tests.factories.kiosk import invite

# By the name of the route; where the router sends a role home, that role has no such screen.
VISITS = {
    "home": "/",
    "not-found": "/no/such/page",
    "mine": "/mine",
    "today": "/today",
    "institution": "/today/{home}",
    "scan": "/scan",
    "short-code": "/scan/code",
    "manual-check-in": "/scan/manual",
    "poster-link": "/q/{token}",
    "round": "/round/{open}",
    "round-resident": "/round/{open}/resident/{ada}",
    "log": "/round/{open}/log/blood_pressure/{ada}",
    "batch": "/round/{open}/batch/blood_pressure",
    "round-lines": "/round/{open}/lines",
    "round-line": "/round/{open}/line/{line}",
    "check-out": "/round/{open}/check-out",
    "round-team": "/round/{open}/team",
    "round-summary": "/round/{closed}/summary",
    "refer": "/round/{open}/refer/{ada}?from={line}",
    "refer-outside": "/refer/{ada}",
    "refer-whom": "/refer",
    "refer-back": "/referrals/{ended}/back",
    "referrals": "/referrals",
    "referral": "/referrals/{referral}",
    "follow-ups": "/follow-ups",
    "my-disputes": "/my-disputes",
    "disputes": "/disputes",
    "calls": "/calls",
    "confirm": "/confirm",
    "confirm-round": "/confirm/{closed}",
    "waiting": "/waiting",
    "holding": "/holding",
    "fulfilment": "/fulfilment",
    "at-risk": "/fulfilment/at-risk",
    "published": "/fulfilment/published",
    "published-period": "/fulfilment/published/{published}",
    "agreements": "/fulfilment/agreements",
    "promise-preview": "/fulfilment/preview",
    "agreement": "/fulfilment/agreements/{agreement}",
    "agreement-changes": "/fulfilment/agreements/{agreement}/changes",
    "commitment": "/fulfilment/commitments/{commitment}",
    "window": "/fulfilment/commitments/{commitment}/windows/{start}",
    "obligation": "/fulfilment/obligations/{obligation}",
    "record": "/fulfilment/records/{record}",
    "posters": "/posters",
    "poster": "/posters/{home}",
    "kiosks": "/posters/{home}/kiosks",
    "place": "/posters/{home}/place",
    "sync-health": "/arrivals",
    "received": "/arrivals/entries?show=all",
    "received-entry": "/arrivals/entries/{entry}",
    "import": "/arrivals/import",
    "trail": "/trail",
    "recipients": "/trail/recipients",
}
# Those that open without a session.
OPEN = {"sign-in": "/sign-in", "kiosk": "/kiosk"}
ROLES = ("doctor", "staff", "manager", "regulator", "officer", "newcomer")
# Whatever can be asked in a form; the last two a question at a time, and in parts.
FORMS = (
    ("pressure_injury_care", "resident"),
    ("blood_pressure", "resident"),
    ("tcm_staff_training", "institution"),
    ("nursing_needs_assessment", "resident"),
    ("tcm_constitution_identification", "resident"),
    ("integrated_elder_service", "resident"),
)


@pytest.fixture(scope="module")
def everything(served: Served) -> Everything:
    return Everything(served.world)


@pytest.fixture(scope="module")
def people(served: Served, browser: Browser) -> Iterator[Any]:
    """A phone for each login, signed in once; None is a phone on which nobody is."""
    contexts: list[BrowserContext] = []
    by_name = replace(served, url=served.url.replace("127.0.0.1", "localhost"))  # fingerprints are of a name

    @cache
    def phone(login: str | None) -> Page:
        contexts.append(_phone(browser))
        if login:
            return by_name.sign_in(contexts[-1], login)
        page = contexts[-1].new_page()
        page.goto(f"{by_name.url}/sign-in")
        return page

    yield phone
    for context in contexts:
        context.close()


def _phone(browser: Browser) -> BrowserContext:
    """Without the traces of other tests: they take longer than looking, and what is wrong is said."""
    context = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        permissions=["geolocation"],
        geolocation={"latitude": 30.25, "longitude": 120.15, "accuracy": 15},
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture(scope="module")
def judged() -> Judged:
    return Judged()


@pytest.fixture
def looking(judged: Judged) -> Iterator[Looking]:
    looked = Looking(judged)
    yield looked
    assert not looked.wrong, "\n".join(looked.wrong)


def test_every_screen_of_every_role(people: Any, everything: Everything, looking: Looking) -> None:
    seen: set[str] = set()
    stranger: Page = people(None)
    for name, path in OPEN.items():
        assert go(stranger, path) == name
        looking.at(stranger, name)
    for login in ROLES:
        page = people(login)
        for name, path in VISITS.items():
            if go(page, path.format_map(everything.ids)) == name:
                looking.at(page, f"{login} {name}")
                seen.add(name)
    assert route_names(stranger) == seen | set(OPEN)


# What each sheet is opened by, and what is pressed in it with nothing filled in: (login, screen, presses).
SHEETS = {
    "accounts/FreshLink": ("doctor", "/mine", ["生成链接"]),
    "accounts/CalendarCard": ("doctor", "/mine", ["换新链接"]),
    "accounts/Devices": ("doctor", "/mine", ["让它退出"]),
    "accounts/LockCard": ("doctor", "/mine", ["开通", "开通"]),
    "accounts/SignOut": ("doctor", "/mine", ["退出登录"]),
    "arrivals/UnlockSheet": ("manager", "/arrivals/entries/{late_entry}", ["解锁这次巡诊", "解锁这次巡诊"]),
    "confirmation/DisputeSheet": ("staff", "/confirm/{closed}", ["checkbox", "提出异议", "提出异议"]),
    "demands/AskSheet": ("staff", "/calls", ["急诊急救绿色通道"]),
    "demands/OpenCalls": ("staff", "/calls", ["撤回"]),
    "demands/RecordSheet": ("staff", "/calls", ["对方已响应"]),
    "disputes/RulingSheet": ("manager", "/disputes", ["裁定", "裁定"]),
    "disputes/UpholdSheet": ("doctor", "/round/{closed}/line/{disputed}", ["坚持原记录", "坚持原记录"]),
    "followups/DoneSheet": ("doctor", "/today/{home}", ["无需再测", "记下"]),
    "fulfilment/ChangeSheet": ("manager", "/fulfilment/agreements/{agreement}/changes", ["增减次数"]),
    "posters/InviteSheet": ("manager", "/posters/{home}/kiosks", ["添加签到屏", "取启用码"]),
    "posters/KiosksPage": ("manager", "/posters/{home}/kiosks", ["停用“一楼大厅”"]),
    "posters/PosterPage": ("manager", "/posters/{home}", ["换新签到码"]),
    "referrals/StepSheet": ("doctor", "/referrals/{referral}", ["告知家属", "记下"]),
    "rounds/OtherSheet": ("doctor", "/round/{open}", ["记录其他"]),
    "rounds/VoidSheet": ("doctor", "/round/{open}/line/{line}", ["作废", "作废"]),
    "trail/RecipientsPage": ("manager", "/trail/recipients", ["移除"]),
    "standing/PublishSheet": ("regulator", "/fulfilment/published", ["公布一个周期"]),
}
# These are on the way of a round without a network, below.
ON_THE_WAY = {
    *("rounds/UrgentOffer", "rounds/CheckOutPage"),
    *("waiting/DropSheet", "waiting/EntryRow", "accounts/LockScreen"),
}


def test_every_sheet(people: Any, everything: Everything, looking: Looking) -> None:
    _give_fingerprints(people("doctor"))
    sources = (ROOT / "pwa/src/features").rglob("*.vue")
    sheets = {f"{each.parent.name}/{each.stem}" for each in sources if "<Sheet" in each.read_text()}
    assert sheets == SHEETS.keys() | ON_THE_WAY
    for name, (login, path, presses) in SHEETS.items():
        page: Page = people(login)
        go(page, path.format_map(everything.ids))
        for press in presses:
            inside = page.locator("dialog[open]")
            place: Any = inside if inside.count() else page
            role = "checkbox" if press == "checkbox" else "button"
            named = {} if press == "checkbox" else {"name": press}
            place.get_by_role(role, **named).first.click()
        page.locator("dialog[open]").wait_for()
        looking.at(page, name)
        page.keyboard.press("Escape")


def _give_fingerprints(page: Page) -> None:
    go(page, "/mine")
    page.get_by_role("button", name="立即锁定").wait_for()  # before that there is no key of the password
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    page.reload()
    page.get_by_role("navigation").first.wait_for()


def test_every_kind_of_field(people: Any, everything: Everything, looking: Looking) -> None:
    """As the form opens, and with everything wrong that can be."""
    page: Page = people("doctor")
    asked: set[str] = set()
    for service, scope in FORMS:
        who = f"/{everything.ids['ada']}" if scope == "resident" else ""
        go(page, f"/round/{everything.ids['open']}/log/{service}{who}")
        looking.at(page, service)
        keep = page.get_by_role("button", name=re.compile("^(保存|下一题|下一步)"))
        if keep.count():
            keep.last.click()
            looking.at(page, f"{service} empty")
        asked |= _kinds_of(service)
    files = (ROOT / "server/catalogue/data/forms").glob("*.json")
    assert asked == {kind for each in files for kind in _kinds_in(each)}


def _kinds_of(service: str) -> set[str]:
    items = json.loads((ROOT / "server/catalogue/data/catalogue.json").read_text())["items"]
    (form,) = [each["form"] for each in items if each["code"] == service]
    return _kinds_in(ROOT / f"server/catalogue/data/forms/{form}.json")


def _kinds_in(file: Path) -> set[str]:
    return set(re.findall(r'"type": "(\w+)"', file.read_text()))


def test_what_goes_wrong(people: Any, everything: Everything, looking: Looking) -> None:
    """What does not exist, and a server that does not answer."""
    page: Page = people("manager")
    unknown = everything.ids["home"]
    for place in ("fulfilment/records", "fulfilment/published", "arrivals/entries", "referrals"):
        go(page, f"/{place}/{unknown}")
        looking.at(page, f"unknown of {place}")
    page.route("**/api/v1/**", lambda route: route.abort())
    for path in ("/fulfilment", "/trail", "/posters", "/calls"):
        go(page, path)
        looking.at(page, f"unreached {path}")
    page.unroute("**/api/v1/**")
    for login, path in (("doctor", "/round/{0}"), ("staff", "/confirm/{0}"), ("doctor", "/q/nonsense")):
        go(people(login), path.format(unknown))
        looking.at(people(login), f"unknown {path}")


def test_a_round_without_a_network_and_a_locked_phone(
    people: Any, everything: Everything, looking: Looking
) -> None:
    """An urgent value, a draft, entries that wait, one that was refused; and then the phone is locked."""
    world = everything.world
    gone = world.resident(name="魏素芬", bed="301-1")
    page: Page = people("second-doctor")
    ready_offline(page)
    page.context.set_offline(True)
    check_in_by_hand(page, "颐养园")
    log_pressure(page, "魏素芬", "133", "78")
    fill_pressure(page, "王秀英", "186", "96")
    page.get_by_role("button", name="保存").last.click()
    looking.at(page, "rounds/UrgentOffer")
    page.keyboard.press("Escape")
    back_to_round(page)
    looking.at(page, "a draft is left")
    page.get_by_role("link", name="签退").click()
    page.get_by_role("button", name="确认签退").click()
    looking.at(page, "rounds/CheckOutPage")
    page.keyboard.press("Escape")
    for path in ("/today", "/calls", "/scan", "/mine", "/waiting"):
        go(page, path)
        looking.at(page, f"offline {path}")
    world.move_out(gone, clock.today() - timedelta(days=1))
    page.context.set_offline(False)
    page.get_by_role("button", name="现在同步").click()
    refused = page.locator("[data-state=refused]")
    for name, press in (("waiting/EntryRow", "交给管理员"), ("waiting/DropSheet", "放弃")):
        refused.get_by_role("button", name=press).click()
        looking.at(page, name)
        page.keyboard.press("Escape")
    page.context.set_offline(True)
    go(page, "/mine")
    page.get_by_role("button", name="立即锁定").click()
    page.get_by_label("密码", exact=True).fill("wrong horse")
    page.get_by_role("button", name="解锁", exact=True).click()
    expect(page.get_by_text("密码不对")).to_be_visible()
    looking.at(page, "locked")
    page.get_by_role("button", name="换人使用").click()
    page.locator("dialog[open]").wait_for()
    looking.at(page, "accounts/LockScreen")


def test_one_service_for_many(people: Any, everything: Everything, looking: Looking) -> None:
    """A row that a colleague was faster with, and one with an urgent value."""
    page: Page = people("doctor")
    go(page, f"/round/{everything.ids['open']}/batch/blood_pressure")
    rows = page.get_by_role("listitem")
    taken = rows.filter(has_text=everything.world.ben.name)
    taken.get_by_label("收缩压").fill("118")
    everything.measure_as_a_colleague()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    taken.get_by_role("button", name="不要我输入的").wait_for()
    urgent = rows.filter(has_text="陈桂兰")
    urgent.get_by_label("收缩压").fill("186")
    urgent.get_by_label("舒张压").fill("96")
    urgent.get_by_role("button", name="选择处理并保存").wait_for()
    looking.at(page, "batch, taken and urgent")


def test_a_kiosk_and_whoever_is_not_signed_in(people: Any, everything: Everything, looking: Looking) -> None:
    page: Page = people(None)
    go(page, "/sign-in")
    page.get_by_label("账号").fill("nobody")
    page.get_by_label("密码", exact=True).fill("wrong horse")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("alert").first.wait_for()
    looking.at(page, "sign-in refused")
    go(page, "/kiosk")
    page.get_by_label("启用码").fill(invite(everything.world, clock.now(), name="二楼"))
    page.get_by_role("button", name="启用").click()
    page.locator("[data-contact=online]").wait_for()
    looking.at(page, "kiosk screen")
    controlled(page)
    page.context.set_offline(True)
    page.reload()
    page.locator("[data-contact=offline]").wait_for()
    looking.at(page, "kiosk alone")
