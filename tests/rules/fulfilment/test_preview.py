"""What a draft clause promises over its term, and when that surprises."""

from datetime import date
from typing import Any

import pytest

from server.fulfilment.rules.evaluate import Plan, plan
from server.fulfilment.rules.facts import Agreement, Condition, Eligibility, Stay, Suspension
from server.fulfilment.rules.preview import (
    PlainReading,
    Surprise,
    plain_reading,
    preview,
    roster_preview,
    surprise,
)
from tests.rules.fulfilment.making import commitment, resident, term

# To a leap year: its half is 183 days, and 183/365 and 183/366 both round up.
YEAR = Agreement(date(2027, 7, 2), date(2028, 7, 1))


def draft(agreement: Agreement = YEAR, suspensions: tuple[Suspension, ...] = (), **fields: Any) -> Plan:
    return plan(agreement, suspensions, commitment(**{"per": "year", **fields}))


def test_once_a_year_from_july_to_july_promises_twice_by_the_calendar() -> None:
    """The example of the fulfilment page."""
    found = preview(draft())
    assert [(str(each.start), str(each.end), each.promised) for each in found.windows] == [
        ("2027-07-02", "2027-12-31", 1),
        ("2028-01-01", "2028-07-01", 1),
    ]
    assert (found.total, found.years) == (2, {2027: 1, 2028: 1})
    assert plain_reading(draft()) == PlainReading(1, 1, units=1, rest_days=0, rest_of=0)
    assert surprise(draft()) == Surprise(promised=2, plain=1, align="anniversary", total=1)


def test_by_agreement_years_it_promises_what_it_says() -> None:
    found = preview(draft(align="anniversary"))
    assert (found.total, found.years) == (1, {2028: 1})  # the year in which the window ends
    assert surprise(draft(align="anniversary")) is None


def test_the_deadline_has_the_days_of_grace() -> None:
    deadlines = [str(each.deadline) for each in preview(draft(makeup_days=30)).windows]
    assert deadlines == ["2028-01-30", "2028-07-31"]


def test_the_year_before_the_calendar_agrees() -> None:
    """Without a 29 February the second half is 182 of 365 days: it rounds down, and nothing surprises."""
    common = draft(Agreement(date(2026, 7, 2), date(2027, 7, 1)))
    assert ([each.promised for each in preview(common).windows], surprise(common)) == ([1, 0], None)


def test_the_calendar_is_proposed_where_it_agrees() -> None:
    """A closed February halves both agreement months, and both halves round up."""
    closed = (Suspension(date(2026, 2, 1), date(2026, 2, 28)),)
    agreement = Agreement(date(2026, 1, 16), date(2026, 3, 15))
    by_agreement = draft(agreement, closed, per="month", align="anniversary")
    assert [each.promised for each in preview(by_agreement).windows] == [1, 1]
    assert surprise(by_agreement) == Surprise(promised=2, plain=1, align="calendar", total=1)
    assert surprise(draft(agreement, closed, per="month")) is None


def test_no_proposal_where_the_other_alignment_is_no_closer() -> None:
    """Each month in part is promised whole, by the calendar and by the agreement's own months."""
    clause: dict[str, Any] = {"per": "month", "partial": "full"}
    agreement = Agreement(date(2026, 1, 1), date(2026, 2, 3))
    assert plain_reading(draft(agreement, **clause)) == PlainReading(1, 1, units=1, rest_days=3, rest_of=28)
    assert surprise(draft(agreement, **clause)) == Surprise(promised=2, plain=1, align=None, total=None)


def test_an_alignment_that_is_further_off_is_not_proposed() -> None:
    clause = {"per": "month", "partial": "full"}
    agreement = Agreement(date(2026, 1, 31), date(2026, 3, 2))  # two months of its own, three of the calendar
    by_agreement = draft(agreement, (), align="anniversary", **clause)
    assert surprise(by_agreement) == Surprise(promised=2, plain=1, align=None, total=None)
    assert surprise(draft(agreement, (), **clause)) == Surprise(3, 1, align="anniversary", total=2)


def test_the_rest_of_the_term_is_read_by_days_and_rounded_half_up_once() -> None:
    half = Agreement(date(2026, 1, 1), date(2026, 2, 14))  # a month and 14 of 28 days
    assert plain_reading(draft(half, per="month")) == PlainReading(2, 1, units=1, rest_days=14, rest_of=28)
    less = Agreement(date(2026, 1, 1), date(2026, 2, 13))
    assert plain_reading(draft(less, per="month")) == PlainReading(1, 1, units=1, rest_days=13, rest_of=28)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"per": "term"}, PlainReading(1, 1, units=1, rest_days=0, rest_of=0)),
        ({"per": "month", "every": 5}, PlainReading(2, 1, units=2, rest_days=61, rest_of=153)),
        ({"per": "month", "terms": (term(1), term(2, date(2028, 1, 2)))}, PlainReading(18, None, 12, 0, 0)),
        ({"per": "day"}, PlainReading(366, 1, 366, 0, 0)),
    ],
)
def test_plain_readings(fields: dict[str, Any], expected: PlainReading) -> None:
    assert plain_reading(draft(**fields)) == expected


def test_a_closure_lowers_both() -> None:
    closed = (Suspension(date(2026, 8, 1), date(2026, 8, 31)),)
    found = draft(Agreement(date(2026, 7, 1), date(2027, 6, 30)), closed, per="month")
    assert (preview(found).total, surprise(found)) == (11, None)


def test_once_is_one_window_and_on_demand_none_and_neither_has_a_plain_reading() -> None:
    once = draft(kind="once", within_days=30)
    assert [(str(each.start), str(each.end), each.promised) for each in preview(once).windows] == [
        ("2027-07-02", "2027-07-31", 1)
    ]
    asked = draft(kind="on_demand", terms=())
    assert preview(asked).windows == ()
    for shared in (once, asked):
        assert (plain_reading(shared), surprise(shared)) == (None, None)


def test_per_resident_it_is_somebody_who_lives_there_and_is_eligible_all_the_time() -> None:
    shared = draft(per="quarter", scope="resident", eligible=Eligibility(65, ("hypertension",)))
    assert preview(shared).total == 4


def test_over_a_roster() -> None:
    shared = draft(
        Agreement(date(2026, 1, 1), date(2026, 12, 31)),
        per="quarter",
        scope="resident",
        terms=(term(2),),
        eligible=Eligibility(65, ("hypertension",)),
    )
    since = (Condition("hypertension", date(2020, 1, 1)),)
    people = [
        resident(id="always", conditions=since),
        resident(id="too young until October", born=date(1961, 10, 1), conditions=since),
        resident(id="well"),
        resident(id="gone", conditions=since, stays=(Stay(date(2020, 1, 1), date(2026, 3, 31)),)),
    ]
    found = roster_preview(shared, people)
    assert (found.eligible, found.total, found.years) == (3, 12, {2026: 12})
    assert roster_preview(shared, []).total == 0
