"""The fulfilment of an agreement: a pure function of dated facts and the day one asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain

from server.fulfilment.rules.delivery import Delivery, Figures, deliver
from server.fulfilment.rules.facts import (
    Agreement,
    Commitment,
    Record,
    Request,
    Resident,
    Scenario,
    Suspension,
)
from server.fulfilment.rules.ondemand import evaluate_requests
from server.fulfilment.rules.promise import (
    Presence,
    Run,
    agreed_runs,
    once_grid,
    presence,
    present_runs,
    promises,
)
from server.fulfilment.rules.results import (
    CommitmentResult,
    Result,
    StreamResult,
    Totals,
    WindowResult,
    due_windows,
)
from server.fulfilment.rules.sums import totals_of
from server.fulfilment.rules.taking import Rule, rule_of
from server.fulfilment.rules.windows import Grid, Period, cut, grid, periods

# The records of each service, and of each service and subject.
_ByService = Mapping[str, Sequence[Record]]
_BySubject = Mapping[tuple[str, str], Sequence[Record]]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What the streams of one commitment share: periods, their windows, the promise before any stay.

    Equal only to itself, so that it is a cheap key of what is worked out for many streams at once.
    """

    agreement: Agreement
    commitment: Commitment
    whole: tuple[Period, ...]
    windows: Grid
    runs: tuple[Run, ...]


def plan(agreement: Agreement, suspensions: Iterable[Suspension], commitment: Commitment) -> Plan:
    """Prepare a commitment once for all its residents."""
    whole = () if commitment.kind == "once" else periods(agreement, commitment)
    return Plan(
        agreement=agreement,
        commitment=commitment,
        whole=whole,
        windows=grid(cut(agreement, whole), commitment.makeup_days),
        runs=agreed_runs(agreement, suspensions, commitment.terms),
    )


def evaluate(scenario: Scenario) -> Result:
    """Every commitment of the scenario, in its order."""
    by_service: dict[str, list[Record]] = {}
    by_subject: dict[tuple[str, str], list[Record]] = {}
    for record in scenario.records:
        by_service.setdefault(record.service, []).append(record)
        if record.subject is not None:
            by_subject.setdefault((record.service, record.subject), []).append(record)
    return Result(
        as_of=scenario.as_of,
        commitments=tuple(
            evaluate_demand(scenario.agreement, commitment, scenario.requests, scenario.as_of)
            if commitment.kind == "on_demand"
            else _evaluate_windows(scenario, commitment, by_service, by_subject)
            for commitment in scenario.commitments
        ),
    )


def evaluate_demand(
    agreement: Agreement, commitment: Commitment, requests: Iterable[Request], as_of: date
) -> CommitmentResult:
    """An on-demand commitment; what is due and met stands in both figures."""
    demand = evaluate_requests(agreement, commitment, requests, as_of)
    due = Totals(promised=demand.due, confirmed=demand.met, reported=demand.met)
    return CommitmentResult(commitment.key, commitment.weight, (), due, demand)


def evaluate_stream(
    agreement: Agreement,
    suspensions: Iterable[Suspension],
    commitment: Commitment,
    resident: Resident | None,
    records: Sequence[Record],
    *,
    as_of: date,
    whole_term: bool = False,
    prepared: Plan | None = None,
) -> StreamResult:
    """One commitment (periodic or once) for one resident, or for the institution (`None`).

    Records that are not the stream's own are placed as `other_service` or `other_subject`. Windows without a
    promise and without surplus are left out, and those that begin after `as_of` too unless `whole_term`.
    `prepared` is `plan(...)` of the same commitment, to share it between residents.
    """
    if commitment.kind == "on_demand":
        raise ValueError(f"commitment {commitment.key} is on_demand: it has requests and no windows")
    if (resident is not None) != (commitment.scope == "resident"):
        raise ValueError(f"commitment {commitment.key} of scope {commitment.scope}: wrong subject")
    shared = prepared or plan(agreement, suspensions, commitment)
    windows, promised = promised_by(shared, resident)
    subject = None if resident is None else resident.id
    delivery = deliver(records, _rule(shared, as_of), subject, commitment, windows, promised)
    return StreamResult(
        commitment=commitment.key,
        subject=subject,
        as_of=as_of,
        windows=_shown(subject, windows, promised, delivery, date.max if whole_term else as_of),
        records=tuple(records),
        delivery=delivery,
    )


@lru_cache(maxsize=64)
def _rule(shared: Plan, as_of: date) -> Rule:
    return rule_of(shared.agreement, shared.commitment, as_of)


def promised_by(shared: Plan, resident: Resident | None) -> tuple[Grid, tuple[int, ...]]:
    """The windows of one stream and the count that each promises; of a resident commitment without resident:
    to somebody who lives there and is eligible on every day."""
    return _promised(
        shared, None if resident is None else presence(shared.agreement, shared.commitment, resident)
    )


# Most residents of an institution were there all the time: one answer serves them all.
@lru_cache(maxsize=1024)
def _promised(shared: Plan, present: Presence | None) -> tuple[Grid, tuple[int, ...]]:
    commitment = shared.commitment
    runs = shared.runs if present is None else present_runs(shared.runs, present)
    if commitment.kind == "once":
        window = once_grid(runs, commitment)
        return window, (1,) * len(window.starts)
    return shared.windows, promises(shared.whole, runs, commitment)


# Where `_shown` finds them among the figures of a window.
_PROMISED, _SURPLUS, _LIKELY_SURPLUS = 0, 3, 7


def _shown(
    subject: str | None, windows: Grid, promised: Sequence[int], delivery: Delivery, until: date
) -> tuple[WindowResult, ...]:
    """The windows that have begun on `until`, but for those with neither promise nor surplus."""
    confirmed, reported = delivery.confirmed, delivery.reported
    columns = (promised, *_columns(confirmed), *_columns(reported))
    return tuple(
        WindowResult._make((subject, *days, *figures))
        for days, *figures in zip(windows.days, *columns, strict=True)
        if days[0] <= until and (figures[_PROMISED] or figures[_SURPLUS] or figures[_LIKELY_SURPLUS])
    )


def _columns(figures: Figures) -> tuple[Sequence[int], ...]:
    return figures.counted, figures.late, figures.surplus, figures.excused


def _evaluate_windows(
    scenario: Scenario, commitment: Commitment, by_service: _ByService, by_subject: _BySubject
) -> CommitmentResult:
    agreement, suspensions = scenario.agreement, scenario.suspensions
    prepared = plan(agreement, suspensions, commitment)
    streams = tuple(
        evaluate_stream(
            agreement, suspensions, commitment, resident, records, as_of=scenario.as_of, prepared=prepared
        )
        for resident, records in _streams(scenario, commitment, by_service, by_subject)
    )
    every = chain.from_iterable(stream.windows for stream in streams)
    due = totals_of(due_windows(every, scenario.as_of))
    return CommitmentResult(commitment.key, commitment.weight, streams, due)


def _streams(
    scenario: Scenario, commitment: Commitment, by_service: _ByService, by_subject: _BySubject
) -> Iterable[tuple[Resident | None, Sequence[Record]]]:
    """The subjects of a commitment, residents by id, each with the records of its stream."""
    services = sorted(set(commitment.services))
    if commitment.scope == "institution":
        yield None, tuple(chain.from_iterable(by_service.get(service, ()) for service in services))
        return
    for resident in sorted(scenario.residents, key=lambda resident: resident.id):
        own = (by_subject.get((service, resident.id), ()) for service in services)
        yield resident, tuple(chain.from_iterable(own))
