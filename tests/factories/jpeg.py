"""JPEGs as a phone's canvas makes them, and such as it never does."""

from io import BytesIO
from typing import Any

from PIL import Image


def jpeg(width: int = 64, height: int = 48, *, shade: int = 120, **saving: Any) -> bytes:
    """A plain picture."""
    held = BytesIO()
    Image.new("RGB", (width, height), (shade, 90, 60)).save(held, "JPEG", **saving)
    return held.getvalue()


def with_place() -> bytes:
    """As a camera makes it: with where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    return jpeg(exif=exif.tobytes())
