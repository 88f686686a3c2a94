"""A real browser for tests, and what its camera sees.

`browser` has no camera. A test that scans starts one of its own with `launch`: what a camera shows is fixed
when the browser starts. The clip is read about a second after a page opens the camera, and then repeated.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter, ImageOps
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.chromium import chromium_path

# Quiet, or Chromium looks for its maker's servers all the time; no sandbox, or it does not start as root.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

CAMERA_SIZE = (640, 480)
PAPER = (238, 238, 232)
FRAMES = 30
BLURRED_FRAMES = 6


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without a camera; a test opens contexts of its own in it, one for each person."""
    started = launch(playwright)
    yield started
    started.close()


def launch(playwright: Playwright, camera: Path | None = None, *, camera_allowed: bool = True) -> Browser:
    """Starts Chromium; the caller closes it.

    With a clip as `camera`, that is what the camera shows. Without, the machine has no camera, whatever the
    real one has (NotFoundError). With `camera_allowed=False` the person refuses it (NotAllowedError).
    """
    return playwright.chromium.launch(
        executable_path=chromium_path(Path(playwright.chromium.executable_path)),
        args=[*FLAGS, *_camera_flags(camera, camera_allowed)],
        # Of the native widgets; a page's own language is that of its context.
        env={**os.environ, "LANGUAGE": "zh_CN"},
    )


def _camera_flags(camera: Path | None, camera_allowed: bool) -> Iterator[str]:
    if camera is None:
        yield "--use-fake-device-for-media-stream=device-count=0"
    else:
        yield "--use-fake-device-for-media-stream"
        yield f"--use-file-for-fake-video-capture={camera}"
    if camera_allowed:
        yield "--use-fake-ui-for-media-stream"


def camera_clip(picture: Image.Image, path: Path) -> Path:
    """Writes what a camera held before `picture` sees, as a clip for `launch`; returns `path`.

    One second of JPEG frames one after another, 640 × 480: the picture in the middle on light paper, a little
    askew, the first frames out of focus. `path` must end in .mjpeg.
    """
    sharp = _held_askew(picture)
    with path.open("wb") as clip:
        for frame in range(FRAMES):
            blur = max(0, BLURRED_FRAMES - frame)
            clip.write(_jpeg(sharp.filter(ImageFilter.GaussianBlur(blur)) if blur else sharp))
    return path


def _held_askew(picture: Image.Image) -> Image.Image:
    fitted = ImageOps.contain(picture.convert("RGB"), (400, 400))
    turned = fitted.rotate(4, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
    scene = Image.new("RGB", CAMERA_SIZE, PAPER)
    scene.paste(turned, ((scene.width - turned.width) // 2, (scene.height - turned.height) // 2))
    return scene


def _jpeg(image: Image.Image) -> bytes:
    target = BytesIO()
    image.save(target, "JPEG", quality=90)
    return target.getvalue()
