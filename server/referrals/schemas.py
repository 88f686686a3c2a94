"""Wire shapes of referrals: what phones say of them, and what they show."""

from marshmallow import fields

from server.rounds.schemas import form_number
from server.web.schemas import Instant, NamedSchema, Schema, one_of, text


class RequestSchema(Schema):
    """In a round `round_id` of the entry is the round's, and the request is a line of it; outside of rounds
    it is the entry's own id. `form` is judged by the service's form. `reading_id` is the urgent record that
    led to it, `from_id` the referral that this one sends back from, `demand_id` the call it answers."""

    institution_id = fields.UUID(required=True)
    subject_id = fields.UUID(required=True)
    service = text(80)
    receiver_id = fields.UUID(required=True, allow_none=True)
    form = fields.Dict(keys=fields.String(), required=True)
    form_version = form_number()
    unusual = fields.List(fields.String(), required=True)
    reading_id = fields.UUID(required=True, allow_none=True)
    from_id = fields.UUID(required=True, allow_none=True)
    demand_id = fields.UUID(required=True, allow_none=True)
    late_reason = text(40, allow_none=True, load_default=None)
    late_text = text(500, allow_none=True, load_default=None)


class StepSchema(Schema):
    """Departed or arrived. `round_id` of a step's entry is the referral's id."""

    referral_id = fields.UUID(required=True)
    text = text(500, allow_none=True)


class AcceptSchema(StepSchema):
    """Accepted, or with a `reason` declined."""

    reason = text(40, allow_none=True)


class CloseSchema(StepSchema):
    outcome = text(40)


class FamilySchema(StepSchema):
    """Who of the family was told."""

    name = text(40)
    relation = text(40, allow_none=True)


class ReferralStepSchema(Schema):
    """One thing that was said; `received_at` is when the server learnt of it."""

    id = fields.UUID(required=True)
    act = one_of(["accept", "decline", "depart", "arrive", "close", "family", "void"])
    at = Instant(required=True)
    received_at = Instant(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    relation = fields.String(required=True, allow_none=True)


class LedToSchema(Schema):
    """The urgent record that led to a referral."""

    service = fields.String(required=True)
    on = fields.Date(required=True)
    form = fields.Dict(required=True)
    urgent = fields.List(fields.String(), required=True)


class ReferredSchema(Schema):
    """The resident as the receiving hospital needs them; a regulator sees a masked name alone."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    bed = fields.String(required=True)
    sex = fields.String(required=True, allow_none=True)
    born = fields.Date(required=True, allow_none=True)


class ReferralSchema(Schema):
    """`asked_at` is when the receiver could know of it, `limit_at` the last moment for an answer in time
    (None: no agreement sets one); both by the server's clock. `receiver` is None for a hospital outside this
    product, which the form names. `counts` says whether it is a call on demand of the agreement."""

    id = fields.UUID(required=True)
    institution_id = fields.UUID(required=True)
    institution = fields.Nested(NamedSchema, required=True)
    sender = fields.Nested(NamedSchema, required=True)
    receiver = fields.Nested(NamedSchema, required=True, allow_none=True)
    subject = fields.Nested(ReferredSchema, required=True)
    service = fields.String(required=True)
    direction = one_of(["green_channel", "up", "down"])
    form = fields.Dict(required=True)
    reading = fields.Nested(LedToSchema, required=True, allow_none=True)
    from_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True)
    counts = fields.Boolean(required=True)
    requested_at = Instant(required=True)
    requested_by = fields.String(required=True)
    asked_at = Instant(required=True)
    answered_at = Instant(required=True, allow_none=True)
    limit_minutes = fields.Integer(required=True, allow_none=True)
    limit_at = Instant(required=True, allow_none=True)
    steps = fields.List(fields.Nested(ReferralStepSchema), required=True)


class HeldReferralsSchema(Schema):
    """All that a phone holds of referrals, in the place of what it held: those that go on, those that ended
    of late, and the hospitals one may send to."""

    rows = fields.List(fields.Nested(ReferralSchema), required=True)
    receivers = fields.List(fields.Nested(NamedSchema), required=True)


class ReferralFilterSchema(Schema):
    """`open`: 1 for those that go on, 0 for those that ended. `side`: `received` or `sent`."""

    open = one_of(["0", "1"], required=False)
    side = one_of(["sent", "received"], required=False)
    institution_id = fields.UUID()


class ReferralsSchema(Schema):
    """`now` is the server's clock, for running times; `total` counts what `referrals` shows the first of."""

    now = Instant(required=True)
    total = fields.Integer(required=True)
    referrals = fields.List(fields.Nested(ReferralSchema), required=True)
