"""A result as JSON: keys in their fixed order, rates as text, one line per scenario."""

import json
from datetime import date

from server.fulfilment.rules.ondemand import DemandResult
from server.fulfilment.rules.rates import rate_text
from server.fulfilment.rules.results import CommitmentResult, Result, WindowResult

Json = str | int | bool | list["JsonObject"] | None
JsonObject = dict[str, Json]

_FIGURES = WindowResult._fields[4:]


def result_line(result: Result) -> str:
    """The result on one line, without line break; ASCII, so that any terminal and pipe can take it."""
    return json.dumps(result_object(result))


def result_object(result: Result) -> JsonObject:
    return {
        "as_of": result.as_of.isoformat(),
        "commitments": [_commitment(each, result.as_of) for each in result.commitments],
        "confirmed_rate": rate_text(result.confirmed_rate),
        "reported_rate": rate_text(result.reported_rate),
        "rated": result.rated,
        "of": len(result.commitments),
    }


def _commitment(result: CommitmentResult, as_of: date) -> JsonObject:
    due = result.due
    return {
        "key": result.key,
        "windows": [_window(window, as_of) for stream in result.streams for window in stream.windows],
        "due_promised": due.promised,
        "due_confirmed": due.confirmed,
        "due_confirmed_late": due.confirmed_late,
        "due_confirmed_excused": due.confirmed_excused,
        "due_reported": due.reported,
        "due_reported_excused": due.reported_excused,
        **_demand(result.demand),
        "confirmed_rate": rate_text(due.confirmed_rate),
        "reported_rate": rate_text(due.reported_rate),
        "on_time_rate": rate_text(due.on_time_rate),
    }


def _demand(demand: DemandResult | None) -> JsonObject:
    return {} if demand is None else {"requests": demand.requests, "open_requests": demand.open}


def _window(window: WindowResult, as_of: date) -> JsonObject:
    figures: JsonObject = {name: getattr(window, name) for name in _FIGURES}
    return {
        "subject": window.subject,
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "deadline": window.deadline.isoformat(),
        "due": window.is_due(as_of),
        **figures,
        "status": window.status(as_of),
    }
