"""On-demand commitments: how many requests were answered within the limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Literal

from server.fulfilment.rules.facts import Agreement, Commitment, Request
from server.fulfilment.rules.rates import ratio

# Exact integers: no limit is too long for them, and an answer a moment after the limit is after the limit.
_INSTANT = timedelta(microseconds=1)
_INSTANTS_PER_MINUTE = 60_000_000

# Answered within the limit or after it; not answered when it passed; neither yet. Without a limit an
# answer is only noted.
State = Literal["met", "late", "unanswered", "open", "noted"]


@dataclass(frozen=True, slots=True)
class DemandResult:
    """`requests` taken, of them `due` and `met`; `open` with a limit: not yet due, without: unanswered."""

    requests: int
    open: int
    due: int
    met: int

    @property
    def rate(self) -> Fraction | None:
        return ratio(self.met, self.due)


def evaluate_requests(
    agreement: Agreement, commitment: Commitment, requests: Iterable[Request], as_of: date
) -> DemandResult:
    """Judge the commitment's requests as they stood at 00:00 of `as_of`."""
    now = datetime.combine(as_of, time())
    taken = [
        request
        for request in requests
        if request.commitment == commitment.key
        and agreement.starts <= request.at.date() <= agreement.last_day
        and request.at < now
    ]
    limit = commitment.respond_within_minutes
    if limit is None:
        return DemandResult(len(taken), sum(not _answered(request, now) for request in taken), 0, 0)
    due = [request for request in taken if _answered(request, now) or _passed(request, now, limit)]
    met = sum(_in_time(request, limit) for request in due)
    return DemandResult(len(taken), len(taken) - len(due), len(due), met)


def _answered(request: Request, now: datetime) -> bool:
    return request.responded_at is not None and request.responded_at < now


def _passed(request: Request, now: datetime, limit: int) -> bool:
    return _instants(request.at, now) > limit * _INSTANTS_PER_MINUTE


def _in_time(request: Request, limit: int) -> bool:
    """Of a due request: an answer not seen yet would come after its limit, which has passed."""
    answer = request.responded_at
    return answer is not None and _instants(request.at, answer) <= limit * _INSTANTS_PER_MINUTE


def _instants(start: datetime, end: datetime) -> int:
    return (end - start) // _INSTANT


def state_of(request: Request, limit: int | None, now: datetime) -> State:
    """Where one request stands at a moment (local, without offset); `limit` in minutes. An answer that it has
    was given by then."""
    answered = request.responded_at is not None
    if limit is None:
        return "noted" if answered else "open"
    if answered:
        return "met" if _in_time(request, limit) else "late"
    return "unanswered" if _passed(request, now, limit) else "open"
