"""How long it takes from a code being sharp in the picture to the answer on the screen, in a slow browser.

`.venv/bin/python -m tests.load.scanning` serves a county, gives Chromium a camera that sees a poster come
into focus, scans again and again, and prints a line for each speed. Needs the built PWA (XUNYUE_PWA names
another one).
"""

import argparse
import random
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Page, sync_playwright

from tests.browser import launch
from tests.e2e.conftest import Served, serve
from tests.load.measuring import Timing

TARGET_MS = 300
_SIZE = (1280, 960)  # what the app asks phones for
_CODE = 480
_FPS = 30
_BLURRED, _SHARP = 4 * _FPS, 4 * _FPS
# Each frame carries its number in black and white squares along its upper edge.
_BITS, _SQUARE = 8, 40
_WATCH = (Path(__file__).parent / "scanning.js").read_text(encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--slowdowns", type=int, nargs="+", default=[1, 4], help="times slower than this machine"
    )
    options.add_argument("--times", type=int, default=10)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as served:
        clip = _clip(f"{served.url}/q/{served.world.poster.token}", Path(folder) / "focus.mjpeg")
        with sync_playwright() as driver:
            browser = launch(driver, clip)
            page = served.sign_in(served.open(browser), served.world.doctor)
            page.add_init_script(_WATCH)
            page.get_by_text(served.world.home.name).first.wait_for()
            for slowdown in given.slowdowns:
                sys.stdout.write(_line(slowdown, _measured(served, page, slowdown, given.times)) + "\n")
            browser.close()


def _measured(served: Served, page: Page, slowdown: int, times: int) -> Timing:
    throttle = page.context.new_cdp_session(page)
    seconds = []
    for _ in range(times):
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.goto(f"{served.url}/scan")
        page.locator("[data-running=true]").wait_for()
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        page.locator("[data-found]").wait_for(timeout=60_000)
        seconds.append(
            page.evaluate("([first, fps]) => window.sinceSharp(first, fps)", [_BLURRED, _FPS]) / 1000
        )
    return Timing(tuple(sorted(seconds)))


def _line(slowdown: int, timing: Timing) -> str:
    each = ", ".join(f"{1000 * second:.0f}" for second in timing.seconds)
    over = sum(1000 * second > TARGET_MS for second in timing.seconds)
    median = f"median {1000 * timing.median:.0f} ms, {over} of {len(timing.seconds)} above {TARGET_MS} ms"
    return f"{slowdown} times slower: {median} ({each})"


def _clip(text: str, path: Path) -> Path:
    """A camera of 1280 × 960 before a cluttered wall: out of focus for seconds, then sharp at once."""
    scene = _wall(text)
    blurred = scene.filter(ImageFilter.GaussianBlur(14))
    with path.open("wb") as clip:
        for number in range(_BLURRED + _SHARP):
            clip.write(_jpeg(_numbered(scene if number >= _BLURRED else blurred, number)))
    return path


def _wall(text: str) -> Image.Image:
    """A notice board: papers with lines of writing, and among them the code, a little askew."""
    chance = random.Random(7)
    scene = Image.new("RGB", _SIZE, (190, 186, 176))
    draw = ImageDraw.Draw(scene)
    for _ in range(40):
        left, top = chance.randrange(_SIZE[0]), chance.randrange(_SIZE[1])
        draw.rectangle((left, top, left + 220, top + 160), fill=(chance.randrange(200, 255),) * 3)
        for row in range(top + 15, top + 150, 14):
            draw.line((left + 12, row, left + chance.randrange(60, 200), row), fill=(40, 40, 40), width=3)
    made = qrcode.make(text, border=4).get_image().convert("RGB").resize((_CODE, _CODE))
    turned = made.rotate(7, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(238, 238, 232))
    scene.paste(turned, ((_SIZE[0] - turned.width) // 2, (_SIZE[1] - turned.height) // 2))
    return scene


def _numbered(scene: Image.Image, number: int) -> Image.Image:
    frame = scene.copy()
    draw = ImageDraw.Draw(frame)
    for bit in range(_BITS):
        shade = 255 if number >> bit & 1 else 0
        draw.rectangle((bit * _SQUARE, 0, (bit + 1) * _SQUARE - 1, _SQUARE - 1), fill=(shade,) * 3)
    return frame


def _jpeg(image: Image.Image) -> bytes:
    target = BytesIO()
    image.save(target, "JPEG", quality=85)
    return target.getvalue()


if __name__ == "__main__":
    main()
