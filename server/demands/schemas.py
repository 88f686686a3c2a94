"""Wire shapes of requests on demand."""

from marshmallow import fields

from server.web.schemas import Instant, NamedSchema, Schema, one_of, text


class AskSchema(Schema):
    """`id` is made by whoever asks: sent again after a lost reply, the request is still one."""

    id = fields.UUID(load_default=None)
    institution_id = fields.UUID(required=True)
    medical_id = fields.UUID(required=True)
    service = text(80)
    resident_id = fields.UUID(load_default=None, allow_none=True)
    note = text(500, shortest=0, load_default="")


class AnswerSchema(Schema):
    """`answered_at` is for the care institution's side alone: when they rang back."""

    answered_at = Instant(load_default=None, allow_none=True)


class DemandFilterSchema(Schema):
    """`open`: 1 for those that wait, 0 for those that are settled."""

    open = one_of(["0", "1"], required=False)
    institution_id = fields.UUID()
    medical_id = fields.UUID()
    service = text(80, required=False)


class DemandSubjectSchema(Schema):
    """A resident; for a regulator the name is masked and the bed empty."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    bed = fields.String(required=True)


class DemandSchema(Schema):
    """`stated`: the care institution said when the answer came; otherwise the server's clock did.

    `limit_minutes` is the strictest promise on the day of asking, None where none sets a limit.
    """

    id = fields.UUID(required=True)
    institution = fields.Nested(NamedSchema, required=True)
    medical = fields.Nested(NamedSchema, required=True)
    service = fields.String(required=True)
    subject = fields.Nested(DemandSubjectSchema, required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    asked_at = Instant(required=True)
    asked_by = fields.String(required=True)
    answered_at = Instant(required=True, allow_none=True)
    answered_by = fields.String(required=True, allow_none=True)
    stated = fields.Boolean(required=True)
    withdrawn_at = Instant(required=True, allow_none=True)
    limit_minutes = fields.Integer(required=True, allow_none=True)
    limit_at = Instant(required=True, allow_none=True)


class DemandsSchema(Schema):
    """`now` is the server's clock, for running times; `total` counts what `demands` shows the first of."""

    now = Instant(required=True)
    total = fields.Integer(required=True)
    demands = fields.List(fields.Nested(DemandSchema), required=True)


class DemandOptionSchema(Schema):
    """A service that one's institution may ask of a medical institution today."""

    institution = fields.Nested(NamedSchema, required=True)
    medical = fields.Nested(NamedSchema, required=True)
    service = fields.String(required=True)
    limit_minutes = fields.Integer(required=True, allow_none=True)


class DemandOptionsSchema(Schema):
    options = fields.List(fields.Nested(DemandOptionSchema), required=True)
