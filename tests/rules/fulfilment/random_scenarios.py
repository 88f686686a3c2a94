"""Random scenarios of one commitment for the properties: short terms in which everything collides."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from server.fulfilment.rules.facts import (
    Agreement,
    Commitment,
    Condition,
    Eligibility,
    Record,
    Resident,
    Scenario,
    Stay,
    Suspension,
    Term,
)

START = date(2026, 1, 1)
LENGTH = 75
SERVICES = ("a", "b")


def days(first: int = 0, last: int = LENGTH) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda offset: START + timedelta(offset))


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    first, last = sorted([draw(days(-10)), draw(days(-10))])
    return first, last


@st.composite
def residents(draw: st.DrawFn, name: str) -> Resident:
    return Resident(
        id=name,
        born=draw(st.sampled_from([date(1940, 1, 1), date(1961, 2, 1), date(1960, 2, 29)])),
        stays=tuple(Stay(*span) for span in draw(st.lists(spans(), max_size=2))),
        conditions=tuple(Condition("x", *span) for span in draw(st.lists(spans(), max_size=1))),
    )


@st.composite
def commitments(draw: st.DrawFn, /, **fixed: Any) -> Commitment:
    match = draw(st.sampled_from(["any", "any", "all"]))
    chosen = {
        "key": "k",
        "services": draw(st.sampled_from([("a",), ("a", "b")])),
        "kind": draw(st.sampled_from(["periodic", "periodic", "periodic", "once"])),
        "match": match,
        "scope": draw(st.sampled_from(["institution", "resident"])),
        "per": draw(st.sampled_from(["day", "week", "week", "month", "quarter", "term"])),
        "every": draw(st.integers(1, 3)),
        "align": draw(st.sampled_from(["calendar", "anniversary"])),
        "terms": draw(terms()),
        "partial": draw(st.sampled_from(["prorate", "full", "whole"])),
        "min_gap_days": draw(st.sampled_from([0, 0, 2, 5])),
        "makeup_days": draw(st.sampled_from([0, 3, 9, 30])),
        "count_by": "day" if match == "all" else draw(st.sampled_from(["day", "record"])),
        "eligible": draw(st.sampled_from([Eligibility(), Eligibility(65), Eligibility(None, ("x",))])),
        "min_minutes": draw(st.sampled_from([0, 0, 30])),
        "within_days": draw(st.sampled_from([1, 10, 30])),
    }
    return Commitment(**{**chosen, **fixed})


@st.composite
def terms(draw: st.DrawFn) -> tuple[Term, ...]:
    starts = draw(st.lists(days(-5), min_size=1, max_size=3, unique=True))
    return tuple(Term(day, draw(st.integers(0, 4))) for day in starts)


def records(**fixed: Any) -> st.SearchStrategy[Record]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "service": st.sampled_from(SERVICES),
        "on": days(-3, LENGTH + 12),
        "state": st.sampled_from(["confirmed", "confirmed", "pending", "disputed", "void"]),
        "outcome": st.sampled_from(["done", "done", "done", "declined"]),
        "subject": st.sampled_from([None, "r1", "r1", "r2"]),
        "minutes": st.sampled_from([10, 30]),
    }
    return st.builds(Record, **{**fields, **{name: st.just(value) for name, value in fixed.items()}})


@st.composite
def scenarios(draw: st.DrawFn, /, outcome: str | None = None, **fixed: Any) -> Scenario:
    length = draw(st.integers(0, LENGTH))
    stop = draw(st.none() | days(0, length))
    each = records() if outcome is None else records(outcome=outcome)
    return Scenario(
        as_of=draw(days(0, LENGTH + 60)),
        agreement=Agreement(START, START + timedelta(length), stop),
        commitments=(draw(commitments(**fixed)),),
        suspensions=tuple(Suspension(*span) for span in draw(st.lists(spans(), max_size=2))),
        residents=(draw(residents("r1")), draw(residents("r2"))),
        records=tuple(draw(st.lists(each, max_size=40))),
    )


def with_id(record: Record, record_id: str) -> Record:
    return record._replace(id=record_id)
