"""The datums of Chinese maps, and what they are in WGS-84, the datum of browsers and of all distances here.

GCJ-02 (AMap, Tencent) is WGS-84 shifted by a smooth function of the place, some 300 to 700 m; BD-09 (Baidu)
shifts GCJ-02 once more. The formulae are the published ones that map makers' converters agree on. The way
back has none: it is found by iteration, to a millimetre.
"""

from collections.abc import Callable
from math import atan2, cos, hypot, pi, radians, sin, sqrt
from typing import NamedTuple

from server.checkin.rules import Fence
from server.organisations.rules import DATUMS

WGS_84, GCJ_02, BD_09 = DATUMS
_SEMI_MAJOR_M = 6_378_245.0  # of the Krasovsky ellipsoid, as the formulae have it
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU = pi * 3000 / 180
_CLOSE_ENOUGH = 1e-9  # degrees: a tenth of a millimetre
_ROUNDS = 30  # each leaves a hundredth of the error: a few are enough


class Point(NamedTuple):
    """Degrees of some datum."""

    latitude: float
    longitude: float


def to_wgs84(point: Point, datum: str) -> Point:
    """The point in WGS-84. Outside China the three datums are one."""
    if datum == WGS_84:
        return point
    return _undone(gcj02_of if datum == GCJ_02 else bd09_of, point)


def fence_at(latitude: float | None, longitude: float | None, datum: str, radius_m: int) -> Fence | None:
    """The fence around a place as it is on file; None where none is."""
    if latitude is None or longitude is None:
        return None
    return Fence(*to_wgs84(Point(latitude, longitude), datum), radius_m)


def from_wgs84(point: Point, datum: str) -> Point:
    """A WGS-84 point as maps of that datum have it."""
    if datum == WGS_84:
        return point
    return gcj02_of(point) if datum == GCJ_02 else bd09_of(point)


def in_china(point: Point) -> bool:
    """The rectangle in which the formulae shift; beyond it they leave every point where it is."""
    return 0.8293 <= point.latitude <= 55.8271 and 72.004 <= point.longitude <= 137.8347


def gcj02_of(point: Point) -> Point:
    """A WGS-84 point in GCJ-02."""
    if not in_china(point):
        return point
    x, y = point.longitude - 105, point.latitude - 35
    phi = radians(point.latitude)
    flattening = 1 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / flattening**1.5
    parallel = _SEMI_MAJOR_M / sqrt(flattening) * cos(phi)
    return Point(
        point.latitude + _northing(x, y) * 180 / (meridian * pi),
        point.longitude + _easting(x, y) * 180 / (parallel * pi),
    )


def bd09_of(point: Point) -> Point:
    """A WGS-84 point in BD-09."""
    if not in_china(point):
        return point
    y, x = gcj02_of(point)
    radius = hypot(x, y) + 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) + 0.000003 * cos(x * _BAIDU)
    return Point(radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065)


def _northing(x: float, y: float) -> float:
    """The shift to the north in metres; `x` and `y` in degrees from 105 east, 35 north."""
    bent = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    return bent + _ripple(x, 6, 2) + _waves(y, ((1, 20), (1 / 3, 40), (1 / 12, 160), (1 / 30, 320)))


def _easting(x: float, y: float) -> float:
    bent = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    return bent + _ripple(x, 6, 2) + _waves(x, ((1, 20), (1 / 3, 40), (1 / 12, 150), (1 / 30, 300)))


def _ripple(x: float, first: float, second: float) -> float:
    return _waves(x, ((first, 20), (second, 20)))


def _waves(at: float, parts: tuple[tuple[float, float], ...]) -> float:
    """Sines of these (frequency in half turns a degree, amplitude), by two thirds as the formulae have it."""
    return sum(height * sin(frequency * at * pi) for frequency, height in parts) * 2 / 3


def _undone(forward: Callable[[Point], Point], shifted: Point) -> Point:
    """The point that `forward` shifts to this one: guess, and take the error of the guess away."""
    guess = shifted
    for _ in range(_ROUNDS):
        reached = forward(guess)
        error = Point(reached.latitude - shifted.latitude, reached.longitude - shifted.longitude)
        guess = Point(guess.latitude - error.latitude, guess.longitude - error.longitude)
        if max(map(abs, error)) < _CLOSE_ENOUGH:
            break
    return guess
