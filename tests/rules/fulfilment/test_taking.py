"""Which records are taken, and the units they make."""

from typing import Any

import pytest

from server.fulfilment.rules.facts import Record, State
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

PARTS = ("glucose", "pressure")
BUNDLE = commitment(services=PARTS, match="all", per="term")


def part(service: str, day: str, subject: str | None = None, **fields: Any) -> Record:
    name = f"{service} {subject or 'nobody'}"
    defaults = {"service": service, "subject": subject, "id": name}
    return visit(day, **{**defaults, **fields})


def lecture(day: str, state: State = "confirmed", **fields: Any) -> Record:
    """Long enough and well enough attended."""
    return visit(day, state, **{"minutes": 60, "attendees": 10, **fields})


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (lecture("01-06"), "counted"),
        (lecture("01-06", "pending"), "unconfirmed"),
        (lecture("01-06", "disputed"), "disputed"),
        (lecture("01-06", "void"), "void"),
        (lecture("01-06", service="lecture"), "other_service"),
        (lecture("01-06", outcome="absent"), "excused"),
        (lecture("01-06", minutes=59), "below_minimum"),
        (lecture("01-06", attendees=9), "below_minimum"),
        (lecture("01-06", "pending", minutes=0), "below_minimum"),
        (lecture("01-04"), "outside_term"),
        (lecture("03-04"), "late"),
        (lecture("03-05"), "outside_term"),
        (lecture("2027-06-02"), "after_as_of"),
    ],
)
def test_what_becomes_of_a_record(record: Record, code: str) -> None:
    clause = commitment(min_minutes=60, min_attendees=10, makeup_days=3)
    assert list(codes(stream([record], clause)).values()) == [code]


def test_a_record_of_the_day_one_asks_is_taken() -> None:
    assert counted(stream(visits("01-06"), as_of=on("01-06"))) == {"01-05": (1, 0, 0, 0)}
    assert counted(stream(visits("01-06"), as_of=on("01-05"))) == {}


def test_a_resident_stream_takes_nobody_elses_records() -> None:
    records = [visit("01-06", subject="r1"), visit("01-13", subject="r2"), visit("01-20")]
    result = stream(records, commitment(scope="resident"), who=resident())
    assert codes(result) == {"01-06": "counted", "01-13": "other_subject", "01-20": "other_subject"}


def test_for_an_institution_the_subject_does_not_matter() -> None:
    records = [visit("01-06", subject="r1"), visit("01-13", subject="r2"), visit("01-20")]
    assert set(codes(stream(records)).values()) == {"counted"}


def test_a_visit_outside_the_stay_is_delivered_all_the_same() -> None:
    who = resident(stays=())
    result = stream([visit("01-06", subject="r1")], commitment(scope="resident"), who=who)
    assert counted(result) == {"01-05": (0, 0, 1, 0)}


def test_several_records_on_one_day_count_once() -> None:
    clause = commitment(terms=(term(3),))
    records = [visit("01-06", id="b"), visit("01-06", id="a"), visit("01-06", "pending", id="c")]
    result = stream(records, clause)
    assert counted(result) == {"01-05": (1, 0, 0, 0)}
    assert codes(result) == {"a": "counted", "b": "same_day", "c": "unconfirmed"}
    assert codes(result, "reported") == {"a": "counted", "b": "same_day", "c": "same_day"}


def test_by_record_every_record_counts_and_no_gap_is_asked() -> None:
    clause = commitment(count_by="record", min_gap_days=7, terms=(term(2),))
    records = [visit("01-06", id=name) for name in "cab"]
    result = stream(records, clause)
    assert counted(result) == {"01-05": (2, 0, 1, 0)}
    assert codes(result) == {"a": "counted", "b": "counted", "c": "surplus"}


def test_minutes_are_asked_of_each_record_and_not_added_up() -> None:
    records = [visit("01-06", minutes=30, id="a"), visit("01-06", minutes=30, id="b")]
    assert counted(stream(records, commitment(min_minutes=60))) == {}


def test_a_bundle_needs_every_part_on_one_day() -> None:
    apart = [part("pressure", "01-06"), part("glucose", "01-07")]
    assert codes(stream(apart, BUNDLE)) == dict.fromkeys(
        ("pressure nobody", "glucose nobody"), "bundle_incomplete"
    )
    together = [
        part("pressure", "01-06"),
        part("glucose", "01-06"),
        part("pressure", "01-06", id="pressure noted twice"),
    ]
    assert codes(stream(together, BUNDLE)) == {
        "pressure nobody": "counted",
        "glucose nobody": "counted",
        "pressure noted twice": "same_day",
    }


def test_a_bundle_is_of_one_subject_or_of_none() -> None:
    mixed = [part("pressure", "01-06", "r1"), part("glucose", "01-06", "r2"), part("glucose", "01-06")]
    assert counted(stream(mixed, BUNDLE)) == {}
    one = [*mixed, part("pressure", "01-06", "r2")]
    assert codes(stream(one, BUNDLE)) == {
        "pressure r1": "bundle_incomplete",
        "glucose r2": "counted",
        "glucose nobody": "bundle_incomplete",
        "pressure r2": "counted",
    }


def test_a_day_with_two_whole_bundles_counts_once() -> None:
    two = [part(service, "01-06", subject) for service in PARTS for subject in ("r1", "r2")]
    result = stream(two, commitment(services=PARTS, match="all", per="term", terms=(term(3),)))
    assert counted(result) == {"01-05": (1, 0, 0, 0)}
    assert codes(result)["pressure r2"] == "same_day"


def test_a_part_under_the_minimum_is_no_part() -> None:
    clause = commitment(services=PARTS, match="all", per="term", min_minutes=10)
    records = [part("pressure", "01-06", minutes=9), part("glucose", "01-06", minutes=10)]
    assert set(codes(stream(records, clause)).values()) == {"below_minimum", "bundle_incomplete"}


def test_a_bundle_with_a_pending_part_is_only_reported() -> None:
    records = [part("pressure", "01-06"), part("glucose", "01-06", state="pending")]
    result = stream(records, BUNDLE)
    assert codes(result) == {"pressure nobody": "bundle_incomplete", "glucose nobody": "unconfirmed"}
    assert codes(result, "reported") == dict.fromkeys(("pressure nobody", "glucose nobody"), "counted")


def test_a_pending_bundle_on_a_day_that_counts_adds_nothing() -> None:
    clause = commitment(services=PARTS, match="all", per="term", terms=(term(3),))
    records = [part(service, "01-06", "r2") for service in PARTS]
    records += [part(service, "01-06", "r1", state="pending") for service in PARTS]
    result = stream(records, clause)
    assert counted(result, "reported") == {"01-05": (1, 0, 0, 0)}
    assert codes(result, "reported")["glucose r1"] == "same_day"


def test_a_service_named_twice_is_one_part() -> None:
    clause = commitment(services=("round", "round"), match="all")
    assert counted(stream(visits("01-06"), clause)) == {"01-05": (1, 0, 0, 0)}
