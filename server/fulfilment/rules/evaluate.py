"""The fulfilment of an agreement: a pure function of dated facts and the day one asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from server.fulfilment.rules.delivery import Delivery, deliver
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
from server.fulfilment.rules.promise import Run, agreed_runs, once_grid, promises, resident_runs
from server.fulfilment.rules.results import (
    CommitmentResult,
    Result,
    StreamResult,
    Totals,
    WindowResult,
    due_windows,
    totals,
)
from server.fulfilment.rules.taking import rule_of
from server.fulfilment.rules.windows import Grid, Period, cut, grid, periods

# The records of each service, and of each service and subject.
_ByService = Mapping[str, Sequence[Record]]
_BySubject = Mapping[tuple[str, str], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the streams of one commitment share: periods, their windows, the promise before any stay."""

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
    delivery = deliver(records, rule_of(agreement, commitment, subject, as_of), commitment, windows, promised)
    return StreamResult(
        commitment=commitment.key,
        subject=subject,
        as_of=as_of,
        windows=_shown(subject, windows, promised, delivery, date.max if whole_term else as_of),
        records=tuple(records),
        confirmed=delivery.confirmed_verdicts,
        reported=delivery.reported_verdicts,
    )


def promised_by(shared: Plan, resident: Resident | None) -> tuple[Grid, tuple[int, ...]]:
    """The windows of one stream and the count that each promises; of a resident commitment without resident:
    to somebody who lives there and is eligible on every day."""
    commitment, runs = shared.commitment, shared.runs
    if resident is not None:
        runs = resident_runs(runs, commitment, resident)
    if commitment.kind == "once":
        window = once_grid(runs, commitment)
        return window, (1,) * len(window.starts)
    return shared.windows, promises(shared.whole, runs, commitment)


def _shown(
    subject: str | None, windows: Grid, promised: Sequence[int], delivery: Delivery, until: date
) -> tuple[WindowResult, ...]:
    """The windows that have begun on `until`, but for those with neither promise nor surplus."""
    confirmed, reported = delivery.confirmed, delivery.reported
    return tuple(
        WindowResult(
            subject,
            *days,
            promised[index],
            confirmed.counted[index],
            confirmed.late[index],
            confirmed.surplus[index],
            confirmed.excused[index],
            reported.counted[index],
            reported.late[index],
            reported.surplus[index],
            reported.excused[index],
        )
        for index, days in enumerate(windows.days)
        if days[0] <= until and (promised[index] or confirmed.surplus[index] or reported.surplus[index])
    )


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
    due = totals(due_windows(every, scenario.as_of))
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
