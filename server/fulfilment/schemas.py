"""Wire shapes of fulfilment. Rates are texts with four decimals, truncated; None where nothing is asked."""

from marshmallow import fields

from server.agreements.schemas import AgreementSchema, EligibleSchema, SuspensionSchema
from server.rounds.schemas import LineSchema, RoundSchema
from server.web.schemas import NamedSchema, Schema, one_of

_STATUSES = ["met", "partial", "missed", "open", "excused"]


def _rate() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _figure() -> fields.Integer:
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

    rated = _figure()
    of = _figure()
    worst = fields.Nested(WorstSchema, required=True, allow_none=True)


class AgreementsSchema(Schema):
    as_of = fields.Date(required=True)
    agreements = fields.List(fields.Nested(AgreementSummarySchema), required=True)


class MonthSchema(Schema):
    """Due windows by the month of their end."""

    month = fields.String(required=True)
    promised = _figure()
    confirmed = _figure()
    reported = _figure()
    excused = _figure()


class OpenSchema(Schema):
    promised = _figure()
    confirmed = _figure()
    reported = _figure()
    excused = _figure()


class CommitmentFulfilmentSchema(RatesSchema):
    id = fields.UUID(required=True)
    key = fields.String(required=True)
    title = fields.Nested(TitleSchema, required=True)
    services = fields.List(fields.String(), required=True)
    match = fields.String(required=True)
    scope = fields.String(required=True)
    kind = fields.String(required=True)
    per = fields.String(required=True, allow_none=True)
    every = fields.Integer(required=True)
    align = fields.String(required=True)
    count = fields.Integer(required=True)
    min_gap_days = fields.Integer(required=True)
    makeup_days = fields.Integer(required=True)
    eligible = fields.Nested(EligibleSchema, required=True)
    weight = fields.String(required=True)
    due_promised = _figure()
    due_confirmed = _figure()
    due_confirmed_late = _figure()
    due_confirmed_excused = _figure()
    due_reported = _figure()
    due_reported_excused = _figure()
    open = fields.Nested(OpenSchema, required=True)
    months = fields.List(fields.Nested(MonthSchema), required=True)


class GradesSchema(Schema):
    A = _figure()
    B = _figure()
    C = _figure()
    D = _figure()


class AgreementFulfilmentSchema(AgreementSummarySchema):
    as_of = fields.Date(required=True)
    suspensions = fields.List(fields.Nested(SuspensionSchema), required=True)
    commitments = fields.List(fields.Nested(CommitmentFulfilmentSchema), required=True)
    grades = fields.Nested(GradesSchema, required=True)
    rounds_total = _figure()


class AgreementNameSchema(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    medical = fields.Nested(NamedSchema, required=True)
    care = fields.Nested(NamedSchema, required=True)


class StatusesSchema(Schema):
    met = _figure()
    partial_ = fields.Integer(required=True, data_key="partial", attribute="partial")
    missed = _figure()
    open = _figure()
    excused = _figure()


class WindowSummarySchema(Schema):
    """One window of a commitment, summed over its subjects."""

    start = fields.Date(required=True)
    end = fields.Date(required=True)
    deadline = fields.Date(required=True)
    due = fields.Boolean(required=True)
    promised = _figure()
    confirmed = _figure()
    confirmed_late = _figure()
    confirmed_excused = _figure()
    reported = _figure()
    reported_excused = _figure()
    subjects = _figure()
    statuses = fields.Nested(StatusesSchema, required=True)


class _InCommitment(Schema):
    as_of = fields.Date(required=True)
    agreement = fields.Nested(AgreementNameSchema, required=True)
    commitment = fields.Nested(CommitmentFulfilmentSchema, required=True)


class WindowsSchema(_InCommitment):
    windows = fields.List(fields.Nested(WindowSummarySchema), required=True)


class SubjectSchema(NamedSchema):
    bed = fields.String(required=True)


class ObligationSchema(Schema):
    id = fields.UUID(required=True)
    subject = fields.Nested(SubjectSchema, required=True, allow_none=True)
    start = fields.Date(required=True)
    end = fields.Date(required=True)
    deadline = fields.Date(required=True)
    due = fields.Boolean(required=True)
    status = one_of(_STATUSES)
    promised = _figure()
    confirmed = _figure()
    confirmed_late = _figure()
    confirmed_surplus = _figure()
    confirmed_excused = _figure()
    reported = _figure()
    reported_late = _figure()
    reported_surplus = _figure()
    reported_excused = _figure()


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
    count = _figure()
    days = _figure()


class PromiseDaysSchema(Schema):
    """The days of a whole period, each in one class, and the parts of the formula over them.

    `not_eligible` is `too_young` and `without_condition`; `counts` says how many days promise how much.
    """

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    days = _figure()
    promising = _figure()
    not_in_force = _figure()
    suspended = _figure()
    not_living_here = _figure()
    not_eligible = _figure()
    too_young = _figure()
    without_condition = _figure()
    nothing_promised = _figure()
    sum = _figure()
    length = _figure()
    partial_ = one_of(["prorate", "full", "whole", "once"], data_key="partial", attribute="partial")
    min_days = _figure()
    most = _figure()
    least = _figure()
    promised = _figure()
    counts = fields.List(fields.Nested(CountSchema), required=True)


class ObligationPageSchema(_InCommitment):
    obligation = fields.Nested(ObligationSchema, required=True)
    promise = fields.Nested(PromiseDaysSchema, required=True, allow_none=True)
    records = fields.List(fields.Nested(ExplainedSchema), required=True)
    outside = fields.List(fields.Nested(ExplainedSchema), required=True)
