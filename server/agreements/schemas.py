"""Wire shapes of agreements. What a clause may say together is the engine's to judge."""

from marshmallow import fields, validate

from server.web.schemas import Instant, NamedSchema, Schema, meant_day, one_of, text

_COUNT = validate.Range(min=0, max=100_000, error="out_of_range")
_DAYS = validate.Range(min=0, max=366, error="out_of_range")


class EligibleSchema(Schema):
    min_age = fields.Integer(strict=True, validate=validate.Range(0, 150, error="out_of_range"))
    any_of = fields.List(text(80))


class ClauseSchema(Schema):
    """The fields of a commitment as fulfilment.md defines them, without `key` and `terms`."""

    kind = one_of(["periodic", "once", "on_demand"], required=False)
    services = fields.List(
        text(80), required=True, validate=validate.Length(min=1, max=59, error="wrong_number")
    )
    match = one_of(["any", "all"], required=False)
    min_minutes = fields.Integer(strict=True, validate=_COUNT)
    min_attendees = fields.Integer(strict=True, validate=_COUNT)
    scope = one_of(["institution", "resident"], required=False)
    per = one_of(["day", "week", "month", "quarter", "half_year", "year", "term"], required=False)
    every = fields.Integer(strict=True, validate=validate.Range(min=1, max=1000, error="out_of_range"))
    align = one_of(["calendar", "anniversary"], required=False)
    partial_ = one_of(["prorate", "full", "whole"], required=False, data_key="partial", attribute="partial")
    min_days = fields.Integer(strict=True, validate=_COUNT)
    min_gap_days = fields.Integer(strict=True, validate=_DAYS)
    makeup_days = fields.Integer(strict=True, validate=_DAYS)
    count_by = one_of(["day", "record"], required=False)
    eligible = fields.Nested(EligibleSchema)
    weight = fields.Float(validate=validate.Range(0, 1000, min_inclusive=False, error="out_of_range"))
    within_days = fields.Integer(strict=True, validate=_COUNT)
    respond_within_minutes = fields.Integer(strict=True, allow_none=True, validate=_COUNT)


class TermSchema(Schema):
    starts = fields.Date(required=True, data_key="from")
    count = fields.Integer(required=True, strict=True, validate=_COUNT)


class PromiseSchema(Schema):
    key = text(80)
    title_zh = text(120)
    title_en = text(120)
    clause = fields.Nested(ClauseSchema, required=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)


class SuspensionSchema(Schema):
    starts = fields.Date(required=True, data_key="from")
    ends = fields.Date(required=True, data_key="to")
    reason = text(200)


class NewAgreementSchema(Schema):
    number = text(80)
    medical_id = fields.UUID(required=True)
    institution_id = fields.UUID(required=True)
    starts = meant_day()
    ends = meant_day()
    service_mode = one_of(["visiting", "posted", "outpatient_post", "trusteeship"], required=False)
    commitments = fields.List(fields.Nested(PromiseSchema), load_default=list)
    suspensions = fields.List(fields.Nested(SuspensionSchema), load_default=list)


class AmendedTermSchema(TermSchema):
    commitment_id = fields.UUID(required=True)


class NewAmendmentSchema(Schema):
    """`given_on`: the day on which the other party was told; no term begins before it."""

    number = text(80, shortest=0, load_default="")
    given_on = fields.Date(required=True)
    terms = fields.List(fields.Nested(AmendedTermSchema), load_default=list)
    suspensions = fields.List(fields.Nested(SuspensionSchema), load_default=list)


class AmendmentActionSchema(Schema):
    action = one_of(["sign", "withdraw"])


class AmendmentSchema(Schema):
    """`since`: the first day that it touches. `mine`: proposed by the reader's only party; another signs."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    given_on = fields.Date(required=True)
    since = fields.Date(required=True)
    terms = fields.List(fields.Nested(AmendedTermSchema), required=True)
    suspensions = fields.List(fields.Nested(SuspensionSchema), required=True)
    state = one_of(["proposed", "signed", "withdrawn"])
    proposed_by = fields.Nested(NamedSchema, required=True)
    proposed_at = Instant(required=True)
    signed_on = fields.Date(required=True, allow_none=True)
    mine = fields.Boolean(required=True)


class AmendmentsSchema(Schema):
    """Newest first; beside them the days without service that hold, of original and amendments."""

    amendments = fields.List(fields.Nested(AmendmentSchema), required=True)
    suspensions = fields.List(fields.Nested(SuspensionSchema), required=True)
    may_write = fields.Boolean(required=True)


class ActionSchema(Schema):
    action = one_of(["sign", "activate", "terminate"])
    on = fields.Date(required=True)


class AgreementSchema(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    medical = fields.Nested(NamedSchema, required=True)
    care = fields.Nested(NamedSchema, required=True)
    state = one_of(["draft", "signed", "active", "expired", "terminated"])
    signed_on = fields.Date(required=True, allow_none=True)
    starts = fields.Date(required=True)
    ends = fields.Date(required=True)
    last_day = fields.Date(required=True)
    service_mode = fields.String(required=True)
