"""Wire shapes of what is promised before anyone signs."""

from marshmallow import fields

from server.agreements.schemas import ClauseSchema, SuspensionSchema, TermSchema
from server.fulfilment.schemas import AgreementNameSchema, DaysSchema, PromisedSchema, YearSchema, figure
from server.web.schemas import Schema, meant_day, one_of, text


class DraftPromiseSchema(Schema):
    """A commitment as one drafts it; nothing but clause and terms decides what it promises."""

    key = text(80, load_default="draft")
    title_zh = text(120, load_default="-")
    title_en = text(120, load_default="-")
    clause = fields.Nested(ClauseSchema, required=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)


class DraftSchema(Schema):
    """A draft clause in its agreement; with `institution_id` (resident scope) it is read over the roster."""

    starts = meant_day()
    ends = meant_day()
    suspensions = fields.List(fields.Nested(SuspensionSchema), load_default=list)
    commitment = fields.Nested(DraftPromiseSchema, required=True)
    institution_id = fields.UUID(allow_none=True, load_default=None)


class PromisedWindowSchema(DaysSchema):
    deadline = fields.Date(required=True)
    promised = figure()


class RosterSchema(Schema):
    """`eligible` of the residents living there today are promised something; their stays go on."""

    eligible = figure()
    total = figure()
    years = fields.List(fields.Nested(YearSchema), required=True)


class PlainSchema(Schema):
    """The clause as one reads it: `count` per `every` `per`, `units` times, and `rest_days` of `rest_of`."""

    total = figure()
    per = fields.String(required=True)
    every = figure()
    count = fields.Integer(required=True, allow_none=True)
    units = figure()
    rest_days = figure()
    rest_of = figure()


class ProposalSchema(Schema):
    align = fields.String(required=True)
    total = figure()


class SurpriseSchema(Schema):
    code = one_of(["rounding_surprises"])
    promised = figure()
    plain = figure()
    proposal = fields.Nested(ProposalSchema, required=True, allow_none=True)


class PreviewSchema(Schema):
    """What a clause promises over its term, per stream: `windows` are the first 400 of `window_count`."""

    windows = fields.List(fields.Nested(PromisedWindowSchema), required=True)
    window_count = figure()
    years = fields.List(fields.Nested(YearSchema), required=True)
    total = figure()
    residents = fields.Nested(RosterSchema, required=True, allow_none=True)
    plain = fields.Nested(PlainSchema, required=True, allow_none=True)
    warning = fields.Nested(SurpriseSchema, required=True, allow_none=True)


class CommitmentPromisesSchema(PromisedSchema, PreviewSchema):
    pass


class PromisesSchema(Schema):
    agreement = fields.Nested(AgreementNameSchema, required=True)
    commitments = fields.List(fields.Nested(CommitmentPromisesSchema), required=True)
