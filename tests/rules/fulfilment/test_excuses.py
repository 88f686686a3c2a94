"""Refusals and absences: what they excuse, and why they are no way out."""

from typing import Any

from server.fulfilment.rules.facts import Agreement, Outcome, Record, State
from tests.rules.fulfilment.making import (
    codes,
    commitment,
    counted,
    on,
    resident,
    stream,
    term,
    visit,
    visits,
)

YEAR = Agreement(on("01-01"), on("12-31"))
PARTS = ("glucose", "pressure")


def refusal(day: str, state: State = "confirmed", outcome: Outcome = "declined", **fields: Any) -> Record:
    return visit(day, state, outcome=outcome, **fields)


def test_a_refusal_leaves_the_denominator() -> None:
    result = stream([refusal("01-06")])
    assert counted(result) == {"01-05": (0, 0, 0, 1)}
    assert result.windows[0].status(on("06-01")) == "excused"
    assert codes(result) == {"01-06": "excused"}


def test_two_refusals_on_one_day_excuse_one_unit() -> None:
    records = [refusal("01-06", id="a"), refusal("01-06", outcome="absent", id="b")]
    for count_by in ("day", "record"):
        result = stream(records, commitment(terms=(term(2),), count_by=count_by))
        assert counted(result) == {"01-05": (0, 0, 0, 1)}


def test_a_day_that_counts_excuses_nothing() -> None:
    for count_by in ("day", "record"):
        clause = commitment(terms=(term(2),), count_by=count_by)
        result = stream([visit("01-06", id="done"), refusal("01-06", id="refused")], clause)
        assert counted(result) == {"01-05": (1, 0, 0, 0)}
        assert codes(result)["refused"] == "outcome_not_done"


def test_a_full_window_has_nothing_to_excuse() -> None:
    assert codes(stream([*visits("01-06"), refusal("01-08")])) == {
        "01-06": "counted",
        "01-08": "outcome_not_done",
    }


def test_excuses_keep_their_gap_to_counted_days_on_both_sides() -> None:
    clause = commitment(per="term", terms=(term(9),), min_gap_days=10)
    records = [visit("03-01"), *(refusal(day) for day in ("02-19", "02-20", "03-10", "03-11"))]
    told = codes(stream(records, clause, YEAR))
    assert [told[day] for day in ("02-19", "02-20", "03-10", "03-11")] == [
        "excused",
        "outcome_not_done",
        "outcome_not_done",
        "excused",
    ]


def test_excuses_keep_their_gap_to_the_last_excuse() -> None:
    clause = commitment(per="term", terms=(term(9),), min_gap_days=10)
    told = codes(
        stream([refusal(day) for day in ("02-01", "02-10", "02-11", "02-20", "02-21")], clause, YEAR)
    )
    assert [day for day, code in told.items() if code == "excused"] == ["02-01", "02-11", "02-21"]


def test_a_refusal_that_excuses_nothing_starts_no_gap() -> None:
    # The first refusal meets a full window; had it started a gap, the second would excuse nothing.
    clause = commitment(min_gap_days=3, terms=(term(1),))
    result = stream([*visits("01-06"), refusal("01-11"), refusal("01-12")], clause)
    assert codes(result) == {"01-06": "counted", "01-11": "outcome_not_done", "01-12": "excused"}


def test_by_record_no_gap_is_asked_of_excuses() -> None:
    clause = commitment(per="term", terms=(term(9),), min_gap_days=10, count_by="record")
    assert counted(stream([visit("02-01"), refusal("02-02"), refusal("02-03")], clause, YEAR)) == {
        "01-01": (1, 0, 0, 2)
    }


def test_an_excuse_goes_to_its_own_window_before_an_earlier_one() -> None:
    assert counted(stream([refusal("01-13")], commitment(makeup_days=7))) == {"01-12": (0, 0, 0, 1)}


def test_an_excuse_in_grace_goes_to_the_earliest_deadline() -> None:
    result = stream([*visits("01-20"), refusal("01-21")], commitment(makeup_days=20))
    assert counted(result) == {"01-05": (0, 0, 0, 1), "01-19": (1, 0, 0, 0)}


def test_an_excuse_after_the_grace_is_none() -> None:
    result = stream([*visits("01-20"), refusal("01-21")], commitment(makeup_days=2))
    assert codes(result)["01-21"] == "outcome_not_done"


def test_a_pending_refusal_excuses_only_in_the_reported_figure() -> None:
    result = stream([refusal("01-06", "pending")])
    assert counted(result) == {}
    assert counted(result, "reported") == {"01-05": (0, 0, 0, 1)}
    assert codes(result) == {"01-06": "unconfirmed"}
    assert codes(result, "reported") == {"01-06": "excused"}


def test_disputed_and_void_refusals_excuse_nothing() -> None:
    result = stream([refusal("01-06", "disputed"), refusal("01-13", "void")])
    assert counted(result) == counted(result, "reported") == {}


def test_a_pending_visit_takes_the_place_of_an_excuse_in_the_reported_figure() -> None:
    result = stream([refusal("01-06"), visit("01-08", "pending")])
    assert counted(result) == {"01-05": (0, 0, 0, 1)}
    assert counted(result, "reported") == {"01-05": (1, 0, 0, 0)}


def test_for_an_institution_one_residents_refusal_excuses_nothing() -> None:
    assert counted(stream([refusal("01-06", subject="r1")])) == {}


def test_minutes_are_not_asked_of_a_refusal() -> None:
    assert counted(stream([refusal("01-06")], commitment(min_minutes=60))) == {"01-05": (0, 0, 0, 1)}


def part(service: str, outcome: Outcome = "done", **fields: Any) -> Record:
    return visit(
        "01-06", **{"service": service, "subject": "r1", "id": service, "outcome": outcome, **fields}
    )


def bundle(*records: Record, scope: str = "resident") -> dict[str, tuple[int, int, int, int]]:
    clause = commitment(services=PARTS, match="all", min_minutes=30, scope=scope)
    return counted(stream(records, clause, who=resident() if scope == "resident" else None))


def test_a_bundle_is_excused_when_every_part_is_recorded_and_one_not_done() -> None:
    assert bundle(part("glucose", minutes=30), part("pressure", "declined")) == {"01-05": (0, 0, 0, 1)}


def test_the_done_part_of_an_excused_bundle_may_be_too_short() -> None:
    assert bundle(part("glucose", minutes=5), part("pressure", "declined")) == {"01-05": (0, 0, 0, 1)}


def test_a_bundle_with_a_part_missing_is_not_excused() -> None:
    assert bundle(part("pressure", "declined")) == {}


def test_a_part_both_done_and_declined_excuses_the_bundle() -> None:
    records = [
        part("glucose", minutes=30),
        part("pressure", minutes=5),
        part("pressure", "declined", id="no"),
    ]
    assert bundle(*records) == {"01-05": (0, 0, 0, 1)}


def test_a_bundle_that_is_too_short_but_refused_nowhere_is_not_excused() -> None:
    assert bundle(part("glucose", minutes=5), part("pressure", minutes=5)) == {}


def test_a_bundle_of_an_institution_is_excused_without_subject_only() -> None:
    named = [part("glucose", minutes=30), part("pressure", "declined")]
    assert bundle(*named, scope="institution") == {}
    unnamed = [part("glucose", minutes=30, subject=None), part("pressure", "declined", subject=None)]
    assert bundle(*unnamed, scope="institution") == {"01-05": (0, 0, 0, 1)}
    mixed = [part("glucose", minutes=30), part("pressure", "declined", subject=None)]
    assert bundle(*mixed, scope="institution") == {}
