"""Datums of Chinese maps against places that others published, and there and back."""

import pytest
from hypothesis import given, strategies as st

from server.checkin.datum import Point, fence_at, from_wgs84, in_china, to_wgs84
from server.checkin.rules import Fence, distance_m

# WGS-84, GCJ-02 and BD-09 of city centres, as the fixtures of the converter gcoord have them.
CITIES = {
    "Jinhua": ((29.0820414, 119.6427465), (29.0790641, 119.6474509), (29.0854003, 119.6538875)),
    "Zhumadian": ((33.0133556, 114.0164322), (33.0115324, 114.022306), (33.0176697, 114.0287781)),
    "Nagqu": ((31.4784436, 92.0499619), (31.4762063, 92.0512438), (31.4824421, 92.0576832)),
    "Xilingol": ((43.9312805, 116.0414035), (43.9334573, 116.0482308), (43.9397782, 116.0546232)),
    "Liangshan": ((27.8850446, 102.2658401), (27.8816151, 102.2673386), (27.8876621, 102.2738428)),
    "Jiuquan": ((39.7319946, 98.4937175), (39.7328234, 98.4943595), (39.7388949, 98.5008441)),
    "Shenyang": ((41.8032629, 123.4253306), (41.8057023, 123.4314787), (41.8114013, 123.438095)),
    "Qinzhou": ((21.9828281, 108.6503952), (21.9799392, 108.6541485), (21.9856319, 108.6607283)),
    "Quanzhou": ((24.8770487, 118.6711365), (24.8741363, 118.6756787), (24.8804872, 118.6821251)),
    "Ziyang": ((30.1317508, 104.6252411), (30.1289052, 104.6276449), (30.1351581, 104.6340814)),
    # What Baidu's own service answers for the place in its manual: it rounds on the way.
    "Baidu's manual": (
        (29.575429778924, 114.21892734521),
        (29.57284912109375, 114.22430528428819),
        (29.57908428837437, 114.2307519546763),
    ),
}
# WGS-84 and GCJ-02 from the tests of the converter eviltransform.
PAIRS = (
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
)
WITHIN_CHINA = st.builds(Point, st.floats(18, 53.5), st.floats(73.6, 135))
SHIFTED = ("GCJ-02", "BD-09")


def _apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return distance_m(Fence(*a, 0), Fence(*b, 0))


@pytest.mark.parametrize("city", CITIES)
def test_published_places_are_met_within_a_metre(city: str) -> None:
    wgs84, *others = CITIES[city]
    for datum, published in zip(SHIFTED, others, strict=True):
        assert _apart(to_wgs84(Point(*published), datum), wgs84) < 1, datum
        assert _apart(from_wgs84(Point(*wgs84), datum), published) < 1, datum
        assert _apart(wgs84, published) > 100, "a place that is not shifted says nothing"


@pytest.mark.parametrize(("wgs84", "gcj02"), PAIRS)
def test_published_pairs_are_met_to_a_millimetre(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert _apart(from_wgs84(Point(*wgs84), "GCJ-02"), gcj02) < 0.001
    assert _apart(to_wgs84(Point(*gcj02), "GCJ-02"), wgs84) < 0.001


@given(WITHIN_CHINA, st.sampled_from(SHIFTED))
def test_there_and_back_is_the_same_place(place: Point, datum: str) -> None:
    shifted = from_wgs84(place, datum)
    assert _apart(to_wgs84(shifted, datum), place) < 0.01
    assert 50 < _apart(shifted, place) < 2_000


@given(st.builds(Point, st.floats(-90, 90), st.floats(-180, 180)), st.sampled_from(SHIFTED))
def test_outside_china_nothing_is_shifted(place: Point, datum: str) -> None:
    if not in_china(place):
        assert from_wgs84(place, datum) == to_wgs84(place, datum) == place


@given(st.builds(Point, st.floats(-90, 90), st.floats(-180, 180)))
def test_wgs84_stays_as_it_is(place: Point) -> None:
    assert to_wgs84(place, "WGS-84") == from_wgs84(place, "WGS-84") == place


def test_a_fence_is_around_the_place_in_wgs84() -> None:
    baidu = CITIES["Jinhua"][2]
    fence = fence_at(*baidu, "BD-09", 300)
    assert fence is not None
    assert fence.radius_m == 300
    assert distance_m(fence, Fence(*CITIES["Jinhua"][0], 0)) < 1
    assert fence_at(30.25, 120.15, "WGS-84", 200) == Fence(30.25, 120.15, 200)
    assert fence_at(None, None, "WGS-84", 200) is None
