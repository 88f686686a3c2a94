"""A round at thirty residents' on a phone without a network, every tap counted, beside the paper book.

`script/round-of-thirty` prints the counts; past those in docs/round-of-thirty.md they may not rise.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from server import clock
from server.accounts.models import MembershipRow
from server.app import ROOT
from server.auth.roles import Role
from server.followups.models import FollowUp
from server.referrals.models import Referral
from server.rounds.models import Round, ServiceRecord
from tests.e2e import paper_book as paper
from tests.e2e.conftest import Served, migrated, picture, serve
from tests.e2e.steps import check_in_by_hand, ready_offline
from tests.e2e.tally import Tally
from tests.factories.world import World

_DOC = ROOT / "docs" / "round-of-thirty.md"
# A part's name, its taps and keystrokes together, and the paper book.
_ROW = re.compile(r"^\| ([^|]+) \| \d+ \| \d+ \| (\d+) \| (\d+) \|$", re.MULTILINE)
_SURNAMES = "陈周吴孙郑何罗梁宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜"
_GIVEN = ("桂兰", "宝根", "月娥", "福生", "淑华", "长林", "玉珍")
# By bed; the sixteenth is urgent.
_WRITTEN = (
    "138/82 146/88 128/76 152/84 134/78 142/90 126/72 158/86 136/80 144/78 "
    "132/84 118/70 162/94 140/82 124/68 186/112 148/92 130/74 98/60 156/88 "
    "138/76 150/86 122/74 145/85 168/102 136/82 128/78 139/81 154/90 133/77"
)
PRESSURES = [(sbp, dbp) for sbp, dbp in (each.split("/") for each in _WRITTEN.split())]
GLUCOSES = ["7.4", "6.8", "8.1", "5.9", "11.2", "6.3", "7.0", "9.4", "6.1", "5.6", "7.7", "13.8"]
CONSTITUTIONS = 3
URGENT = 15
TALK = ("防跌倒", "45", "26")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("thirty"), _thirty) as running:
        yield running


def _thirty(folder: Path) -> World:
    """A home with thirty residents of 65 and more, twelve with diabetes; of three the constitution is due."""
    starts = clock.today() - timedelta(days=40)
    world = World(migrated(folder), clock.now(), starts=starts, ends=starts + timedelta(days=360))
    for number, surname in enumerate(_SURNAMES):
        diabetic = [("type2_diabetes", starts)] if number < len(GLUCOSES) else []
        weak = [("disabled", starts)] if number < CONSTITUTIONS else []
        born = date(1940 + number % 18, 1 + number % 12, 5)
        bed = f"{2 + number // 10}{number % 10:02}-1"
        world.resident(name=f"{surname}{_GIVEN[number % 7]}", bed=bed, born=born, conditions=diabetic + weak)
    world.agree(number="签-2", clauses=_clauses())
    world.person("second-doctor", world.hospital, Role.CLINICIAN)
    with world.work() as session:  # what was sent before being employed is not the employer's to read
        session.execute(update(MembershipRow).values(began_at=clock.now() - timedelta(days=40)))
    return world


def _clauses() -> tuple[tuple[str, dict[str, Any], int], ...]:
    each: dict[str, Any] = {"scope": "resident", "per": "term"}
    glucose = {**each, "services": ["capillary_glucose"], "eligible": {"any_of": ["type2_diabetes"]}}
    constitution = {
        **each,
        "services": ["tcm_constitution_identification"],
        "eligible": {"any_of": ["disabled"]},
    }
    lecture = {"services": ["health_education_lecture"], "per": "term"}
    return (("glucose", glucose, 4), ("tcm", constitution, 1), ("lecture", lecture, 4))


def test_a_row_asks_is_undone_cleared_and_restored(served: Served, browser: Browser) -> None:
    """Before the round below, and never sent: all is still owed there."""
    context = served.open(browser)
    page = served.sign_in(context, "second-doctor")
    ready_offline(page)
    context.set_offline(True)
    check_in_by_hand(page, "颐养园")
    _open_batch(page, "血压测量", of=30)
    first = page.get_by_label("101-1 床 王秀英 收缩压")
    expect(first).to_be_focused()

    page.keyboard.type("13882")
    expect(page.get_by_role("status").get_by_text("已保存 王秀英 血压测量 138/82")).to_be_attached()
    page.get_by_role("button", name="撤销 王秀英 的记录").tap()
    expect(first).to_be_focused()
    expect(page.get_by_text("已录 0 / 30 人")).to_be_visible()

    page.keyboard.type("7845")
    expect(page.get_by_label("确认是实测值")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("已录 1 / 30 人")).to_be_visible()
    second = page.get_by_label("102-1 床 李建国 收缩压")
    expect(second).to_be_focused()

    page.keyboard.type("152")
    page.keyboard.press("Escape")
    page.keyboard.type("138")
    expect(second).to_have_value("138")
    expect(page.get_by_label("102-1 床 李建国 舒张压")).to_be_focused()
    page.wait_for_timeout(3_000)  # what was typed in the very moment of a kill may be gone
    page.reload()
    expect(second).to_have_value("138")
    expect(page.get_by_label("102-1 床 李建国 舒张压")).to_be_focused()
    expect(page.get_by_text("78/45")).to_be_visible()

    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="本人拒绝").tap()
    expect(page.get_by_role("link", name="陈桂兰 本人拒绝")).to_be_visible()
    page.get_by_role("searchbox").tap()
    page.keyboard.type("zbg")
    page.keyboard.press("Enter")
    page.keyboard.type("14284")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("link", name="周宝根")).to_contain_text("142/84")
    expect(page.get_by_text("已录 3 / 30 人")).to_be_visible()
    context.close()


def test_thirty_residents_cost_less_than_in_the_paper_book(
    served: Served, browser: Browser, artefacts: Path
) -> None:
    context = served.open(browser)
    tally = Tally(context)
    page = served.sign_in(context, served.world.doctor)
    ready_offline(page)
    _round(context, page, tally)
    context.set_offline(False)
    expect(page.get_by_text("全部已送达，养老机构可以确认了")).to_be_visible()
    _see_it_arrived(served.world)
    figures = _figures(tally)
    (artefacts / "round-of-thirty.txt").write_text("\n".join(figures) + "\n")
    _compare(tally, _on_paper())


def _round(context: BrowserContext, page: Page, tally: Tally) -> None:
    with tally.part(page, "check-in"):
        context.set_offline(True)
        check_in_by_hand(page, "颐养园")
    with tally.part(page, "30 pressures"):
        _open_batch(page, "血压测量", of=30)
        expect(page.locator("[data-cell]").first).to_be_focused()
        for systolic, diastolic in PRESSURES[:URGENT]:
            page.keyboard.type(systolic + diastolic)
        picture(page, "thirty-pressures")
        page.keyboard.type("".join(PRESSURES[URGENT]))
    with tally.part(page, "1 urgent value"):
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_text("收缩压 ≥ 180")).to_be_visible()
        picture(page, "thirty-urgent")
        sheet.locator("[data-offer=both]").tap()
    with tally.part(page, "1 referral"):
        _refer(page, tally)
    with tally.part(page, "30 pressures"):
        page.get_by_role("link", name="返回").tap()  # to the list, and on with the next one
        expect(page.get_by_text("已录 16 / 30 人")).to_be_visible()
        expect(page.locator("[data-cell]").first).to_be_focused()
        for systolic, diastolic in PRESSURES[URGENT + 1 :]:
            page.keyboard.type(systolic + diastolic)
        _leave_batch(page)
    with tally.part(page, "12 glucoses"):
        _open_batch(page, "末梢血血糖检测", of=12)
        page.get_by_text("空腹").tap()
        for value in GLUCOSES:
            page.keyboard.type(value)
        picture(page, "thirty-glucoses")
        _leave_batch(page)
    with tally.part(page, "3 constitutions"):
        _constitutions(page)
    with tally.part(page, "1 talk"):
        _talk(page, tally)
    with tally.part(page, "check-out"):
        page.get_by_role("link", name="签退").tap()
        page.get_by_role("button", name="确认签退").tap()
        expect(page.get_by_text("巡诊已签退")).to_be_visible()


def _open_batch(page: Page, service: str, *, of: int) -> None:
    """By the service's button on the worklist, where another one is shown."""
    chip = page.get_by_role("button", name=service)
    if chip.get_attribute("aria-pressed") != "true":
        chip.tap()
    page.get_by_role("link", name=f"连续录入 {of} 人").tap()
    expect(page.get_by_text(f"已录 0 / {of} 人")).to_be_visible()


def _leave_batch(page: Page) -> None:
    """After the last digit of the last one the way back has the focus."""
    back = page.get_by_role("link", name="全部录完，回到待做名单")
    expect(back).to_be_focused()
    back.tap()
    page.get_by_role("link", name="签退").wait_for()


def _refer(page: Page, tally: Tally) -> None:
    """What the reading says is filled in."""
    tally.choose(page.get_by_label("转到哪家医院"), "城关卫生服务中心")
    page.get_by_text("120 救护车").tap()
    page.get_by_role("group", name="已告知家属").get_by_text("是", exact=True).tap()
    page.get_by_role("button", name="发出申请").tap()
    expect(page.get_by_text("等待接诊")).to_be_visible()


def _constitutions(page: Page) -> None:
    page.get_by_role("button", name="中医体质辨识").tap()
    page.locator("main li a").first.tap()
    for number in range(CONSTITUTIONS):
        page.get_by_role("button", name="下一步").tap()  # nothing was measured
        for question in range(paper.QUESTIONS):
            expect(page.get_by_text(f"第 {question + 2} / 35 步")).to_be_visible()
            page.locator("main fieldset label").nth((question + number) % 3).tap()
        page.get_by_text("饮食调养").tap()
        page.get_by_role("button", name="核对并保存").tap()
        page.get_by_role("button", name="保存").last.tap()
        expect(page.get_by_text("已保存").last).to_be_visible()
        if number + 1 < CONSTITUTIONS:
            expect(page.get_by_text("第 1 / 35 步")).to_be_visible()
    page.get_by_role("link", name="签退").wait_for()


def _talk(page: Page, tally: Tally) -> None:
    topic, minutes, attendees = TALK
    page.get_by_role("button", name="健康讲座").tap()
    page.locator("main li").get_by_role("link", name="全机构").first.tap()
    tally.choose(page.get_by_label("主题"), topic)
    for label, value in (("时长", minutes), ("参加人数", attendees)):
        page.get_by_label(label).tap()
        page.keyboard.type(value)
    page.get_by_role("button", name="保存").last.tap()
    page.get_by_role("link", name="签退").wait_for()


def _see_it_arrived(world: World) -> None:
    records = world.rows(select(ServiceRecord))
    assert Counter(record.service for record in records) == {
        "round": 1,
        "blood_pressure": len(PRESSURES),
        "capillary_glucose": len(GLUCOSES),
        "tcm_constitution_identification": CONSTITUTIONS,
        "green_channel_emergency": 1,
        "health_education_lecture": 1,
    }
    pressures = [record for record in records if record.service == "blood_pressure"]
    said = sorted((str(record.form["sbp"]), str(record.form["dbp"])) for record in pressures)
    assert said == sorted(PRESSURES)
    [urgent] = [record for record in records if record.urgent]
    assert urgent.form["offer_green_channel"] == urgent.form["offer_follow_up"] == "accepted"
    [referral] = world.rows(select(Referral))
    assert (referral.reading_id, referral.direction) == (urgent.id, "green_channel")
    assert [duty.state for duty in world.rows(select(FollowUp))] == ["open"]
    [visit] = world.rows(select(Round))
    assert visit.checked_out_at is not None


def _on_paper() -> dict[str, int]:
    people = [("王秀英", "201-1")] * CONSTITUTIONS  # all names have three characters, all beds five
    name, bed = people[0]
    return {
        "check-in": paper.visit(),
        "30 pressures": paper.pressures(PRESSURES),
        "1 urgent value": paper.urgent_value(name, bed),
        "1 referral": paper.referral(name, bed, "/".join(PRESSURES[URGENT])),
        "12 glucoses": paper.glucoses(GLUCOSES),
        "3 constitutions": sum(paper.constitution(*each) for each in people),
        "1 talk": paper.talk(*TALK),
        "check-out": 0,
    }


def _figures(tally: Tally) -> list[str]:
    """As the document has them: taps, keystrokes, together, the paper book."""
    on_paper = _on_paper()
    rows = [(name, acts, on_paper[name]) for name, acts in tally.parts.items()]
    rows.append(("all", tally.together, sum(on_paper.values())))
    return [f"| {name} | {acts.taps} | {acts.keys} | {acts.together} | {pen} |" for name, acts, pen in rows]


def _compare(tally: Tally, on_paper: dict[str, int]) -> None:
    rows = [(name, int(together), int(pen)) for name, together, pen in _ROW.findall(_DOC.read_text())]
    documented = {name: together for name, together, _ in rows}
    counted = {name: acts.together for name, acts in tally.parts.items()} | {"all": tally.together.together}
    assert documented.keys() == counted.keys()
    risen = {name: (counted[name], said) for name, said in documented.items() if counted[name] > said}
    assert not risen, f"more taps and keystrokes than documented: {risen}"
    whole = sum(on_paper.values())
    assert {name: pen for name, _, pen in rows} == on_paper | {"all": whole}
    assert tally.together.together < whole
