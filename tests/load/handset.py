"""The app on a slow phone: first download, opening without a network, and 500 waiting entries.

`.venv/bin/python -m tests.load.handset` serves a home of 1,000 residents on SQLite, opens the built PWA
(XUNYUE_PWA names another one) in Chromium with a page four times slower than this machine, and prints what a
person waits for. Slowed down is the page, not the service worker, the network or the server. On a machine
that others use, `--slowdown 1` tells how long the page itself computed: a slow phone needs four times that at
least.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import func, select

from server import clock
from server.fulfilment.models import StaleStream
from server.ids import new_id
from server.residents.models import Resident
from server.residents.service import NewResident, move_in
from server.rounds.models import ServiceRecord
from server.web.schemas import instant_text
from tests import processes
from tests.browser import launch
from tests.e2e.conftest import PHONE, Served, serve
from tests.factories.client import PASSWORD
from tests.factories.phone import fix

_FILL = (Path(__file__).parent / "handset.js").read_text(encoding="utf-8")
_DOCTOR = "second-doctor"
_ROUNDS, _RECORDS = 10, 48  # with check-in and check-out 50 entries a round
# The moment at which there is an institution to tap.
_USABLE = """() => new Promise((resolve) => {
  const look = () => {
    if (document.querySelector('main li a[href^="/today/"]')) resolve(performance.now())
    else requestAnimationFrame(look)
  }
  look()
})"""
_FIRST_ASKED = """performance.getEntriesByType('resource')
  .filter(({ name }) => new URL(name).pathname === '/api/v1/sync')
  .map(({ startTime }) => startTime).sort((one, other) => one - other)[0]"""
# The count on the screen as it changes, from the network's return to nothing left, with the ms it took.
_GOING_DOWN = """() => new Promise((resolve) => {
  const counts = []
  let began = null
  const look = () => {
    const shown = Number(document.querySelector('.connection .mark')?.innerText.match(/\\d+/)?.[0] ?? 0)
    if (navigator.onLine) began ??= performance.now()
    if (began !== null && counts.at(-1) !== shown) counts.push(shown)
    if (began !== null && !shown) resolve({ ms: performance.now() - began, counts })
    else requestAnimationFrame(look)
  }
  look()
})"""


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.load.handset", description=__doc__)
    options.add_argument("--slowdown", type=int, default=4, help="times slower than this machine")
    options.add_argument("--times", type=int, default=5, help="how often the app is opened")
    options.add_argument("--residents", type=int, default=1000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="xunyue-handset-") as name, serve(Path(name)) as served:
        people = _people(served, given.residents)
        with sync_playwright() as driver:
            phone = Handset(launch(driver), served, given.slowdown)
            rows, seconds, own = phone.first_download()
            about = f"first download of {given.residents} residents, {rows} rows, with sign-in"
            click.echo(f"{about}: {seconds:.2f} s (≤ 3), of which the page {own:.2f}")
            starts = sorted(phone.cold_start() for _ in range(given.times))
            each = ", ".join(f"{seconds:.2f} ({own:.2f})" for seconds, own in starts)
            click.echo(f"opened without a network, seconds (of which the page): {each} (≤ 1)")
            seconds, own, counts = phone.send(_waiting(served, people))
            about = f"{counts[0]} waiting entries sent: {seconds:.2f} s (≤ 5), of which the page {own:.2f}"
            click.echo(f"{about}; the screen said {counts}")
            click.echo(f"load of the machine {os.getloadavg()}")
        _check(served)


class Handset:
    """A phone whose browser is running; each time the app is opened, page and service worker start anew."""

    def __init__(self, browser: Browser, served: Served, slowdown: int) -> None:
        self.served, self.slowdown = served, slowdown
        self.context = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
        self.context.set_default_timeout(120_000)

    @contextmanager
    def opened(self, *, offline: bool) -> Iterator[Page]:
        self.context.set_offline(offline)
        page = self.context.new_page()
        devtools = self.context.new_cdp_session(page)
        devtools.send("ServiceWorker.enable")
        devtools.send("ServiceWorker.stopAllWorkers")
        devtools.send("Performance.enable")
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": self.slowdown})
        self.devtools = devtools
        yield page
        page.close()

    def busy(self) -> float:
        """Seconds that the page's own thread has computed; a slowed one computes while it waits, too."""
        metrics = self.devtools.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "ThreadTime"))

    def first_download(self) -> tuple[int, float, float]:
        """Rows, the seconds from the first question to a screen that can be worked with, and the thread's."""
        rows = 0

        def count(response: Any) -> None:
            nonlocal rows
            if response.request.method == "GET" and "/api/v1/sync" in response.url:
                body = response.json()
                rows += sum(
                    len(body[kind]) for kind in ("institutions", "residents", "owed", "rounds", "lines")
                )

        with self.opened(offline=False) as page:
            page.on("response", count)
            page.goto(self.served.url)
            page.get_by_label("账号").fill(_DOCTOR)
            page.get_by_label("密码", exact=True).fill(PASSWORD)
            before = self.busy()
            page.get_by_role("button", name="登录", exact=True).click()
            usable = page.evaluate(_USABLE)
            asked, computed = page.evaluate(_FIRST_ASKED), self.busy() - before
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.wait_for_timeout(1000)
        return rows, (usable - asked) / 1000, computed

    def cold_start(self) -> tuple[float, float]:
        """Seconds from the tap on the icon to a Today that can be used, without a network; the thread's."""
        with self.opened(offline=True) as page:
            page.goto(self.served.url)
            return float(page.evaluate(_USABLE)) / 1000, self.busy()

    def send(self, entries: list[dict[str, Any]]) -> tuple[float, float, list[int]]:
        """Seconds from the return of the network until the screen says that nothing waits; the thread's."""
        with self.opened(offline=True) as page:
            page.goto(self.served.url)
            page.evaluate(_USABLE)
            page.evaluate(_FILL, entries)
            page.reload()
            page.evaluate(_USABLE)
            page.get_by_text(f"{len(entries)} 条待发送").first.wait_for()
            before = self.busy()
            page.evaluate(f"window.sent = ({_GOING_DOWN})(), true")
            self.context.set_offline(False)
            found = page.evaluate("window.sent")
            return found["ms"] / 1000, self.busy() - before, found["counts"]


def _people(served: Served, count: int) -> list[Resident]:
    """In one transaction; what is owed to them is counted by the worker."""
    began, world = perf_counter(), served.world
    with world.work() as session:
        people = [
            move_in(session, None, world.home.id, _person(number), world.app.keyring, clock.now())
            for number in range(count)
        ]
    processes.wait_until(lambda: _stale(served) == 0, "all is counted", 600)
    click.echo(f"({count} residents moved in and counted within {perf_counter() - began:.0f} s)")
    return people


def _person(number: int) -> NewResident:
    born, bed = date(1930 + number % 30, 5, 1), f"{number // 4}-{number % 4}"
    return NewResident(f"老人{number}", "female", born, bed, date(2025, 6, 1))


def _stale(served: Served) -> int:
    (found,) = served.world.rows(select(func.count()).select_from(StaleStream))
    return int(found)


def _waiting(served: Served, people: list[Resident]) -> list[dict[str, Any]]:
    """Rounds of the last days, each with its readings."""
    return [entry for number in range(_ROUNDS) for entry in _round(served, people, number)]


def _round(served: Served, people: list[Resident], number: int) -> Iterator[dict[str, Any]]:
    began = clock.now() - timedelta(hours=3 * (_ROUNDS - number))
    home, round_id = served.world.home, str(new_id())

    def said(kind: str, minutes: int, payload: dict[str, Any]) -> dict[str, Any]:
        at = instant_text(began + timedelta(minutes=minutes))
        common = {"id": str(new_id()), "kind": kind, "round_id": round_id}
        return {**common, "at": at, "elapsed_ms": minutes * 60_000, "payload": payload}

    none = {"token": None, "short_code": None, "reason": "poster_missing", "reason_text": None}
    where = {"position": fix(home), "position_problem": None}
    yield said("check_in", 0, {"institution_id": str(home.id), "method": "manual", **none, **where})
    for turn in range(_RECORDS):
        subject = str(people[(number * _RECORDS + turn) % len(people)].id)
        form = {"sbp": 120 + turn % 20, "dbp": 80}
        about = {"service": "blood_pressure", "subject_id": subject, "outcome": "done"}
        yield said("record", 1 + turn, {**about, "form": form, "form_version": 1, "unusual": []})
    yield said("check_out", 1 + _RECORDS, {**where, "note": None})


def _check(served: Served) -> None:
    """All of them are there."""
    measured = ServiceRecord.service == "blood_pressure"
    (found,) = served.world.rows(select(func.count()).select_from(ServiceRecord).where(measured))
    if found != _ROUNDS * _RECORDS:
        raise AssertionError(f"{found} readings arrived")


if __name__ == "__main__":
    main()
