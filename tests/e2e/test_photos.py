"""A wound is photographed without a network; the photo follows its record, and the home sees it."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from server.photos.models import Photo
from tests.e2e.conftest import PHONE, Served, picture
from tests.e2e.steps import check_in_by_hand, ready_offline
from tests.factories.jpeg import with_place


def test_a_photo_is_taken_offline_and_follows_its_record(
    served: Served, browser: Browser, tmp_path: Path
) -> None:
    world = served.world
    camera = tmp_path / "camera.jpg"
    camera.write_bytes(with_place())
    context = served.open(browser, PHONE)
    page = served.sign_in(context, world.doctor)
    ready_offline(page)
    context.set_offline(True)
    check_in_by_hand(page, "颐养园")
    page.goto(f"{page.url.split('?')[0]}/log/pressure_injury_care/{world.ada.id}")
    page.get_by_label("部位").select_option(label="足跟")
    page.get_by_label("分期").select_option(label="2期")
    page.locator("input[type=file]").set_input_files(camera)
    expect(page.get_by_role("img", name="第 1 张照片")).to_be_visible()
    page.get_by_text("最多 3 张").scroll_into_view_if_needed()
    picture(page, "photos-taken")
    page.get_by_text("清洗消毒").first.click()
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text("已保存")).to_be_visible()

    page.goto(f"{served.url}/waiting")
    expect(page.get_by_text("1 张照片待发送")).to_be_visible()
    picture(page, "photos-waiting")
    context.set_offline(False)
    page.get_by_role("button", name="现在同步").click()
    expect(page.get_by_text("1 张照片待发送")).to_have_count(0)
    assert len(world.rows(select(Photo.id))) == 1

    staff = served.visit(browser, world.staff)
    staff.locator("main").get_by_role("link").first.click()
    expect(staff.get_by_role("img", name="第 1 张照片")).to_be_visible()
    picture(staff, "photos-staff")
