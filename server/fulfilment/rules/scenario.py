"""The scenario file: from JSON to facts, strictly. Whatever is not understood is refused with its path.

Unknown keys are ignored at the top level and refused below it. Null stands for "left out" only where leaving
out means "none" (an open end, no subject, no limit, no least age) and for a record's minutes and attendees.
"""

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction
from typing import get_args

from server.fulfilment.rules.facts import (
    Agreement,
    Align,
    Commitment,
    Condition,
    CountBy,
    Eligibility,
    Kind,
    Match,
    Outcome,
    Partial,
    Record,
    Request,
    Resident,
    Scenario,
    Scope,
    State,
    Stay,
    Suspension,
    Term,
    Unit,
)
from server.fulfilment.rules.reading import Fields, ScenarioError, distinct, load, text

__all__ = ["ScenarioError", "parse_commitment", "parse_scenario", "read_scenario"]

_KINDS: Mapping[str, Kind] = {word: word for word in get_args(Kind)}
_MATCHES: Mapping[str, Match] = {word: word for word in get_args(Match)}
_SCOPES: Mapping[str, Scope] = {word: word for word in get_args(Scope)}
_UNITS: Mapping[str, Unit] = {word: word for word in get_args(Unit)}
_ALIGNS: Mapping[str, Align] = {word: word for word in get_args(Align)}
_PARTIALS: Mapping[str, Partial] = {word: word for word in get_args(Partial)}
_COUNT_BYS: Mapping[str, CountBy] = {word: word for word in get_args(CountBy)}
_STATES: Mapping[str, State] = {word: word for word in get_args(State)}
_OUTCOMES: Mapping[str, Outcome] = {word: word for word in get_args(Outcome)}

_TOP = frozenset({"as_of", "agreement", "suspensions", "commitments", "residents", "records", "requests"})
_AGREEMENT = frozenset({"starts", "ends", "terminated_on"})
_SPAN = frozenset({"from", "to"})
_TERM = frozenset({"from", "count"})
_ELIGIBILITY = frozenset({"min_age", "any_of"})
_RESIDENT = frozenset({"id", "born", "conditions", "stays"})
_CONDITION = frozenset({"code", "since", "until"})
_RECORD = frozenset({"service", "on", "state", "outcome", "subject", "minutes", "attendees"})
_REQUEST = frozenset({"commitment", "at", "responded_at"})
_COMMITMENT = frozenset(
    {
        *("key", "kind", "services", "match", "min_minutes", "min_attendees", "scope", "per", "every"),
        *("align", "terms", "partial", "min_days", "min_gap_days", "makeup_days", "count_by", "eligible"),
        *("weight", "within_days", "respond_within_minutes"),
    }
)


def read_scenario(source: str | bytes) -> Scenario:
    """Facts from the text of a scenario file; `ScenarioError` says what is wrong with it and where."""
    return parse_scenario(load(source))


def parse_scenario(document: object) -> Scenario:
    """Facts from a decoded scenario; `ScenarioError` as above."""
    top = Fields(document, "", _TOP, open_ended=True)
    as_of = top.day("as_of")
    agreement = _agreement(top.required("agreement"), top.at("agreement"))
    commitments = top.each("commitments", lambda value, path: parse_commitment(value, path, agreement))
    distinct((each.key for each in commitments), "commitments", "key", "key used twice")
    residents = top.each_or_none("residents", _resident)
    distinct((each.id for each in residents), "residents", "id", "key used twice")
    known = {each.id for each in residents}
    keys = {each.key for each in commitments}
    return Scenario(
        as_of=as_of,
        agreement=agreement,
        commitments=commitments,
        suspensions=top.each_or_none("suspensions", _suspension),
        residents=residents,
        records=top.each_or_none("records", lambda value, path: _record(value, path, known)),
        requests=top.each_or_none("requests", lambda value, path: _request(value, path, keys)),
    )


def _agreement(value: object, path: str) -> Agreement:
    fields = Fields(value, path, _AGREEMENT)
    starts, ends = fields.day("starts"), fields.day("ends")
    fields.in_order(starts, ends, "ends")
    terminated_on = fields.maybe_day("terminated_on")
    if terminated_on is not None and not starts <= terminated_on <= ends:
        fields.refuse("terminated_on", f"dates in the wrong order: not from {starts} to {ends}")
    if terminated_on == date.min:
        fields.refuse("terminated_on", "no day lies before it")
    return Agreement(starts, ends, terminated_on)


def _suspension(value: object, path: str) -> Suspension:
    fields = Fields(value, path, _SPAN)
    starts, ends = fields.day("from"), fields.day("to")
    fields.in_order(starts, ends, "to")
    return Suspension(starts, ends)


def parse_commitment(value: object, path: str, agreement: Agreement) -> Commitment:
    """One commitment of a scenario; `path` is what errors call it."""
    fields = Fields(value, path, _COMMITMENT)
    kind = fields.choice_or("kind", _KINDS, "periodic")
    commitment = Commitment(
        key=fields.text("key"),
        services=_codes(fields, "services"),
        kind=kind,
        match=fields.choice_or("match", _MATCHES, "any"),
        min_minutes=fields.integer_or("min_minutes", 0),
        min_attendees=fields.integer_or("min_attendees", 0),
        scope=fields.choice_or("scope", _SCOPES, "institution"),
        per=_per(fields, kind),
        every=fields.integer_or("every", 1, least=1),
        align=fields.choice_or("align", _ALIGNS, "calendar"),
        terms=_terms(fields, kind),
        partial=fields.choice_or("partial", _PARTIALS, "prorate"),
        min_days=fields.integer_or("min_days", 1),
        min_gap_days=fields.integer_or("min_gap_days", 0),
        makeup_days=fields.integer_or("makeup_days", 0),
        count_by=fields.choice_or("count_by", _COUNT_BYS, "day"),
        eligible=_eligibility(fields),
        weight=fields.positive("weight") if "weight" in fields else Fraction(1),
        within_days=_within_days(fields, kind),
        respond_within_minutes=fields.maybe_integer("respond_within_minutes"),
    )
    _refuse_contradictions(fields, commitment, agreement)
    return commitment


def _refuse_contradictions(fields: Fields, commitment: Commitment, agreement: Agreement) -> None:
    if not commitment.services:
        fields.refuse("services", "must name at least one service")
    if commitment.match == "all" and commitment.count_by == "record":
        fields.refuse("count_by", "record cannot go with match: all")
    if commitment.makeup_days > (date.max - agreement.ends).days:
        fields.refuse("makeup_days", "the deadlines lie beyond the year 9999")


def _codes(fields: Fields, name: str) -> tuple[str, ...]:
    return fields.each(name, text)


def _per(fields: Fields, kind: Kind) -> Unit:
    # The other kinds ignore the unit; a word that is none is refused all the same.
    if kind == "periodic" or fields.has("per"):
        return fields.choice("per", _UNITS)
    return "term"


def _terms(fields: Fields, kind: Kind) -> tuple[Term, ...]:
    if kind == "on_demand" and "terms" not in fields:
        return ()
    terms = fields.each("terms", _term)
    distinct((term.starts for term in terms), fields.at("terms"), "from", "two terms from one day")
    return terms


def _term(value: object, path: str) -> Term:
    fields = Fields(value, path, _TERM)
    return Term(fields.day("from"), fields.integer("count"))


def _within_days(fields: Fields, kind: Kind) -> int | None:
    if kind == "once":
        return fields.integer("within_days", least=1)
    return fields.maybe_integer("within_days", least=1)


def _eligibility(fields: Fields) -> Eligibility:
    if not fields.has("eligible"):
        return Eligibility()
    asked = Fields(fields.required("eligible"), fields.at("eligible"), _ELIGIBILITY)
    return Eligibility(asked.maybe_integer("min_age"), _codes(asked, "any_of") if "any_of" in asked else ())


def _resident(value: object, path: str) -> Resident:
    fields = Fields(value, path, _RESIDENT)
    return Resident(
        id=fields.text("id"),
        born=fields.day("born"),
        stays=fields.each_or_none("stays", _stay),
        conditions=fields.each_or_none("conditions", _condition),
    )


def _stay(value: object, path: str) -> Stay:
    fields = Fields(value, path, _SPAN)
    stay = Stay(fields.day("from"), fields.maybe_day("to"))
    fields.in_order(stay.starts, stay.ends, "to")
    return stay


def _condition(value: object, path: str) -> Condition:
    fields = Fields(value, path, _CONDITION)
    condition = Condition(fields.text("code"), fields.day("since"), fields.maybe_day("until"))
    fields.in_order(condition.since, condition.until, "until")
    return condition


def _record(value: object, path: str, residents: Collection[str]) -> Record:
    fields = Fields(value, path, _RECORD)
    subject = fields.text("subject") if fields.has("subject") else None
    if subject is not None and subject not in residents:
        fields.refuse("subject", f"unknown resident: {subject}")
    return Record(
        service=fields.text("service"),
        on=fields.day("on"),
        state=fields.choice("state", _STATES),
        outcome=fields.choice_or("outcome", _OUTCOMES, "done"),
        subject=subject,
        minutes=fields.maybe_integer("minutes") or 0,
        attendees=fields.maybe_integer("attendees") or 0,
    )


def _request(value: object, path: str, commitments: Collection[str]) -> Request:
    fields = Fields(value, path, _REQUEST)
    request = Request(fields.text("commitment"), fields.time("at"), fields.maybe_time("responded_at"))
    if request.commitment not in commitments:
        fields.refuse("commitment", f"unknown commitment: {request.commitment}")
    if request.responded_at is not None and request.responded_at < request.at:
        fields.refuse("responded_at", "dates in the wrong order: answered before it was asked")
    return request
