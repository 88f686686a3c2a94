"""What a photo may be."""

import pytest

from server.photos.rules import MAX_BYTES, photo_problem
from tests.factories.jpeg import jpeg, with_place

PLAIN = jpeg()
COMMENT = b"\xff\xfe\x00\x07hello"


@pytest.mark.parametrize(
    "picture",
    [PLAIN, jpeg(progressive=True), jpeg(1600, 1200, quality=70), jpeg(quality=95, subsampling=0)],
    ids=["baseline", "progressive", "as large as may be", "fine"],
)
def test_what_a_canvas_makes_is_taken(picture: bytes) -> None:
    assert photo_problem(picture) is None


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        (b"", "not_a_jpeg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "not_a_jpeg"),
        (b"\xff\xd8\xff\xd9", "not_a_jpeg"),
        (b"\xff\xd8\xff\xff\xd9", "not_a_jpeg"),
        (PLAIN[:-2], "not_a_jpeg"),
        (PLAIN[:30] + b"\xff\xd9", "not_a_jpeg"),
        (jpeg(1601, 10), "too_many_pixels"),
        (jpeg(10, 1601), "too_many_pixels"),
        (with_place(), "has_metadata"),
        (PLAIN[:2] + COMMENT + PLAIN[2:], "has_metadata"),
        (PLAIN[:-2] + COMMENT + PLAIN[-2:], "has_metadata"),
        (PLAIN + bytes(20) + PLAIN[-2:], "not_a_jpeg"),
        (PLAIN + PLAIN, "not_a_jpeg"),
        (bytes(MAX_BYTES + 1), "too_large"),
    ],
)
def test_what_is_refused(picture: bytes, problem: str) -> None:
    assert photo_problem(picture) == problem


def test_no_beginning_of_a_photo_is_one_or_breaks_the_reader() -> None:
    for length in range(len(PLAIN)):
        assert photo_problem(PLAIN[:length]) == "not_a_jpeg"
        assert photo_problem(PLAIN[:length] + b"\xff\xd9") in (None, "not_a_jpeg")
