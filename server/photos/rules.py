"""What a photo may be: a JPEG that was drawn anew, small, and with nothing beside the picture."""

from collections.abc import Iterator
from typing import NamedTuple

LONGEST_SIDE = 1600
MAX_BYTES = 300 * 1024
_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_COMMENT = 0xFE
_NO_LENGTH = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# JFIF, colour profile, Adobe's note on colours: how to draw it. All others say where, when and by whom.
_ALLOWED = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


class Segment(NamedTuple):
    marker: int
    content: bytes


def photo_problem(data: bytes) -> str | None:
    """A code of what is wrong with it; None for a photo that is taken as it is."""
    if len(data) > MAX_BYTES:
        return "too_large"
    try:
        segments = list(_segments(data))
    except ValueError:
        return "not_a_jpeg"
    if any(map(_says_more, segments)):
        return "has_metadata"
    frames = [segment.content for segment in segments if segment.marker in _FRAMES]
    if len(frames) != 1 or len(frames[0]) < 5:
        return "not_a_jpeg"
    height, width = (int.from_bytes(frames[0][place : place + 2], "big") for place in (1, 3))
    if not height or not width:
        return "not_a_jpeg"
    return "too_many_pixels" if max(height, width) > LONGEST_SIDE else None


def _says_more(segment: Segment) -> bool:
    if segment.marker == _COMMENT:
        return True
    if segment.marker not in range(0xE0, 0xF0):
        return False
    allowed = _ALLOWED.get(segment.marker)
    return allowed is None or not segment.content.startswith(allowed)


def _segments(data: bytes) -> Iterator[Segment]:
    """All of them to the very end: after it, and between scans, something could be hidden."""
    if not (data.startswith(_START) and data.endswith(_END)):
        raise ValueError("no JPEG")
    place, end = 2, len(data) - 2
    while place < end:
        place, marker = _marker(data, place)
        if marker in _NO_LENGTH:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        if length < 2 or place + length > end:
            raise ValueError("cut off")
        yield Segment(marker, data[place + 2 : place + length])
        place += length
        if marker == _SCAN:
            place = _after_scan(data, place, end)


def _marker(data: bytes, place: int) -> tuple[int, int]:
    """Where what follows a marker stands, and the marker; any number of bytes 255 may go before it."""
    if data[place] != 0xFF:
        raise ValueError("no marker where one should be")
    while data[place] == 0xFF:
        place += 1
    if data[place] in (0, 0xD8, 0xD9):
        raise ValueError("cut off")
    return place + 1, data[place]


def _after_scan(data: bytes, place: int, end: int) -> int:
    """Where the next marker stands: within a scan a byte 255 is followed by 0, or restarts it."""
    while (place := data.find(b"\xff", place, end)) >= 0:
        if data[place + 1] != 0 and data[place + 1] not in _NO_LENGTH:
            return place
        place += 2
    return end
