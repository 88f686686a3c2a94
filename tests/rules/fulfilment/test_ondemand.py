"""Requests and their answers, as they stood at midnight."""

from datetime import date, datetime

import pytest

from server.fulfilment.rules.evaluate import evaluate, evaluate_stream
from server.fulfilment.rules.facts import Agreement, Commitment, Request, Scenario
from server.fulfilment.rules.ondemand import DemandResult, evaluate_requests, state_of

AGREEMENT = Agreement(date(2026, 1, 1), date(2026, 1, 10))
AS_OF = date(2026, 1, 11)


def call(limit: int | None = 60) -> Commitment:
    return Commitment(key="call", services=("green",), kind="on_demand", respond_within_minutes=limit)


def asked(at: str, answered: str | None = None, commitment: str = "call") -> Request:
    answer = None if answered is None else datetime.fromisoformat(f"2026-01-{answered}")
    return Request(commitment, datetime.fromisoformat(f"2026-01-{at}"), answer)


def judged(request: Request, limit: int | None = 60, agreement: Agreement = AGREEMENT) -> DemandResult:
    return evaluate_requests(agreement, call(limit), [request], AS_OF)


NOT_TAKEN = DemandResult(requests=0, open=0, due=0, met=0)
OPEN = DemandResult(requests=1, open=1, due=0, met=0)
MET = DemandResult(requests=1, open=0, due=1, met=1)
FAILED = DemandResult(requests=1, open=0, due=1, met=0)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (asked("05T08:00:00", "05T09:00:00"), MET),
        (asked("05T08:00:00", "05T09:00:01"), FAILED),
        (asked("05T08:00:00", "05T08:00:00"), MET),
        (asked("05T08:00:00"), FAILED),
        (asked("10T23:00:00"), OPEN),
        (asked("10T22:59:59"), FAILED),
        (asked("10T23:30:00", "10T23:59:59"), MET),
        (asked("10T23:30:00", "11T00:00:00"), OPEN),
        (asked("10T20:00:00", "11T00:00:00"), FAILED),
        (asked("11T00:00:00"), NOT_TAKEN),
        (asked("01T00:00:00", "01T00:10:00"), MET),
        (asked("05T08:00:00", "05T08:10:00", commitment="other"), NOT_TAKEN),
    ],
)
def test_with_a_limit(request_: Request, expected: DemandResult) -> None:
    assert judged(request_) == expected


def test_requests_outside_the_term_are_not_taken() -> None:
    ended = Agreement(date(2026, 1, 2), date(2026, 1, 31), date(2026, 1, 6))
    assert judged(asked("01T23:59:59"), agreement=ended) == NOT_TAKEN
    assert judged(asked("05T23:59:59"), agreement=ended) == FAILED
    assert judged(asked("06T00:00:00"), agreement=ended) == NOT_TAKEN


def test_requests_of_the_day_one_asks_are_not_taken() -> None:
    running = Agreement(date(2026, 1, 1), date(2026, 1, 31))
    assert judged(asked("10T23:59:59"), agreement=running) == OPEN
    assert judged(asked("11T00:00:00"), agreement=running) == NOT_TAKEN


@pytest.mark.parametrize(
    ("request_", "still_open"),
    [
        (asked("05T08:00:00", "05T09:00:00"), 0),
        (asked("05T08:00:00"), 1),
        (asked("10T08:00:00", "11T00:00:00"), 1),
    ],
)
def test_without_a_limit_there_is_volume_only(request_: Request, still_open: int) -> None:
    assert judged(request_, limit=None) == DemandResult(requests=1, open=still_open, due=0, met=0)


def test_a_limit_of_nought_minutes_asks_for_an_answer_at_once() -> None:
    assert judged(asked("05T08:00:00", "05T08:00:00"), limit=0) == MET
    assert judged(asked("05T08:00:00", "05T08:00:01"), limit=0) == FAILED


def test_a_moment_after_the_limit_is_after_the_limit() -> None:
    assert judged(asked("05T08:00:00", "05T09:00:00.000001")) == FAILED


def test_a_limit_longer_than_the_calendar() -> None:
    assert judged(asked("05T08:00:00"), limit=10**9) == OPEN


def test_no_requests_no_rate() -> None:
    result = evaluate(Scenario(AS_OF, AGREEMENT, (call(),)))
    assert (result.commitments[0].due.confirmed_rate, result.confirmed_rate, result.rated) == (None, None, 0)


def test_a_stream_is_not_for_requests() -> None:
    with pytest.raises(ValueError, match="on_demand"):
        evaluate_stream(AGREEMENT, (), call(), None, [], as_of=AS_OF)


@pytest.mark.parametrize(
    ("request_", "limit", "state"),
    [
        (asked("05T08:00:00", "05T09:00:00"), 60, "met"),
        (asked("05T08:00:00", "05T09:00:01"), 60, "late"),
        (asked("05T08:00:00"), 60, "unanswered"),
        (asked("05T09:00:00"), 60, "open"),
        (asked("05T08:00:00"), None, "open"),
        (asked("05T08:00:00", "05T09:30:00"), None, "noted"),
    ],
)
def test_where_one_request_stands_at_ten(request_: Request, limit: int | None, state: str) -> None:
    """A limit that ends exactly then is not yet passed."""
    assert state_of(request_, limit, datetime.fromisoformat("2026-01-05T10:00:00")) == state
