"""Wire shapes of fulfilment. Rates are texts with four decimals, truncated; None where nothing is asked."""

from marshmallow import fields, validate

from server.agreements.schemas import AgreementSchema, EligibleSchema, SuspensionSchema, TermSchema
from server.rounds.schemas import LineSchema, RoundSchema
from server.web.schemas import Instant, NamedSchema, Schema, meant_day, one_of, text

RISKS = ["lost", "last_chance", "behind"]
_STATUSES = ["met", "partial", "missed", "open", "excused"]


def _rate() -> fields.String:
    return fields.String(required=True, allow_none=True)


def figure() -> fields.Integer:
    return fields.Integer(required=True)


class TitleSchema(Schema):
    zh = fields.String(required=True)
    en = fields.String(required=True)


class RatesSchema(Schema):
    confirmed_rate = _rate()
    reported_rate = _rate()
    on_time_rate = _rate()


class WorstSchema(Schema):
    id = fields.UUID(required=True)
    title = fields.Nested(TitleSchema, required=True)
    confirmed_rate = _rate()


class AgreementSummarySchema(AgreementSchema, RatesSchema):
    """An agreement with its rates; `rated` of `of` commitments have one."""

    rated = figure()
    of = figure()
    worst = fields.Nested(WorstSchema, required=True, allow_none=True)


class AgreementsQuerySchema(Schema):
    """`search`: part of the number or of a party's name."""

    search = text(80, shortest=0, load_default="")
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10**6, error="out_of_range"))
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=100, error="out_of_range"))


class AsOfSchema(Schema):
    """The day of the figures: a past day, or today (the agreement's)."""

    as_of = meant_day(load_default=None)


class AgreementsSchema(Schema):
    """`agreements` are those from `offset` on of `total`: worst first if these are all, else by number."""

    as_of = fields.Date(required=True)
    total = figure()
    offset = figure()
    agreements = fields.List(fields.Nested(AgreementSummarySchema), required=True)


class MonthSchema(Schema):
    """Due windows by the month of their end."""

    month = fields.String(required=True)
    promised = figure()
    confirmed = figure()
    reported = figure()
    excused = figure()


class OpenSchema(Schema):
    promised = figure()
    confirmed = figure()
    reported = figure()
    excused = figure()


class _PacedSchema(Schema):
    """How an open window stands by the reported figures: `expected` by now at an even pace, still `owed`, by
    when the next one must come. None and 0 where it is not open."""

    expected = fields.Integer(required=True, allow_none=True)
    owed = figure()
    last_chance = fields.Date(required=True, allow_none=True)
    risk = one_of(RISKS, allow_none=True)


class PaceSchema(OpenSchema, _PacedSchema):
    """The open windows of a commitment together; `owing` subjects owe."""

    windows = figure()
    owing = figure()


class DemandFiguresSchema(Schema):
    """Requests as they stood at 00:00 of the day: taken, not yet due, due, and of those met."""

    requests = figure()
    open_requests = figure()
    due = figure()
    met = figure()


class YearSchema(Schema):
    """Windows belong to the year in which they end."""

    year = figure()
    promised = figure()


class PromisedSchema(Schema):
    """What a commitment promises: every field of fulfilment.md, with its default where none is stated.

    `count` is in force on the day of the page.
    """

    id = fields.UUID(required=True)
    key = fields.String(required=True)
    title = fields.Nested(TitleSchema, required=True)
    count = figure()
    category = fields.String(required=True)
    services = fields.List(fields.String(), required=True)
    match = fields.String(required=True)
    scope = fields.String(required=True)
    kind = fields.String(required=True)
    per = fields.String(required=True, allow_none=True)
    every = figure()
    align = fields.String(required=True)
    partial_ = fields.String(required=True, data_key="partial", attribute="partial")
    min_days = figure()
    min_minutes = figure()
    min_attendees = figure()
    min_gap_days = figure()
    makeup_days = figure()
    count_by = fields.String(required=True)
    eligible = fields.Nested(EligibleSchema, required=True)
    weight = fields.String(required=True)
    within_days = fields.Integer(required=True, allow_none=True)
    respond_within_minutes = fields.Integer(required=True, allow_none=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)


class CommitmentFulfilmentSchema(PromisedSchema, RatesSchema):
    promised_by_year = fields.List(fields.Nested(YearSchema), required=True)
    due_promised = figure()
    due_confirmed = figure()
    due_confirmed_late = figure()
    due_confirmed_excused = figure()
    due_reported = figure()
    due_reported_excused = figure()
    open = fields.Nested(OpenSchema, required=True)
    pace = fields.Nested(PaceSchema, required=True, allow_none=True)
    demand = fields.Nested(DemandFiguresSchema, required=True, allow_none=True)
    months = fields.List(fields.Nested(MonthSchema), required=True)


class GradesSchema(Schema):
    A = figure()
    B = figure()
    C = figure()
    D = figure()


class AgreementFulfilmentSchema(AgreementSummarySchema):
    as_of = fields.Date(required=True)
    suspensions = fields.List(fields.Nested(SuspensionSchema), required=True)
    commitments = fields.List(fields.Nested(CommitmentFulfilmentSchema), required=True)
    grades = fields.Nested(GradesSchema, required=True)
    rounds_total = figure()
    recomputing = figure()


class AgreementNameSchema(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    medical = fields.Nested(NamedSchema, required=True)
    care = fields.Nested(NamedSchema, required=True)


class StatusesSchema(Schema):
    met = figure()
    partial_ = fields.Integer(required=True, data_key="partial", attribute="partial")
    missed = figure()
    open = figure()
    excused = figure()


class WindowSummarySchema(_PacedSchema):
    """One window of a commitment, summed over its subjects."""

    start = fields.Date(required=True)
    end = fields.Date(required=True)
    deadline = fields.Date(required=True)
    due = fields.Boolean(required=True)
    promised = figure()
    confirmed = figure()
    confirmed_late = figure()
    confirmed_excused = figure()
    reported = figure()
    reported_excused = figure()
    subjects = figure()
    statuses = fields.Nested(StatusesSchema, required=True)
    owing = figure()


class _InCommitment(Schema):
    as_of = fields.Date(required=True)
    agreement = fields.Nested(AgreementNameSchema, required=True)
    commitment = fields.Nested(CommitmentFulfilmentSchema, required=True)


class SubjectSchema(NamedSchema):
    """`number` tells masked names apart: one number for a resident of the institution on every page;
    None where the name is whole."""

    bed = fields.String(required=True)
    number = fields.Integer(required=True, allow_none=True)


class ObligationSchema(_PacedSchema):
    """A window of one subject. `id` opens it; None for a window of a past day that is not kept today."""

    id = fields.UUID(required=True, allow_none=True)
    subject = fields.Nested(SubjectSchema, required=True, allow_none=True)
    start = fields.Date(required=True)
    end = fields.Date(required=True)
    deadline = fields.Date(required=True)
    due = fields.Boolean(required=True)
    status = one_of(_STATUSES)
    promised = figure()
    confirmed = figure()
    confirmed_late = figure()
    confirmed_surplus = figure()
    confirmed_excused = figure()
    reported = figure()
    reported_late = figure()
    reported_surplus = figure()
    reported_excused = figure()
    earliest = fields.Date(required=True, allow_none=True)


class RequestSchema(Schema):
    """A request on demand; `minutes` from asking to answering, or until now."""

    id = fields.UUID(required=True)
    asked_at = Instant(required=True)
    answered_at = Instant(required=True, allow_none=True)
    minutes = figure()
    limit_at = Instant(required=True, allow_none=True)
    state = one_of(["met", "late", "unanswered", "open", "noted"])
    subject = fields.Nested(NamedSchema, required=True, allow_none=True)
    note = fields.String(required=True)
    asked_by = fields.String(required=True)
    answered_by = fields.String(required=True, allow_none=True)


class WindowsSchema(_InCommitment):
    """Newest first. `requests` are of on-demand commitments, `obligations` (each resident's own window) of
    once commitments: empty for the others, and no more than 500."""

    windows = fields.List(fields.Nested(WindowSummarySchema), required=True)
    obligations = fields.List(fields.Nested(ObligationSchema), required=True)
    requests = fields.List(fields.Nested(RequestSchema), required=True)


class WindowSchema(_InCommitment):
    window = fields.Nested(WindowSummarySchema, required=True)
    obligations = fields.List(fields.Nested(ObligationSchema), required=True)


class DaysSchema(Schema):
    start = fields.Date(required=True)
    end = fields.Date(required=True)


class ExplainedSchema(Schema):
    """`reasons` say what the record did or why it did nothing; the fields after them go with one reason.

    counted_elsewhere: `where`. too_soon: the counted day it lies too close to, and the first that keeps the
    distance. bundle_incomplete: the `missing` services. not_eligible: by "age" or "condition".
    """

    line = fields.Nested(LineSchema, required=True)
    round = fields.Nested(RoundSchema, required=True, allow_none=True)
    verdict = one_of(["counted", "late", "excused", "surplus", "not_counted"])
    reported_only = fields.Boolean(required=True)
    reasons = fields.List(fields.String(), required=True)
    where = fields.Nested(DaysSchema, required=True, allow_none=True)
    too_close_to = fields.Date(required=True, allow_none=True)
    far_enough_on = fields.Date(required=True, allow_none=True)
    missing = fields.List(fields.String(), required=True)
    ineligible = fields.String(required=True, allow_none=True)


class CountSchema(Schema):
    count = figure()
    days = figure()


class PromiseDaysSchema(Schema):
    """The days of a whole period, each in one class, and the parts of the formula over them.

    `not_eligible` is `too_young` and `without_condition`; `counts` says how many days promise how much.
    """

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    days = figure()
    promising = figure()
    not_in_force = figure()
    suspended = figure()
    not_living_here = figure()
    not_eligible = figure()
    too_young = figure()
    without_condition = figure()
    nothing_promised = figure()
    sum = figure()
    length = figure()
    partial_ = one_of(["prorate", "full", "whole", "once"], data_key="partial", attribute="partial")
    min_days = figure()
    most = figure()
    least = figure()
    promised = figure()
    counts = fields.List(fields.Nested(CountSchema), required=True)


class ObligationPageSchema(_InCommitment):
    obligation = fields.Nested(ObligationSchema, required=True)
    promise = fields.Nested(PromiseDaysSchema, required=True, allow_none=True)
    records = fields.List(fields.Nested(ExplainedSchema), required=True)
    outside = fields.List(fields.Nested(ExplainedSchema), required=True)
