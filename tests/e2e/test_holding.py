"""More than a phone can hold: its clinician chooses, and the app goes on with that."""

from typing import Any

from playwright.sync_api import Browser, Request, Route, expect

from tests.e2e.conftest import Served, picture
from tests.e2e.looking import faults

_LIMIT = 10_000


def test_institutions_are_chosen_where_there_are_too_many(served: Served, browser: Browser) -> None:
    context = served.open(browser, service_workers="block")
    home = {"id": str(served.world.home.id), "name": served.world.home.name, "rows": 6_400}
    other = {"id": str(served.world.other["home"].id), "name": "柳溪院", "rows": 5_200}
    details = {"limit": _LIMIT, "rows": 11_600, "institutions": [home, other]}
    error: dict[str, Any] = {"code": "too_many_rows", "message": "", "details": details}
    asked_for: list[str] = []

    def pull(route: Route) -> None:
        if _is_narrow(route.request, str(home["id"])):
            asked_for.append(route.request.url)
            route.continue_()
        else:
            route.fulfill(status=409, json={"error": error})

    context.route(lambda url: "/api/v1/sync" in url, lambda route: _if_read(route, pull))
    page = served.sign_in(context, served.world.doctor)
    expect(page.get_by_text("资料太多，这部手机存不下")).to_be_visible()
    page.get_by_role("link", name="选择机构").click()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    for place in ("颐养园", "柳溪院"):
        page.get_by_role("checkbox", name=place).check()
    expect(page.get_by_text("超出 1,600 条，请少选一家")).to_be_visible()
    picture(page, "holding-over")
    page.get_by_role("button", name="保存").click()
    assert asked_for == []
    page.get_by_role("checkbox", name="柳溪院").uncheck()
    assert faults(page) == []
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("颐养园").first).to_be_visible()
    expect(page.get_by_text("资料太多，这部手机存不下")).to_have_count(0)
    assert asked_for
    context.close()


def _if_read(route: Route, pull: Any) -> None:
    """What a phone says goes through; what it asks for is read."""
    said = route.request.method == "POST" and not route.request.url.endswith("/read")
    route.continue_() if said else pull(route)


def _is_narrow(request: Request, institution: str) -> bool:
    return institution in request.url or institution in (request.post_data or "")
