"""Where units go: gap, own window, grace, one move, surplus; and the reported figure after that."""

from datetime import date

from server.fulfilment.rules.facts import Agreement
from tests.rules.fulfilment.making import codes, commitment, counted, on, stream, term, visit, visits

MONTHS = Agreement(on("01-01"), on("04-30"))


def test_surplus_stays_where_it_is() -> None:
    assert counted(stream(visits("01-05", "01-06", "01-07"))) == {"01-05": (1, 0, 2, 0)}


def test_the_gap_runs_from_the_last_counted_day() -> None:
    clause = commitment(per="term", terms=(term(9),), min_gap_days=5)
    result = stream(visits("01-05", "01-09", "01-10", "01-14", "01-15"), clause)
    assert codes(result) == {
        "01-05": "counted",
        "01-09": "too_soon",
        "01-10": "counted",
        "01-14": "too_soon",
        "01-15": "counted",
    }
    assert counted(result) == {"01-05": (3, 0, 0, 0)}


def test_the_gap_holds_across_windows() -> None:
    result = stream(visits("01-11", "01-12", "01-18"), commitment(min_gap_days=7))
    assert codes(result) == {"01-11": "counted", "01-12": "too_soon", "01-18": "counted"}


def test_a_surplus_unit_starts_no_gap() -> None:
    result = stream(visits("01-05", "01-11", "01-12"), commitment(min_gap_days=6))
    assert codes(result) == {"01-05": "counted", "01-11": "surplus", "01-12": "counted"}


def test_a_late_unit_starts_a_gap() -> None:
    clause = commitment(min_gap_days=4, makeup_days=7)
    result = stream(visits("01-12", "01-16", "01-19"), clause)
    assert codes(result) == {"01-12": "counted", "01-16": "late", "01-19": "too_soon"}


def test_the_own_window_comes_before_an_earlier_one() -> None:
    result = stream(visits("01-12"), commitment(makeup_days=7))
    assert counted(result) == {"01-12": (1, 0, 0, 0)}


def test_the_deadline_is_the_last_day_of_grace() -> None:
    clause = commitment(makeup_days=3)
    ends = Agreement(on("01-05"), on("01-11"))
    assert counted(stream(visits("01-14"), clause, ends)) == {"01-05": (1, 1, 0, 0)}
    assert codes(stream(visits("01-15"), clause, ends)) == {"01-15": "outside_term"}


def test_a_unit_after_the_term_that_nothing_lacks_is_surplus_of_no_window() -> None:
    ends = Agreement(on("01-05"), on("01-11"))
    result = stream(visits("01-05", "01-13"), commitment(makeup_days=3), ends)
    assert counted(result) == {"01-05": (1, 0, 0, 0)}
    assert codes(result) == {"01-05": "counted", "01-13": "surplus"}
    assert result.placements[1].confirmed.window is None


def test_the_earliest_deadline_is_made_good_first() -> None:
    result = stream(visits("01-19", "01-20", "01-21", "01-22"), commitment(makeup_days=20))
    assert counted(result) == {"01-05": (1, 1, 0, 0), "01-12": (1, 1, 0, 0), "01-19": (1, 0, 1, 0)}


def test_an_on_time_unit_moves_when_the_new_one_comes_too_late() -> None:
    result = stream(visits("01-12", "01-16"), commitment(makeup_days=3))
    assert codes(result) == {"01-12": "moved", "01-16": "counted"}
    assert counted(result) == {"01-05": (1, 1, 0, 0), "01-12": (1, 0, 0, 0)}


def test_for_one_window_the_new_unit_goes_before_a_move() -> None:
    result = stream(visits("01-12", "01-13"), commitment(makeup_days=3))
    assert codes(result) == {"01-12": "counted", "01-13": "late"}


def test_the_earliest_deadline_decides_even_if_only_a_move_reaches_it() -> None:
    result = stream(visits("01-19", "01-21"), commitment(makeup_days=9))
    assert codes(result) == {"01-19": "moved", "01-21": "counted"}
    assert counted(result) == {"01-05": (1, 1, 0, 0), "01-19": (1, 0, 0, 0)}


def test_the_earliest_on_time_unit_moves() -> None:
    result = stream(visits("01-12", "01-13", "01-16"), commitment(terms=(term(2),), makeup_days=3))
    assert codes(result) == {"01-12": "moved", "01-13": "counted", "01-16": "counted"}
    assert counted(result) == {"01-05": (1, 1, 0, 0), "01-12": (2, 0, 0, 0)}


def test_one_move_and_no_chains() -> None:
    # Week 1 lacks one, weeks 2 and 3 are full. Friday of week 3 could help week 1 only by a chain.
    result = stream(visits("01-12", "01-19", "01-23"), commitment(makeup_days=3))
    assert codes(result)["01-23"] == "surplus"
    assert counted(result)["01-12"] == (1, 0, 0, 0)


def test_a_moved_unit_keeps_its_day_for_the_gap() -> None:
    result = stream(visits("01-12", "01-16", "01-18"), commitment(makeup_days=3, min_gap_days=3))
    assert codes(result) == {"01-12": "moved", "01-16": "counted", "01-18": "too_soon"}


def test_a_window_that_promises_nothing_passes_its_unit_back() -> None:
    dropped = commitment(terms=(term(1), term(0, on("01-12"))), makeup_days=7)
    assert counted(stream(visits("01-13"), dropped)) == {"01-05": (1, 1, 0, 0)}


def test_reported_counts_what_is_pending_beside_what_is_confirmed() -> None:
    result = stream([visit("01-06"), visit("01-13", "pending")])
    assert counted(result) == {"01-05": (1, 0, 0, 0)}
    assert counted(result, "reported") == {"01-05": (1, 0, 0, 0), "01-12": (1, 0, 0, 0)}


def test_a_pending_day_keeps_its_gap_to_both_sides() -> None:
    clause = commitment(per="term", terms=(term(9),), min_gap_days=5)
    records = [
        visit("01-20"),
        *(visit(day, "pending") for day in ("01-10", "01-14", "01-16", "01-24", "01-25")),
    ]
    assert codes(stream(records, clause), "reported") == {
        "01-20": "counted",
        "01-10": "counted",
        "01-14": "too_soon",
        "01-16": "too_soon",
        "01-24": "too_soon",
        "01-25": "counted",
    }


def test_a_pending_unit_never_takes_a_place_from_a_confirmed_one() -> None:
    result = stream([visit("01-05", "pending"), visit("01-06")])
    assert counted(result, "reported") == {"01-05": (1, 0, 1, 0)}
    assert codes(result, "reported") == {"01-05": "surplus", "01-06": "counted"}


def test_a_pending_unit_may_move_a_confirmed_one_in_the_reported_figure() -> None:
    result = stream([visit("01-12"), visit("01-16", "pending")], commitment(makeup_days=3))
    assert counted(result) == {"01-12": (1, 0, 0, 0)}
    assert counted(result, "reported") == {"01-05": (1, 1, 0, 0), "01-12": (1, 0, 0, 0)}
    assert codes(result) == {"01-12": "counted", "01-16": "unconfirmed"}
    assert codes(result, "reported") == {"01-12": "moved", "01-16": "counted"}


def test_confirmed_surplus_stays_surplus_in_the_reported_figure() -> None:
    result = stream([*visits("01-05", "01-06"), visit("01-07", "pending")])
    assert counted(result) == {"01-05": (1, 0, 1, 0)}
    assert counted(result, "reported") == {"01-05": (1, 0, 2, 0)}


def test_windows_not_begun_and_empty_ones_are_left_out() -> None:
    clause = commitment(per="month", terms=(term(1), term(0, on("03-01"))))
    begun = stream([], clause, MONTHS, as_of=on("02-01"))
    assert [window.start for window in begun.windows] == [on("01-01"), on("02-01")]
    before = stream([], clause, MONTHS, as_of=on("01-31"))
    assert [window.start for window in before.windows] == [on("01-01")]


def test_the_whole_term_lists_windows_not_begun() -> None:
    result = stream([], commitment(per="month"), MONTHS, as_of=date(2025, 6, 1), whole_term=True)
    assert [window.start.month for window in result.windows] == [1, 2, 3, 4]


def test_reported_surplus_alone_lists_a_window_without_a_promise() -> None:
    dropped = commitment(terms=(term(0),))
    result = stream([visit("01-06", "pending")], dropped)
    assert [(window.promised, window.reported_surplus) for window in result.windows] == [(0, 1)]
    assert result.windows[0].status(on("06-01")) == "met"
