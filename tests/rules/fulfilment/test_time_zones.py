"""The time zone of the machine changes nothing: days are those of the file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.fulfilment.test_scenarios import SCENARIOS

ZONES = ("Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati")


def evaluated_in(zone: str) -> bytes:
    """What `xunyue fulfilment evaluate` prints for all worked examples on a machine of this zone."""
    command = [str(Path(sys.executable).with_name("xunyue")), "fulfilment", "evaluate"]
    return subprocess.run(
        [*command, *map(str, SCENARIOS)], env={**os.environ, "TZ": zone}, check=True, stdout=subprocess.PIPE
    ).stdout


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_takes_effect(zone: str) -> None:
    """Otherwise equal results would say nothing."""
    show = "import time; print(time.strftime('%z', time.localtime(1767225600)))"
    shown = subprocess.run(
        [sys.executable, "-c", show], env={**os.environ, "TZ": zone}, check=True, stdout=subprocess.PIPE
    ).stdout
    assert shown.strip() == {ZONES[0]: b"+0800", ZONES[1]: b"-0800", ZONES[2]: b"+1400"}[zone]


def test_three_time_zones_give_one_result() -> None:
    first, *others = (evaluated_in(zone) for zone in ZONES)
    assert first.count(b"\n") == len(SCENARIOS)
    assert others == [first, first]
