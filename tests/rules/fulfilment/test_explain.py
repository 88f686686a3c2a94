"""What stands behind a window, and what is still owed."""

from datetime import date

import pytest

from server.fulfilment.rules.delivery import Verdict
from server.fulfilment.rules.explain import account, owed, strays, verdicts
from server.fulfilment.rules.facts import Agreement
from tests.rules.fulfilment.making import commitment, on, stream, term, visit, visits

WEEKS = commitment(makeup_days=3)


def test_a_window_with_what_counts_in_it_and_what_lies_beside() -> None:
    records = [*visits("01-16", "01-12"), visit("01-14", "void"), visit("01-13", service="talk")]
    result = stream(records, WEEKS)
    first, second = (account(result, window) for window in result.windows[:2])
    assert [each.record.id for each in first.inside] == ["01-12"]
    assert first.inside[0].confirmed == Verdict("moved", on("01-05"))
    assert first.beside == ()
    assert [each.record.id for each in second.inside] == ["01-16"]
    assert [(each.record.id, each.confirmed.code) for each in second.beside] == [
        ("01-12", "moved"),
        ("01-13", "other_service"),
        ("01-14", "void"),
    ]


def test_a_record_stands_in_the_windows_of_both_figures() -> None:
    result = stream([visit("01-12"), visit("01-16", "pending")], WEEKS)
    first, second = (account(result, window) for window in result.windows[:2])
    assert [each.record.id for each in first.inside] == ["01-12"]
    assert [each.record.id for each in second.inside] == ["01-12", "01-16"]


def test_strays_are_what_no_window_shows() -> None:
    result = stream(visits("01-01", "01-06", "03-03", "03-09"), WEEKS)
    assert [(each.record.id, each.confirmed.code) for each in strays(result)] == [
        ("01-01", "outside_term"),
        ("03-09", "outside_term"),
    ]


def test_every_record_is_in_an_account_or_astray() -> None:
    days = ("01-01", "01-06", "01-07", "01-16", "02-02", "03-03", "03-30")
    result = stream(visits(*days), commitment(terms=(term(1), term(0, on("02-01")), term(1, on("02-20")))))
    told = {each.record.id for each in strays(result)}
    for window in result.windows:
        found = account(result, window)
        told |= {each.record.id for each in (*found.inside, *found.beside)}
    assert told == set(days)


def test_one_record() -> None:
    result = stream([visit("01-06", "pending")])
    assert verdicts(result, "01-06") == {
        "confirmed": Verdict("unconfirmed"),
        "reported": Verdict("counted", on("01-05")),
    }
    assert verdicts(result, "other") is None


def owes(*days: str, as_of: str, **fields: object) -> list[tuple[str, int, str | None]]:
    """Of each open window: its first day, what is missing, and from when one more would count."""
    clause = commitment(**fields)
    result = stream(visits(*days), clause, as_of=on(as_of))
    return [
        (_short(each.window.start), each.missing, None if each.earliest is None else _short(each.earliest))
        for each in owed(result, clause)
    ]


def _short(day: date) -> str:
    return day.isoformat()[5:]


def test_owed_in_the_open_window_from_today_on() -> None:
    assert owes("01-06", as_of="01-14") == [("01-12", 1, "01-14")]
    assert owes("01-13", as_of="01-14") == []


def test_owed_in_grace_and_in_the_present_window() -> None:
    assert owes(as_of="01-14", makeup_days=3) == [("01-05", 1, "01-14"), ("01-12", 1, "01-14")]
    assert owes(as_of="01-15", makeup_days=3) == [("01-12", 1, "01-15")]


def test_the_gap_decides_the_earliest_day() -> None:
    assert owes("01-11", as_of="01-12", min_gap_days=5) == [("01-12", 1, "01-16")]
    assert owes("01-11", as_of="01-12", min_gap_days=8) == [("01-12", 1, None)]


def test_the_same_day_makes_no_second_unit() -> None:
    twice = (term(2),)
    assert owes("01-12", as_of="01-12", terms=twice) == [("01-12", 1, "01-13")]
    assert owes("01-12", as_of="01-12", terms=twice, count_by="record") == [("01-12", 1, "01-12")]


def test_what_waits_for_confirmation_is_owed_in_the_confirmed_figure_only() -> None:
    clause = commitment()
    result = stream([visit("01-13", "pending")], clause, as_of=on("01-14"))
    assert owed(result, clause) == ()
    assert [each.missing for each in owed(result, clause, figure="confirmed")] == [1]


def test_an_excused_unit_is_not_owed() -> None:
    clause = commitment()
    result = stream([visit("01-13", outcome="declined")], clause, as_of=on("01-14"))
    assert owed(result, clause) == ()


def test_ahead_of_the_present_window() -> None:
    clause = commitment()
    result = stream(visits("01-12"), clause, as_of=on("01-14"), whole_term=True)
    assert owed(result, clause) == ()
    assert [each.earliest for each in owed(result, clause, until=on("01-26"))] == [on("01-19"), on("01-26")]


@pytest.mark.parametrize("gap", [1, 10**9])
def test_a_gap_longer_than_the_calendar(gap: int) -> None:
    clause = commitment(terms=(term(2),), min_gap_days=gap)
    result = stream(visits("01-06"), clause, Agreement(on("01-05"), on("01-11")), as_of=on("01-06"))
    expected = on("01-07") if gap == 1 else None
    assert [each.earliest for each in owed(result, clause)] == [expected]
