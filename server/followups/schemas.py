"""Wire shapes of follow-ups."""

from marshmallow import fields

from server.web.schemas import Instant, NamedSchema, Schema, one_of, text


class FollowUpDoneSchema(Schema):
    """Why no record closes a duty; `follow_up_id` is the duty's id."""

    institution_id = fields.UUID(required=True)
    follow_up_id = fields.UUID(required=True)
    reason = text(40)
    text = text(500, allow_none=True)


class FollowUpWordSchema(Schema):
    by = fields.String(required=True)
    at = Instant(required=True)
    reason = fields.String(required=True)
    text = fields.String(required=True, allow_none=True)


class FollowUpSchema(Schema):
    """A duty to see a resident again. `medical` owes it, `performer` took the reading; `record_id` is the
    line that made it and `service` that line's; `matter` is the quantity that any service may measure again,
    or else the service. Done without `closed_by_id` it has a word, or with `closed_on` the resident left on
    that day. For a regulator names are masked."""

    id = fields.UUID(required=True)
    record_id = fields.UUID(required=True)
    institution_id = fields.UUID(required=True)
    institution = fields.Nested(NamedSchema, required=True)
    medical = fields.Nested(NamedSchema, required=True)
    performer = fields.Nested(NamedSchema, required=True)
    subject_id = fields.UUID(required=True)
    subject_name = fields.String(required=True)
    bed = fields.String(required=True)
    service = fields.String(required=True)
    matter = fields.String(required=True)
    on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    urgent = fields.List(fields.String(), required=True)
    state = one_of(["open", "done", "void"])
    closed_on = fields.Date(required=True, allow_none=True)
    closed_by_id = fields.UUID(required=True, allow_none=True)
    word = fields.Nested(FollowUpWordSchema, required=True, allow_none=True)


class FollowUpFilterSchema(Schema):
    """`state`: `overdue` are the open ones whose day has passed. `counts_only`: nobody's name."""

    state = one_of(["open", "overdue", "done", "void"], required=False)
    institution_id = fields.UUID()
    medical_id = fields.UUID()
    counts_only = one_of(["1"], required=False)


class FollowUpsSchema(Schema):
    """The first hundred by the day they are due. `total` of this state, `open` and `overdue` of all."""

    today = fields.Date(required=True)
    total = fields.Integer(required=True)
    open = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    follow_ups = fields.List(fields.Nested(FollowUpSchema), required=True)
