"""`once`: one window of so many promised days, filled by whatever came up to its deadline."""

from datetime import date
from typing import Any

from server.fulfilment.rules.facts import Agreement, Commitment, Record, Resident, Stay, Suspension
from server.fulfilment.rules.results import StreamResult
from tests.rules.fulfilment.making import codes, commitment, counted, on, resident, stream, term, visit

YEAR = Agreement(on("01-01"), on("12-31"))


def once(**fields: Any) -> Commitment:
    return commitment(**{"kind": "once", "within_days": 10, "scope": "resident", "makeup_days": 5, **fields})


def moved_in(day: str = "03-01", last: str | None = None) -> Resident:
    return resident(stays=(Stay(on(day), on(last) if last else None),))


def first_window(result: StreamResult) -> tuple[date, date, date]:
    window = result.windows[0]
    return window.start, window.end, window.deadline


def made(*days: str, **fields: Any) -> list[Record]:
    return [visit(day, subject="r1", **fields) for day in days]


def test_the_window_runs_over_the_promised_days() -> None:
    result = stream([], once(), YEAR, moved_in())
    assert first_window(result) == (on("03-01"), on("03-10"), on("03-15"))
    assert result.windows[0].promised == 1


def test_whoever_was_there_before_begins_with_the_agreement() -> None:
    assert first_window(stream([], once(), YEAR, moved_in("2025-01-01")))[0] == on("01-01")


def test_a_closure_and_an_absence_extend_the_window() -> None:
    who = resident(stays=(Stay(on("03-01"), on("03-03")), Stay(on("04-01"))))
    closed = (Suspension(on("04-02"), on("04-11")),)
    assert first_window(stream([], once(), YEAR, who, suspensions=closed))[:2] == (on("03-01"), on("04-17"))


def test_with_too_few_promised_days_there_is_no_window() -> None:
    assert stream([], once(), YEAR, moved_in("03-01", "03-09")).windows == ()
    assert stream([], once(), YEAR, moved_in("03-01", "03-10")).windows != ()
    assert stream([], once(), YEAR, moved_in("12-23")).windows == ()


def test_without_a_window_a_record_fills_nothing() -> None:
    result = stream(made("03-02"), once(), YEAR, moved_in("03-01", "03-05"))
    assert codes(result) == {"03-02": "surplus"}
    assert result.placements[0].confirmed.window is None


def test_the_count_only_has_to_be_above_nought() -> None:
    assert stream([], once(terms=(term(7),)), YEAR, moved_in()).windows[0].promised == 1
    assert stream([], once(terms=(term(0),)), YEAR, moved_in()).windows == ()


def test_an_older_record_fills_it_on_time() -> None:
    result = stream(made("2019-05-05"), once(), YEAR, moved_in())
    assert counted(result) == {"03-01": (1, 0, 0, 0)}
    assert result.placements[0].confirmed.window == on("03-01")


def test_in_grace_it_is_late_and_afterwards_it_counts_nowhere() -> None:
    assert counted(stream(made("03-10"), once(), YEAR, moved_in())) == {"03-01": (1, 0, 0, 0)}
    assert counted(stream(made("03-15"), once(), YEAR, moved_in())) == {"03-01": (1, 1, 0, 0)}
    late = stream(made("03-16"), once(), YEAR, moved_in())
    assert counted(late) == {}
    assert codes(late) == {"03-16": "surplus"}


def test_more_records_are_surplus_only_inside_the_window() -> None:
    result = stream(made("02-01", "02-10", "03-05", "03-12"), once(), YEAR, moved_in())
    assert counted(result) == {"03-01": (1, 0, 1, 0)}
    assert set(codes(result).values()) == {"counted", "surplus"}


def test_too_soon_comes_first() -> None:
    result = stream(made("03-01", "03-05", "03-08"), once(min_gap_days=6), YEAR, moved_in())
    assert codes(result) == {"03-01": "counted", "03-05": "too_soon", "03-08": "surplus"}
    assert counted(result) == {"03-01": (1, 0, 1, 0)}


def test_for_an_institution() -> None:
    result = stream([visit("01-03")], once(scope="institution"), YEAR)
    assert first_window(result)[:2] == (on("01-01"), on("01-10"))
    assert counted(result) == {"01-01": (1, 0, 0, 0)}


def test_pending_fills_it_in_the_reported_figure() -> None:
    result = stream(made("03-02", state="pending"), once(), YEAR, moved_in())
    assert (result.windows[0].confirmed, result.windows[0].reported) == (0, 1)


def test_a_refusal_in_the_window_or_its_grace_excuses() -> None:
    for day, excused in (("02-28", 0), ("03-01", 1), ("03-15", 1), ("03-16", 0)):
        result = stream(made(day, outcome="declined"), once(), YEAR, moved_in())
        assert result.windows[0].confirmed_excused == excused


def test_a_second_stay_owes_nothing_again() -> None:
    who = resident(stays=(Stay(on("03-01"), on("03-20")), Stay(on("09-01"))))
    assert len(stream([], once(), YEAR, who).windows) == 1
