"""How far an open window has come, and the last day to be there."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from server.fulfilment.rules.delivery import COUNTING
from server.fulfilment.rules.facts import Agreement, Commitment, Record, Stay
from server.fulfilment.rules.pace import NO_PACE, earliest, expected, last_chance, pace, spacing, worst_risk
from server.fulfilment.rules.results import StreamResult
from server.fulfilment.rules.sums import WindowSums, sum_up, together
from tests.rules.fulfilment.making import commitment, on, resident, stream, term, visit, visits

QUARTER = Agreement(on("04-01"), on("06-30"))


def _counted(result: StreamResult, deadline: date) -> date | None:
    days = [each.record.on for each in result.placements if each.reported.code in COUNTING]
    return max((day for day in days if day <= deadline), default=None)


def _sums(result: StreamResult, clause: Commitment) -> list[WindowSums]:
    rows = [(window, _counted(result, window.deadline)) for window in result.windows]
    return list(sum_up(rows, spacing(clause)))


def _quarter(as_of: str, *days: str, **fields: object) -> WindowSums:
    """One window of 91 days with 9 promised, unless told otherwise."""
    clause = commitment(**{"per": "quarter", "terms": (term(9),), **fields})
    records = [visit(day, "pending") for day in days]
    (window,) = _sums(stream(records, clause, QUARTER, as_of=on(as_of)), clause)
    return window


@pytest.mark.parametrize(
    ("as_of", "share"), [("04-01", 0), ("04-11", 0), ("04-12", 1), ("05-01", 2), ("06-30", 8), ("07-05", 9)]
)
def test_expected_by_the_days_that_are_over(as_of: str, share: int) -> None:
    """9 in 91 days: the first is expected once 11 days are over; the whole promise only when all are."""
    assert expected(_quarter(as_of), on(as_of)) == share


@pytest.mark.parametrize(
    ("as_of", "days", "risk"),
    [
        ("04-12", (), "behind"),
        ("04-12", ("04-03",), None),
        ("05-14", ("04-03",), "behind"),
    ],
)
def test_behind_is_less_than_expected(as_of: str, days: tuple[str, ...], risk: str | None) -> None:
    window = _quarter(as_of, *days)
    assert pace(window, on(as_of)).risk == risk


def test_risk_by_the_gap_rule() -> None:
    """Nine visits ten days apart end on 30 June only if the first is on 11 April."""
    risks = {
        as_of: pace(_quarter(as_of, min_gap_days=10), on(as_of))
        for as_of in ("04-03", "04-04", "04-11", "04-12")
    }
    assert {each.last_chance for each in risks.values()} == {on("04-11")}
    assert [each.risk for each in risks.values()] == [None, "last_chance", "last_chance", "lost"]


def test_the_last_visit_may_have_been_too_late_already() -> None:
    """Two a quarter, 60 days apart: after a first visit on 20 May no day is left for the second."""
    window = _quarter("05-21", "05-20", terms=(term(2),), min_gap_days=60)
    assert (window.owed, window.last_chance) == (1, on("05-01"))
    assert pace(window, on("05-21")).risk == "lost"
    kept = _quarter("05-02", "05-01", terms=(term(2),), min_gap_days=60)
    assert (kept.last_chance, pace(kept, on("05-02")).risk) == (on("06-30"), None)


def test_several_records_of_a_day_need_no_days() -> None:
    clause = commitment(count_by="record", min_gap_days=30)
    assert spacing(clause) == 0
    assert last_chance(on("06-30"), 5, spacing(clause)) == on("06-30")
    assert spacing(commitment()) == 1
    assert last_chance(on("06-30"), 5, 1) == on("06-26")


def test_a_gap_longer_than_the_calendar() -> None:
    assert last_chance(on("06-30"), 2, 10**9) == date.min
    assert earliest(on("04-01"), on("06-30"), 10**9, on("04-02"), on("05-01")) is None


def test_the_first_free_day_keeps_the_gap() -> None:
    days: dict[str, Any] = {"start": on("04-01"), "deadline": on("06-30"), "gap": 14, "as_of": on("05-01")}
    assert earliest(**days, last_counted=None) == on("05-01")
    assert earliest(**days, last_counted=on("04-25")) == on("05-09")
    assert earliest(**days, last_counted=on("06-17")) is None
    assert earliest(**{**days, "as_of": on("03-01")}, last_counted=None) == on("04-01")


def test_what_is_not_open_has_no_pace() -> None:
    window = _quarter("07-05", makeup_days=3)
    assert pace(window, on("03-31")) == NO_PACE
    assert pace(window, on("07-03")).expected == 9
    assert pace(window, on("07-04")) == NO_PACE


def test_what_is_done_or_excused_is_at_no_risk() -> None:
    clause = commitment(per="quarter", terms=(term(1),))
    refusal = visit("04-02", "pending", outcome="declined")
    (window,) = _sums(stream([refusal], clause, QUARTER, as_of=on("06-30")), clause)
    assert (window.owed, window.last_chance, pace(window, on("06-30")).risk) == (0, None, None)


def test_sums_over_subjects() -> None:
    clause = commitment(per="quarter", terms=(term(2),), min_gap_days=10)
    streams = [stream(visits(*days), clause, QUARTER, as_of=on("06-01")) for days in ((), ("05-30",))]
    counted = [(each.windows[0], _counted(each, on("06-30"))) for each in streams]
    (both,) = sum_up(counted, spacing(clause))
    assert (both.subjects, both.promised, both.confirmed, both.some, both.none) == (2, 4, 1, 1, 1)
    assert (both.owed, both.owing, both.last_chance) == (3, 2, on("06-20"))
    assert (pace(both, on("06-13")).risk, pace(both, on("06-12")).risk) == ("last_chance", "behind")


def test_windows_that_begin_together_are_read_as_one() -> None:
    """A once commitment of ten days: both moved in on 1 April, one was away for a week."""
    clause = commitment(kind="once", scope="resident", within_days=10)
    stays = (Stay(on("04-01")),), (Stay(on("04-01"), on("04-03")), Stay(on("04-11")))
    done = visit("04-15", subject="r1")
    short, long = (
        window
        for each, records in zip(stays, ((), (done,)), strict=True)
        for window in _sums(stream(records, clause, QUARTER, resident(stays=each)), clause)
    )
    assert (short.end, long.end) == (on("04-10"), on("04-17"))
    both = together([short, long])
    assert (both.start, both.end, both.deadline) == (on("04-01"), on("04-17"), on("04-17"))
    assert (both.subjects, both.promised, both.confirmed, both.met, both.none) == (2, 2, 1, 1, 1)
    assert (both.owed, both.last_chance) == (1, on("04-10"))


def test_the_most_urgent_risk_speaks() -> None:
    assert worst_risk({None, "behind", "lost"}) == "lost"
    assert worst_risk({None}) is None


@given(
    days=st.lists(st.integers(0, 59), max_size=8),
    pending=st.sets(st.integers(0, 59)),
    today=st.integers(0, 59),
    count=st.integers(1, 6),
    gap=st.sampled_from([0, 1, 3, 7, 20, 45]),
    count_by=st.sampled_from(["day", "record"]),
    per=st.sampled_from(["month", "term"]),
)
def test_a_greedy_plan_meets_a_window_exactly_until_its_last_chance(
    days: list[int], pending: set[int], today: int, count: int, gap: int, count_by: str, per: str
) -> None:
    """Visits from the first free day on, as close as the gap allows: the engine says whether they suffice."""
    first = on("04-01")
    term_ = Agreement(first, first + timedelta(59))
    clause = commitment(per=per, terms=(term(count),), min_gap_days=gap, count_by=count_by)
    so_far = [
        Record("round", first + timedelta(day), "pending" if day in pending else "confirmed")
        for day in days
        if day <= today
    ]
    as_of, step = first + timedelta(today), spacing(clause)
    now = stream(so_far, clause, term_, as_of=as_of)
    window = next(each for each in now.windows if each.start <= as_of <= each.end)
    (sums,) = sum_up([(window, _counted(now, window.deadline))], step)
    if sums.last_chance is None:
        return
    begin = earliest(window.start, window.deadline, step, _counted(now, window.deadline), as_of)
    plan = [] if begin is None else [begin + timedelta(step * each) for each in range(sums.owed)]
    planned = [Record("round", day, "pending") for day in plan if day <= window.end]
    after = stream([*so_far, *planned], clause, term_, as_of=term_.ends)
    done = next(each for each in after.windows if each.start == window.start)
    assert (done.reported >= done.promised) == (as_of <= sums.last_chance)
