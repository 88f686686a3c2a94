"""Wire shapes of confirming and disputing, and of a line with all that was said of it."""

from marshmallow import fields, validate

from server.rounds.schemas import LineSchema, RoundSchema, VersionSchema
from server.web.schemas import Instant, Schema, text

_SOME = validate.Length(min=1, max=500, error="wrong_number")


class SeenSchema(Schema):
    """A line at the version that was on the screen."""

    line_id = fields.UUID(required=True)
    version = fields.Integer(required=True, strict=True)


class ConfirmSchema(Schema):
    lines = fields.List(fields.Nested(SeenSchema), required=True, validate=_SOME)


class DisputeSchema(ConfirmSchema):
    reason = text(40)
    text = text(500, allow_none=True)


class RoundPageSchema(Schema):
    round = fields.Nested(RoundSchema, required=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)


class HistorySchema(Schema):
    at = Instant(required=True)
    by = fields.String(required=True)
    act = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class LinePageSchema(Schema):
    line = fields.Nested(LineSchema, required=True)
    round = fields.Nested(RoundSchema, required=True)
    versions = fields.List(fields.Nested(VersionSchema), required=True)
    history = fields.List(fields.Nested(HistorySchema), required=True)
