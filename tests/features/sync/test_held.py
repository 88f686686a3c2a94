"""What a batch is judged by: the days about a check-in, what is answered to a repeated send, and the cap."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from server.auth.roles import OrganisationKind
from server.errors import Refusal
from server.sync.cap import MAX_ROWS, check_size, may_have_grown
from server.sync.cursor import Begun, Cursor, Mark
from tests.factories.phone import outcomes
from tests.factories.world import World

TODAY = date(2026, 5, 12)
ONE, TWO = UUID(int=1), UUID(int=2)
HELD = {ONE: Mark(5, TODAY), TWO: Mark(9, TODAY)}


def test_what_is_sent_again_is_answered_with_the_thing_as_it_is_now(world: World) -> None:
    phone = world.phone(world.doctor)
    round_id = phone.check_in(world.home, world.poster)
    line = phone.record("blood_pressure", world.ada, {"sbp": 138, "dbp": 82})
    phone.amend(line, 1, {"sbp": 139, "dbp": 82})
    phone.say("note", {"text": "一切正常"})
    phone.check_out(world.home)
    kept = list(phone.waiting)
    first = [each["record"] for each in phone.sync()]
    assert [first[0]["minutes"], first[4]["minutes"]] == [None, 4]
    assert [first[1]["version"], first[2]["version"]] == [1, 2]
    again = phone.send(kept).get_json()["results"]
    assert outcomes(again) == ["duplicate"] * 5
    visit, reading = first[4], first[2]
    assert [each["record"] for each in again] == [visit, reading, reading, visit, visit]
    staff = world.phone(world.staff, at=phone.clock)
    staff.confirm(round_id, {line: 2})
    said = list(staff.waiting)
    (stored,) = staff.sync()
    (repeated,) = staff.send(said).get_json()["results"]
    assert repeated["outcome"] == "duplicate"
    assert repeated["record"] == stored["record"] == {"lines": [{**reading, "state": "confirmed"}]}


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Asia/Shanghai", datetime(2026, 5, 11, 16, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 5, 12, 4, 0, tzinfo=UTC)),
    ],
)
def test_the_first_day_of_an_agreement_is_the_institutions_own(
    world: World, zone: str, midnight: datetime
) -> None:
    """In UTC it may still be the day before; a minute earlier is too early everywhere."""
    home = world.organisation(OrganisationKind.CARE, "新院", latitude=30.3, longitude=120.2, timezone=zone)
    world.agree(home=home, number="签-2", starts=date(2026, 5, 12))
    minute = timedelta(minutes=1)
    said: list[Any] = []
    for at in (midnight - minute, midnight):
        phone = world.phone(world.doctor, at=at - minute)  # a minute passes before each entry
        phone.check_in(home, None)
        said += outcomes(phone.sync(now=midnight + timedelta(hours=1)))
    assert said == ["out_of_scope", "stored"]


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        (Cursor(), True),
        (Cursor(marks=HELD), False),
        (Cursor(marks={**HELD, UUID(int=3): Mark(1, date(2020, 1, 1))}), False),
        (Cursor(marks={ONE: HELD[ONE]}), True),
        (Cursor(marks=HELD, begun=Begun(ONE, HELD[ONE], 0, None)), True),
        (Cursor(marks={**HELD, TWO: Mark(9, TODAY - timedelta(days=1))}), True),
        (Cursor(marks={ONE: Mark(4, TODAY), TWO: Mark(9, TODAY)}), False),
    ],
)
def test_it_is_counted_where_something_comes_whole_and_once_a_day(cursor: Cursor, expected: bool) -> None:
    assert may_have_grown(cursor, HELD) is expected


def test_what_just_fits_is_held_and_a_row_more_names_the_largest_first(world: World) -> None:
    homes = sorted([world.home, world.other["home"]], key=lambda home: home.id)
    with world.work() as session:
        check_size(session, {homes[0].id: 1, homes[1].id: MAX_ROWS - 1})
        for sizes, order in (((1, MAX_ROWS), (1, 0)), ((MAX_ROWS, MAX_ROWS), (0, 1))):
            with pytest.raises(Refusal) as refused:
                check_size(session, {homes[1].id: sizes[1], homes[0].id: sizes[0]})
            assert refused.value.code == "too_many_rows"
            assert refused.value.details == {
                "limit": MAX_ROWS,
                "rows": sum(sizes),
                "institutions": [
                    {"id": str(homes[each].id), "name": homes[each].name, "rows": sizes[each]}
                    for each in order
                ],
            }
