"""When what is said of a visit is taken, when it needs a reason, how long the visit was, and notes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from server.rounds.rules import (
    end_of_visit,
    is_late,
    judge_content,
    minutes_of_visit,
    sent_late,
    time_refusal,
)

NOW = datetime(2026, 5, 12, 1, 30, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("ahead", "unlocked", "refusal"),
    [
        (5 * MINUTE, False, None),
        (5 * MINUTE + MOMENT, False, "in_future"),
        (5 * MINUTE + MOMENT, True, "in_future"),
        (-95 * DAY, False, None),
        (-95 * DAY - MOMENT, False, "too_old"),
        (-95 * DAY - MOMENT, True, None),
        (-730 * DAY, True, None),
        (-730 * DAY - MOMENT, True, "too_old"),
    ],
)
def test_what_is_too_far_from_now_is_not_taken(ahead: timedelta, unlocked: bool, refusal: str | None) -> None:
    assert time_refusal(NOW + ahead, NOW, unlocked=unlocked) == refusal


@pytest.mark.parametrize(("after", "late"), [(7 * DAY, False), (7 * DAY + MOMENT, True)])
def test_after_a_week_a_reason_is_asked_for(after: timedelta, late: bool) -> None:
    assert is_late(NOW + after, NOW) is late


@pytest.mark.parametrize(("on_the_way", "late"), [(DAY, False), (DAY + MOMENT, True)])
def test_what_took_more_than_a_day_to_arrive_was_without_signal(on_the_way: timedelta, late: bool) -> None:
    assert sent_late(NOW, NOW + on_the_way) is late


@pytest.mark.parametrize(
    ("elapsed_ms", "wall", "counted"),
    [
        (90_000, 5 * MINUTE, 90 * SECOND),  # the wall clock was set on
        (90_000, -5 * MINUTE, 90 * SECOND),
        (0, 5 * MINUTE, timedelta(0)),
        (None, 5 * MINUTE, 5 * MINUTE),
        (None, -5 * MINUTE, timedelta(0)),  # nothing of a visit was before it
        (15 * 60_000, 5 * MINUTE, 15 * MINUTE),  # received ten minutes after it, and five are no matter
        (15 * 60_000 + 1, 5 * MINUTE, 5 * MINUTE),  # it cannot have lasted longer than until now
        (15 * 60_000 + 1, -5 * MINUTE, timedelta(0)),
    ],
)
def test_a_visit_ends_when_its_own_clock_says(
    elapsed_ms: int | None, wall: timedelta, counted: timedelta
) -> None:
    assert end_of_visit(elapsed_ms, NOW, NOW + wall, NOW + 10 * MINUTE) == NOW + counted


@pytest.mark.parametrize(
    ("length", "minutes"),
    [(timedelta(0), 0), (2 * MINUTE - MOMENT, 1), (2 * MINUTE, 2), (DAY, 1440)],
)
def test_whole_minutes_of_a_visit(length: timedelta, minutes: int) -> None:
    assert minutes_of_visit(NOW, NOW + length) == minutes


@pytest.mark.parametrize(("length", "codes"), [(200, []), (201, ["too_long"])])
def test_a_note_where_there_is_no_form(length: int, codes: list[str]) -> None:
    content = judge_content(None, "declined", {"note": "不" * length}, (), date(2026, 3, 4))
    assert [error.code for error in content.errors] == codes
