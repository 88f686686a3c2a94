"""Why a record counts or not, and where it is told."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from server.fulfilment.rules.breakdown import causes_of
from server.fulfilment.rules.evaluate import plan
from server.fulfilment.rules.explain import Explanation, Told, explain
from server.fulfilment.rules.facts import (
    Commitment,
    Condition,
    Eligibility,
    Record,
    Resident,
    Stay,
    Suspension,
)
from tests.rules.fulfilment.making import TERM, commitment, on, resident, stream, term, visit, visits

WEEKS = commitment(makeup_days=3)


def told(
    records: Sequence[Record],
    clause: Commitment = WEEKS,
    who: Resident | None = None,
    withheld: Sequence[tuple[Record, str]] = (),
    **options: Any,
) -> Explanation:
    suspensions: tuple[Suspension, ...] = options.get("suspensions", ())
    shared = plan(TERM, suspensions, clause)
    result = stream(records, clause, who=who, whole_term=True, **options)
    return explain(result, shared, causes_of(shared, suspensions, who), withheld)


def shown(listed: Sequence[Told]) -> list[tuple[str | None, str, tuple[str, ...]]]:
    return [(each.record.id, each.did, each.reasons) for each in listed]


def why(record: Record, *others: Record, clause: Commitment = WEEKS, **options: Any) -> Told:
    """The one place where the record is told."""
    found = told([*others, record], clause, **options)
    (only,) = [
        each
        for listed in (*found.windows.values(), found.outside)
        for each in listed
        if each.record is record and each.where is None
    ]
    return only


def test_a_moved_visit_is_told_where_it_counts_and_its_own_week_points_there() -> None:
    records = [*visits("01-16", "01-12"), visit("01-14", "void"), visit("01-13", service="talk")]
    windows = told(records).windows
    assert shown(windows[on("01-05")]) == [("01-12", "late", ("moved",))]
    assert shown(windows[on("01-12")]) == [
        ("01-12", "not_counted", ("counted_elsewhere",)),
        ("01-13", "not_counted", ("other_service",)),
        ("01-14", "not_counted", ("void",)),
        ("01-16", "counted", ()),
    ]
    assert windows[on("01-12")][0].where == (on("01-05"), on("01-11"))


def test_a_confirmed_visit_that_a_pending_one_moves_is_told_in_the_windows_of_both_figures() -> None:
    windows = told([visit("01-12"), visit("01-16", "pending")]).windows
    assert shown(windows[on("01-05")]) == [("01-12", "late", ("moved",))]
    assert windows[on("01-05")][0].reported_only
    assert shown(windows[on("01-12")]) == [
        ("01-12", "counted", ()),
        ("01-16", "counted", ("unconfirmed",)),
    ]
    assert [each.reported_only for each in windows[on("01-12")]] == [False, True]


def test_outside_is_what_no_window_shows() -> None:
    assert shown(told(visits("01-01", "01-06", "03-03", "03-09")).outside) == [
        ("01-01", "not_counted", ("not_in_force",)),
        ("03-09", "not_counted", ("after_grace",)),
    ]
    without_grace = told(visits("03-02"), commitment())
    assert shown(without_grace.outside) == [("03-02", "not_counted", ("not_in_force",))]


def test_in_the_grace_after_the_last_day_when_nothing_is_owed() -> None:
    found = why(visit("03-02"), visit("02-24"))
    assert (found.did, found.reasons) == ("surplus", ("surplus", "not_in_force"))


def test_what_the_engine_was_not_given_is_told_with_the_reason_it_was_withheld_for() -> None:
    kept = [
        (visit("01-08"), "certificate_expired"),
        (visit("01-09"), "other_institution"),
        (visit("03-20"), "no_certificate"),
    ]
    found = told(visits("01-06"), withheld=kept)
    assert shown(found.windows[on("01-05")]) == [
        ("01-06", "counted", ()),
        ("01-08", "not_counted", ("certificate_expired",)),
        ("01-09", "not_counted", ("other_institution",)),
    ]
    assert shown(found.outside) == [("03-20", "not_counted", ("no_certificate",))]


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        (visit("01-07", "disputed"), ("disputed",)),
        (visit("01-07", "void"), ("void",)),
        (visit("01-07", "pending"), ("surplus", "unconfirmed")),
        (visit("01-06", "pending"), ("same_day", "unconfirmed")),
        (visit("01-07"), ("surplus",)),
        (visit("01-07", minutes=59), ("under_minimum",)),
        (visit("01-07", outcome="absent"), ("outcome_not_done",)),
        (visit("06-02"), ("after_as_of",)),
    ],
)
def test_the_plain_reasons(record: Record, reasons: tuple[str, ...]) -> None:
    clause = commitment(min_minutes=60, makeup_days=365)
    long = [visit("01-06", minutes=60)]
    given = record if record.minutes else visit(_short(record), record.state, **_rest(record))
    assert why(given, *long, clause=clause, as_of=on("06-01")).reasons == reasons


def _short(record: Record) -> str:
    return record.on.isoformat()[5:]


def _rest(record: Record) -> dict[str, Any]:
    return {"outcome": record.outcome, "minutes": 60}


def test_a_refusal_excuses_and_one_that_waits_excuses_the_reported_figure_only() -> None:
    found = why(visit("01-07", outcome="declined"))
    assert (found.did, found.reasons, found.reported_only) == ("excused", ("excused",), False)
    found = why(visit("01-07", "pending", outcome="declined"))
    assert (found.did, found.reasons, found.reported_only) == ("excused", ("excused", "unconfirmed"), True)


def test_a_refusal_that_excuses_last_week_is_pointed_to() -> None:
    listed = told([visit("01-12"), visit("01-13", outcome="declined")]).windows[on("01-12")]
    assert shown(listed)[1] == ("01-13", "not_counted", ("counted_elsewhere", "excused"))
    assert listed[1].where == (on("01-05"), on("01-11"))


APART = commitment(per="term", terms=(term(9),), min_gap_days=5)


def test_too_soon_names_the_counted_day_and_the_first_that_would_have_been_far_enough() -> None:
    found = why(visit("01-13"), *visits("01-10", "01-15"), clause=APART)
    assert found.reasons == ("too_soon",)
    assert (found.too_close_to, found.far_enough_on) == (on("01-10"), on("01-20"))
    found = why(visit("01-13"), *visits("01-10", "01-16"), clause=APART)
    assert (found.too_close_to, found.far_enough_on) == (on("01-10"), on("01-15"))


def test_a_pending_visit_keeps_away_from_confirmed_ones_on_both_sides() -> None:
    waits = visit("01-13", "pending")
    found = why(waits, visit("01-16"), clause=APART)
    assert found.reasons == ("too_soon", "unconfirmed")
    assert (found.too_close_to, found.far_enough_on) == (on("01-16"), on("01-21"))
    found = why(waits, visit("01-10", "pending"), visit("01-18"), clause=APART)
    assert (found.too_close_to, found.far_enough_on) == (on("01-10"), on("01-23"))


def test_no_day_is_far_enough_when_the_term_is_over() -> None:
    found = why(visit("02-26"), visit("02-25"), clause=APART)
    assert (found.too_close_to, found.far_enough_on) == (on("02-25"), None)


BUNDLE = commitment(services=("weigh", "listen", "draw"), match="all")


def part(service: str, **fields: Any) -> Record:
    return visit("01-06", service=service, **fields)


def test_a_bundle_names_what_is_missing() -> None:
    found = why(part("weigh"), part("draw", state="disputed"), clause=BUNDLE)
    assert (found.reasons, found.missing) == (("bundle_incomplete",), ("draw", "listen"))
    other_days = visit("01-07", service="listen")
    assert why(part("weigh"), part("draw"), other_days, clause=BUNDLE).missing == ("listen",)
    of_one = why(
        part("weigh", subject="r1"), part("draw", subject="r2"), part("listen", subject="r1"), clause=BUNDLE
    )
    assert of_one.missing == ("draw",)


def test_a_confirmed_part_of_a_bundle_waits_for_the_others_confirmation() -> None:
    found = why(part("weigh"), part("draw", state="pending"), part("listen"), clause=BUNDLE)
    assert (found.did, found.reported_only) == ("counted", True)
    assert (found.reasons, found.missing) == (("bundle_incomplete",), ("draw",))
    waits = why(part("draw", state="pending"), part("weigh"), part("listen"), clause=BUNDLE)
    assert waits.reasons == ("unconfirmed",)


def test_surplus_on_a_day_without_a_promise_says_which_fact() -> None:
    closed = (Suspension(on("01-05"), on("01-11")),)
    found = why(visit("01-07"), suspensions=closed)
    assert (found.did, found.reasons) == ("surplus", ("surplus", "suspended"))
    dropped = commitment(terms=(term(1), term(0, on("02-02"))))
    assert why(visit("02-10"), clause=dropped).reasons == ("surplus", "nothing_promised")


@pytest.mark.parametrize(
    ("fields", "reasons", "ineligible"),
    [
        ({"stays": (Stay(on("02-01")),)}, ("surplus", "not_living_here"), None),
        ({"born": date(1990, 1, 1), "stays": (Stay(on("01-01")),)}, ("surplus", "not_eligible"), "age"),
        ({}, ("surplus", "not_eligible"), "condition"),
    ],
)
def test_surplus_of_a_resident_says_which_fact(
    fields: dict[str, Any], reasons: tuple[str, ...], ineligible: str | None
) -> None:
    later = Condition("hypertension", on("02-01"))
    who = resident(**{"conditions": (later,), **fields})
    clause = commitment(scope="resident", eligible=Eligibility(65, ("hypertension",)))
    found = why(visit("01-07", subject="r1"), clause=clause, who=who)
    assert (found.did, found.reasons, found.ineligible) == ("surplus", reasons, ineligible)


def test_once_without_enough_promised_days_promised_nothing() -> None:
    clause = commitment(kind="once", within_days=400)
    assert why(visit("01-07"), clause=clause).reasons == ("surplus", "nothing_promised")
