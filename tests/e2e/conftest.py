"""The product as it is served: gunicorn and the worker, a small county, the built PWA, a browser."""

import os
import shutil
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import update

from server import clock
from server.accounts.models import MembershipRow
from server.app import ROOT, build
from server.auth.roles import Role
from server.web.application import Application
from tests import programs
from tests.applications import connected
from tests.conftest import settings_for
from tests.factories.world import World

_ARTEFACTS = ROOT / "test-results"
PHONE: Any = {"width": 360, "height": 740}
DESKTOP: Any = {"width": 1366, "height": 768}
# For what takes a second on a quiet machine: two browsers and a worker on two busy cores are no failure.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# To be opened with `playwright show-trace`. They take a fifth of all that a browser does.
_TRACED = bool(os.environ.get("XUNYUE_TRACES"))


@dataclass(frozen=True, slots=True)
class Served:
    """The running product: its address, and the county in it."""

    url: str
    world: World
    opened: list[BrowserContext] = field(default_factory=list)

    def open(self, browser: Browser, viewport: Any = PHONE, **options: Any) -> BrowserContext:
        """A person's own browser; on a phone, standing at the door of the home."""
        home = self.world.home
        place: Any = {"latitude": home.latitude, "longitude": home.longitude, "accuracy": 15}
        context = browser.new_context(
            viewport=viewport,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            geolocation=place,
            permissions=["geolocation"],
            has_touch=viewport is PHONE,
            reduced_motion="reduce",  # half-way between two colours there is nothing to read or to judge
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        if _TRACED:
            context.tracing.start(screenshots=True, snapshots=True)
        self.opened.append(context)

        def forget(closed: BrowserContext) -> None:
            self.opened.remove(closed)

        context.on("close", forget)  # what it keeps on a handler cannot be kept on a method
        return context

    def visit(self, browser: Browser, login: str, viewport: Any = PHONE, **options: Any) -> Page:
        """Somebody at work who always has a network: nothing is laid by for when it goes."""
        return self.sign_in(self.open(browser, viewport, service_workers="block", **options), login)

    def close(self, context: BrowserContext, name: str) -> None:
        """Where traces are wanted, what the browser did is kept by this name."""
        if _TRACED:
            context.tracing.stop(path=_ARTEFACTS / f"{name}.zip")
        context.close()

    def keep_what_failed(self, name: str) -> None:
        """Pictures of all pages that are open, and the traces."""
        alive = [each for each in self.opened if each.browser and each.browser.is_connected()]
        for number, context in enumerate(alive):
            for page in context.pages:
                with suppress(Error):  # a page that cannot be drawn must not hide why the test failed
                    picture(page, f"failed-{name}-{number}-{context.pages.index(page)}")
            self.close(context, f"failed-{name}-{number}")

    def sign_in(self, context: BrowserContext, login: str) -> Page:
        page = context.new_page()
        page.goto(self.url)
        page.get_by_label("账号").fill(login)
        page.get_by_label("密码", exact=True).fill("correct horse")
        page.get_by_role("button", name="登录", exact=True).click()
        page.get_by_role("navigation").first.wait_for()
        return page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The browsers of a failed test are still open here, and closed afterwards: they would go on asking."""
    report = yield
    served = item.funcargs.get("served")
    if call.excinfo and call.excinfo.errisinstance(Exception) and isinstance(served, Served):
        served.keep_what_failed(item.name)
    return report


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], World]:
    """Lays the same small county into a folder: made once, then copied."""
    first = tmp_path_factory.mktemp("county")
    made = _county(first)
    with connected(made.app):
        pass

    def lay(folder: Path) -> World:
        shutil.copytree(first, folder, dirs_exist_ok=True)
        laid = made.on(_application(folder))
        laid.now = clock.now()
        return laid

    return lay


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, county: Callable[[Path], World]) -> Iterator[Served]:
    """One county for each file of tests."""
    with serve(tmp_path_factory.mktemp("served"), county) as running:
        yield running


@contextmanager
def serve(folder: Path, county: Callable[[Path], World] | None = None) -> Iterator[Served]:
    """What `county` lays into `folder`, by itself the small county, served by gunicorn with the worker."""
    # Bound from now on and handed to gunicorn as it is: a port that was only looked for is soon another's.
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield from _served(folder, door, (county or _county)(folder))


def _served(folder: Path, door: socket.socket, world: World) -> Iterator[Served]:
    port = door.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = _environment(folder) | {"XUNYUE_PUBLIC_URL": url, "PORT": str(port), "WEB_CONCURRENCY": "1"}
    running = (
        programs.start_gunicorn(door, environment),
        programs.start_xunyue("jobs", "run", env=environment),
    )
    try:
        _wait_for(url)
        yield Served(url, world)
    finally:
        for program in running:
            program.terminate()
        for program in running:
            program.wait(40)  # longer than gunicorn waits for its workers


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XUNYUE_VAR": str(folder), "XUNYUE_SECRET_KEY": "for-tests"}


def migrated(folder: Path) -> Application:
    """The application on a new database in `folder`, migrated by the operator's command."""
    assert programs.start_xunyue("db", "upgrade", env=_environment(folder)).wait(90) == 0
    return _application(folder)


def _application(folder: Path) -> Application:
    return build(settings_for(f"sqlite:///{folder / 'xunyue.db'}", folder))


def _county(folder: Path) -> World:
    """One home with eight residents to whom all five services are owed, on whatever day the test runs."""
    today = clock.today()
    starts, ends = today - timedelta(days=40), today + timedelta(days=320)
    world = World(migrated(folder), clock.now(), starts=starts, ends=ends)
    elderly: dict[str, Any] = {"scope": "resident", "per": "term", "eligible": {"min_age": 65}}
    diabetic: dict[str, Any] = {
        "scope": "resident",
        "per": "term",
        "eligible": {"any_of": ["type2_diabetes"]},
    }
    names = ("陈桂兰", "周宝根", "吴月娥", "孙福生", "郑淑华", "何长林")
    for number, name in enumerate(names):
        conditions = [("type2_diabetes", starts)] if number < 3 else []
        world.resident(name=name, bed=f"20{number + 1}-1", conditions=conditions)
    world.agree(
        number="签-2",
        clauses=(
            ("bp", {"services": ["blood_pressure"], **elderly}, 4),
            ("glucose", {"services": ["capillary_glucose"], **diabetic}, 4),
            ("tcm", {"services": ["tcm_health_guidance"], **elderly}, 2),
            ("lecture", {"services": ["health_education_lecture"], "per": "term"}, 4),
        ),
    )
    world.person("second-doctor", world.hospital, Role.CLINICIAN)
    long_ago = clock.now() - timedelta(days=40)
    with world.work() as session:  # what somebody sent before being employed is not the employer's to read
        session.execute(update(MembershipRow).values(began_at=long_ago))
    return world


def _wait_for(url: str) -> None:
    urlopen(url, timeout=60).close()  # noqa: S310


@pytest.fixture(scope="session", autouse=True)
def artefacts() -> Path:
    """Screenshots and traces, outside git; script/test begins with an empty folder."""
    _ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return _ARTEFACTS


def picture(page: Page, name: str) -> None:
    """Keep what the screen shows."""
    page.screenshot(path=_ARTEFACTS / f"{name}.png")


def picture_of_poster(page: Page) -> Image.Image:
    """The printed code as a photograph of the page would have it."""
    return Image.open(BytesIO(page.locator(".sheet svg, .sheet img").first.screenshot()))
