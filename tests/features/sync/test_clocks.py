"""Clocks that are wrong: neither the grade nor the day of a round depends on what a phone's clock says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server import clock
from server.auth.roles import OrganisationKind
from server.organisations.models import Organisation
from server.rounds.models import Round
from server.web.schemas import instant_text
from tests.factories.kiosk import Kiosk, enrolled
from tests.factories.phone import outcomes
from tests.factories.world import World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SKEWS = (timedelta(0), 29 * SECOND, -29 * SECOND, 50 * SECOND, -HOUR, HOUR, -DAY, DAY, -400 * DAY)
# Ten seconds before and after the day changes in Hangzhou.
BEFORE, AFTER = datetime(2026, 5, 12, 15, 59, 50, tzinfo=UTC), datetime(2026, 5, 12, 16, 0, 10, tzinfo=UTC)


@pytest.fixture
def kiosk(world: World) -> Kiosk:
    return enrolled(world)


def _round(
    world: World,
    kiosk: Kiosk,
    truth: datetime,
    skew: timedelta,
    *,
    later: timedelta = MINUTE,
    skew_when_sent: timedelta | None = None,
    home: Organisation | None = None,
) -> Round:
    """A round that began at `truth` by a phone whose clock is off by `skew`, sent some time `later`."""
    phone = world.phone(world.doctor, at=truth + skew - MINUTE)
    token = kiosk.token(truth)
    round_id = phone.check_in(home or world.home, None, method="rotating", token=token, reason=None)
    sent = truth + later
    said_when_sent = sent + (skew if skew_when_sent is None else skew_when_sent)
    response = phone.send(phone.waiting, now=sent, sent_at=instant_text(said_when_sent))
    assert outcomes(response.get_json()["results"]) == ["stored"]
    found: list[Round] = world.rows(select(Round).where(Round.id == UUID(str(round_id))))
    return found[0]


@pytest.mark.parametrize("skew", SKEWS, ids=str)
@pytest.mark.parametrize(("truth", "day"), [(BEFORE, date(2026, 5, 12)), (AFTER, date(2026, 5, 13))])
def test_a_clock_that_is_off_moves_neither_grade_nor_day(
    world: World, kiosk: Kiosk, truth: datetime, day: date, skew: timedelta
) -> None:
    found = _round(world, kiosk, truth, skew)
    assert (found.grade, found.grade_reasons) == ("A", ["rotating_inside_fence"])
    assert (found.on, found.checked_in_at) == (day, truth)


@pytest.mark.parametrize("skew", [timedelta(0), -HOUR, DAY], ids=str)
def test_an_island_without_signal_costs_no_grade_and_no_day(
    world: World, kiosk: Kiosk, skew: timedelta
) -> None:
    found = _round(world, kiosk, BEFORE, skew, later=9 * DAY)
    assert (found.grade, found.on) == ("A", date(2026, 5, 12))
    assert found.received_at - found.checked_in_at == 9 * DAY


def test_a_slow_request_is_no_wrong_clock(world: World, kiosk: Kiosk) -> None:
    """What takes 14 seconds on the way looks like a phone that is 14 seconds behind."""
    found = _round(world, kiosk, BEFORE, timedelta(0), skew_when_sent=-14 * SECOND)
    assert (found.grade, found.on, found.checked_in_at) == ("A", date(2026, 5, 12), BEFORE)


def test_a_request_that_takes_a_minute_and_a_half_costs_no_grade(world: World, kiosk: Kiosk) -> None:
    """The time on the way is taken for the clock's error: the code agrees with what the phone said itself."""
    found = _round(world, kiosk, BEFORE, timedelta(0), skew_when_sent=-90 * SECOND)
    assert (found.grade, found.checked_in_at) == ("A", BEFORE + 90 * SECOND)


def test_a_clock_set_back_makes_no_old_code_new(world: World, kiosk: Kiosk) -> None:
    """A picture of a code, an hour later, in front of a phone whose clock was turned to when it was taken."""
    phone = world.phone(world.doctor, at=BEFORE - MINUTE)
    phone.check_in(world.home, None, method="rotating", token=kiosk.token(BEFORE), reason=None)
    sent = instant_text(BEFORE + MINUTE)
    response = phone.send(phone.waiting, now=BEFORE + MINUTE + HOUR, sent_at=sent)
    (result,) = response.get_json()["results"]
    assert (result["record"]["grade"], result["record"]["grade_reasons"]) == ("D", ["code_out_of_step"])


def test_a_clock_set_right_before_sending_is_seen_by_the_code(world: World, kiosk: Kiosk) -> None:
    """The difference that is measured is that of sending; the kiosk's code says that it was another."""
    found = _round(world, kiosk, BEFORE, -HOUR, skew_when_sent=timedelta(0))
    assert (found.grade, found.grade_reasons) == ("D", ["code_out_of_step"])
    assert found.checked_in_at == BEFORE - HOUR


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("Asia/Shanghai", date(2026, 5, 13)), ("Asia/Urumqi", date(2026, 5, 12)), ("UTC", date(2026, 5, 12))],
)
@pytest.mark.parametrize("skew", [timedelta(0), -DAY], ids=str)
def test_the_day_is_that_of_the_institution(
    world: World, kiosk: Kiosk, timezone: str, day: date, skew: timedelta
) -> None:
    where: dict[str, Any] = {"latitude": 30.25, "longitude": 120.15, "timezone": timezone}
    with clock.fixed(world.now):
        home = world.organisation(OrganisationKind.CARE, f"院 {timezone}", **where)
        world.agree(home=home, number=timezone)
    assert _round(world, kiosk, BEFORE + HOUR, skew, home=home).on == day


def test_a_kiosk_whose_clock_is_off_by_a_minute_is_out_of_step(world: World, kiosk: Kiosk) -> None:
    """It says itself how long its clock has been on its own; the step tells the rest."""
    phone = world.phone(world.doctor, at=BEFORE - MINUTE)
    token = kiosk.token(BEFORE - 90 * SECOND, clock_age_min=4000)
    phone.check_in(world.home, None, method="rotating", token=token, reason=None)
    (result,) = phone.sync()
    assert result["record"]["grade_reasons"] == ["code_out_of_step", "kiosk_clock_old"]
