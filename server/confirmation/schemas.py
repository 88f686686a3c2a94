"""Wire shapes of confirming, disputing, answering and ruling, and of a line with all that was said of it."""

from marshmallow import fields, validate

from server.confirmation.rules import VERDICTS
from server.rounds.schemas import LineSchema, RoundSchema, RulingViewSchema, VersionSchema
from server.web.schemas import Instant, NamedSchema, Schema, one_of, text

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


class AnswerSchema(SeenSchema):
    """The clinician upholds a line that was disputed."""

    reason = text(40)
    text = text(500, allow_none=True)


class RoundPageSchema(Schema):
    round = fields.Nested(RoundSchema, required=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)


class HistorySchema(Schema):
    at = Instant(required=True)
    by = fields.String(required=True)
    act = one_of(["confirm", "dispute", "uphold"])
    reason = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class LinePageSchema(Schema):
    """`form`: the definition of the form that the line filled in, for the words of its fields; None where the
    service has none, and for those who are not sent what was filled in."""

    line = fields.Nested(LineSchema, required=True)
    round = fields.Nested(RoundSchema, required=True)
    versions = fields.List(fields.Nested(VersionSchema), required=True)
    history = fields.List(fields.Nested(HistorySchema), required=True)
    rulings = fields.List(fields.Nested(RulingViewSchema), required=True)
    form = fields.Dict(required=True, allow_none=True)


class DisputesQuerySchema(Schema):
    """`open`: 1 for those that wait for somebody, 0 for those that were ruled on."""

    open = one_of(["0", "1"], load_default="1", required=False)


class CaseSchema(Schema):
    """A disputed line. `awaits`: who has the next word, None where it is settled. `may_rule`: whether the
    actor has a say now; `why_not` is the code of why not."""

    line = fields.Nested(LineSchema, required=True)
    institution = fields.Nested(NamedSchema, required=True)
    medical = fields.Nested(NamedSchema, required=True)
    awaits = one_of(["clinician", "managers", "regulator"], allow_none=True)
    may_rule = fields.Boolean(required=True)
    why_not = fields.String(required=True, allow_none=True)


class CasesSchema(Schema):
    """`total` counts what `cases` shows the first of."""

    now = Instant(required=True)
    total = fields.Integer(required=True)
    cases = fields.List(fields.Nested(CaseSchema), required=True)


class RuleSchema(Schema):
    """A ruling on a disputed line at the version seen; who rules says why."""

    version = fields.Integer(required=True, strict=True)
    verdict = one_of(VERDICTS)
    text = text(500)
