"""What the browser tests' camera shows, and that pages see it."""

from io import BytesIO
from pathlib import Path

import pytest
import qrcode
from PIL import Image, ImageFilter, ImageStat
from playwright.sync_api import Browser, Playwright

from tests.browser import FRAMES, camera_clip, launch

END_OF_JPEG = b"\xff\xd9"

# Any https address: the test answers for it. Cameras are for secure origins only.
PAGE = "https://camera.test/"
LOOK = """
async () => {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const video = document.createElement("video");
    video.srcObject = stream;
    await video.play();
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let at = 0; at < data.length; at += 4) dark += data[at] < 128;
    return { width: canvas.width, height: canvas.height, dark: dark / (data.length / 4) };
  } catch (error) {
    return { error: error.name };
  }
}
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    code = qrcode.QRCode(border=4)
    code.add_data("https://xunyue.example/p/1")
    picture = code.make_image().get_image()
    return camera_clip(picture, tmp_path / "camera.mjpeg")


def look(browser: Browser) -> dict[str, object]:
    page = browser.new_page()
    page.route(PAGE, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(PAGE)
    seen: dict[str, object] = page.evaluate(LOOK)
    page.close()
    return seen


def frames(clip: Path) -> list[Image.Image]:
    parts = clip.read_bytes().split(END_OF_JPEG)[:-1]
    return [Image.open(BytesIO(part + END_OF_JPEG)) for part in parts]


def sharpness(frame: Image.Image) -> float:
    return ImageStat.Stat(frame.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0]


def brightness(frame: Image.Image) -> float:
    return ImageStat.Stat(frame.convert("L")).mean[0]


def test_a_clip_comes_into_focus_on_a_code_in_the_middle(clip: Path) -> None:
    shown = frames(clip)
    assert len(shown) == FRAMES
    assert {frame.size for frame in shown} == {(640, 480)}
    assert sharpness(shown[0]) < sharpness(shown[3]) < sharpness(shown[-1])
    assert brightness(shown[-1].crop((0, 0, 40, 40))) > 200
    assert 60 < brightness(shown[-1].crop((200, 120, 440, 360))) < 190


@pytest.mark.browser
def test_a_page_sees_the_clip(playwright: Playwright, clip: Path) -> None:
    browser = launch(playwright, camera=clip)
    seen = look(browser)
    browser.close()
    assert (seen["width"], seen["height"]) == (640, 480)
    assert isinstance(seen["dark"], float)
    assert 0.05 < seen["dark"] < 0.5


@pytest.mark.browser
def test_a_refused_camera_is_refused(playwright: Playwright, clip: Path) -> None:
    browser = launch(playwright, camera=clip, camera_allowed=False)
    seen = look(browser)
    browser.close()
    assert seen == {"error": "NotAllowedError"}


@pytest.mark.browser
def test_the_shared_browser_has_no_camera(browser: Browser) -> None:
    assert look(browser) == {"error": "NotFoundError"}
