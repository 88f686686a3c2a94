"""The time zone of the machine changes nothing: days are those of the file."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from server.cli.main import main
from tests.rules.fulfilment.test_scenarios import SCENARIOS

ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati")


@contextmanager
def machine_of(zone: str) -> Iterator[None]:
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            yield
    finally:
        time.tzset()


def evaluated_in(zone: str) -> bytes:
    """What `xunyue fulfilment evaluate` prints for all worked examples on a machine of this zone."""
    with machine_of(zone):
        done = CliRunner().invoke(main, ["fulfilment", "evaluate", *map(str, SCENARIOS)])
    assert done.exit_code == 0, done.output
    return done.stdout_bytes


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_takes_effect(zone: str) -> None:
    """Otherwise equal results would say nothing."""
    with machine_of(zone):
        shown = time.strftime("%z", time.localtime(1767225600))
    assert shown == {ZONES[0]: "+0800", ZONES[1]: "-0800", ZONES[2]: "+1400"}[zone]


def test_three_time_zones_give_one_result() -> None:
    first, *others = (evaluated_in(zone) for zone in ZONES)
    assert first.count(b"\n") == len(SCENARIOS)
    assert others == [first, first]
