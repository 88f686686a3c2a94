"""Wire shapes of the working set."""

from marshmallow import fields

from server.checkin.schemas import CurrentPosterSchema
from server.followups.schemas import FollowUpSchema
from server.fulfilment.schemas import TitleSchema
from server.referrals.schemas import HeldReferralsSchema
from server.rounds.schemas import LineSchema, RoundSchema
from server.web.schemas import Instant, NamedSchema, Schema, one_of


class LocationSchema(Schema):
    latitude = fields.Float(required=True)
    longitude = fields.Float(required=True)
    datum = fields.String(required=True)


class VisitClauseSchema(Schema):
    """A clause on visits to the institution itself."""

    id = fields.UUID(required=True)
    title = fields.Nested(TitleSchema, required=True)


class ServedUnderSchema(Schema):
    """An agreement in force, or that ended within 30 days.

    `rounds`: the days of the medical institution's latest rounds here, the latest first; `visits`: the
    clauses that promise them; `answers`: within how many minutes it promises to answer a call, by service.
    """

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    medical = fields.Nested(NamedSchema, required=True)
    starts = fields.Date(required=True)
    last_day = fields.Date(required=True)
    rounds = fields.List(fields.Date(), required=True)
    visits = fields.List(fields.Nested(VisitClauseSchema), required=True)
    answers = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class KeySchema(Schema):
    id = fields.String(required=True)
    jwk = fields.Dict(required=True)


class CountyTargetSchema(Schema):
    """What the institution's county put in the place of a policy's target; without a value, nothing again."""

    region = fields.String(required=True)
    policy = fields.String(required=True)
    target = fields.String(required=True)
    starts = fields.Date(required=True)
    value = fields.Raw(required=True, allow_none=True)


class HeldInstitutionSchema(NamedSchema):
    institution_id = fields.UUID(required=True)
    address = fields.String(required=True)
    location = fields.Nested(LocationSchema, required=True, allow_none=True)
    fence_m = fields.Integer(required=True)
    timezone = fields.String(required=True)
    poster = fields.Nested(CurrentPosterSchema, required=True, allow_none=True)
    kiosks = fields.List(fields.Nested(KeySchema), required=True)
    agreements = fields.List(fields.Nested(ServedUnderSchema), required=True)
    targets = fields.List(fields.Nested(CountyTargetSchema), required=True)
    last_round_on = fields.Date(required=True, allow_none=True)


class MeasuredSchema(Schema):
    on = fields.Date(required=True)
    form = fields.Dict(required=True)


class LastReadingSchema(MeasuredSchema):
    """The last reading, what it meant, and the two before it, the latest first."""

    made_at = Instant(required=True)
    assessment = fields.Dict(required=True, allow_none=True)
    earlier = fields.List(fields.Nested(MeasuredSchema), required=True)


class HeldResidentSchema(NamedSchema):
    """The minimum a round needs: no identity number, no phone number of a relative."""

    institution_id = fields.UUID(required=True)
    sex = fields.String(required=True)
    born = fields.Date(required=True)
    bed = fields.String(required=True)
    search = fields.String(required=True)
    conditions = fields.List(fields.String(), required=True)
    last = fields.Dict(keys=fields.String(), values=fields.Nested(LastReadingSchema), required=True)
    stay_from = fields.Date(required=True)
    stay_to = fields.Date(required=True, allow_none=True)


class OwedSchema(Schema):
    """One window with something still to be done, for a resident or (`subject_id` None) the institution."""

    id = fields.UUID(required=True)
    institution_id = fields.UUID(required=True)
    agreement_id = fields.UUID(required=True)
    commitment_id = fields.UUID(required=True)
    commitment_key = fields.String(required=True)
    services = fields.List(fields.String(), required=True)
    match = fields.String(required=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    start = fields.Date(required=True)
    end = fields.Date(required=True)
    deadline = fields.Date(required=True)
    promised = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    excused = fields.Integer(required=True)
    need = fields.Integer(required=True)
    min_gap_days = fields.Integer(required=True)
    count_by = one_of(["day", "record"])
    min_minutes = fields.Integer(required=True)
    min_attendees = fields.Integer(required=True)
    last_counted_on = fields.Date(required=True, allow_none=True)


class ServiceSchema(Schema):
    code = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    category = fields.String(required=True)
    recipient = fields.String(required=True)
    form = fields.String(required=True, allow_none=True)


class CategorySchema(Schema):
    code = fields.String(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)


class ReasonSchema(Schema):
    code = fields.String(required=True)
    neutral = fields.Boolean(required=True)


class ReferenceSchema(Schema):
    version = fields.String(required=True)
    services = fields.List(fields.Nested(ServiceSchema), required=True)
    categories = fields.List(fields.Nested(CategorySchema), required=True)
    forms = fields.List(fields.Dict(), required=True)
    policies = fields.List(fields.Dict(), required=True)
    keys = fields.List(fields.Nested(KeySchema), required=True)
    sealing = fields.Nested(KeySchema, required=True)
    reasons = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(ReasonSchema)), required=True
    )


class RemovalsSchema(Schema):
    residents = fields.List(fields.UUID(), required=True)
    owed = fields.List(fields.UUID(), required=True)
    rounds = fields.List(fields.UUID(), required=True)
    lines = fields.List(fields.UUID(), required=True)
    followups = fields.List(fields.UUID(), required=True)


class WorkingSetQuerySchema(Schema):
    """`institutions`: ids with commas between them, where a phone is to hold these only."""

    cursor = fields.String(load_default=None)
    institutions = fields.String(load_default=None)


class WorkingSetSchema(Schema):
    protocol = fields.Integer(required=True)
    server_time = Instant(required=True)
    cursor = fields.String(required=True)
    more = fields.Boolean(required=True)
    reference = fields.Nested(ReferenceSchema, required=True, allow_none=True)
    snapshots = fields.List(fields.UUID(), required=True)
    forget = fields.List(fields.UUID(), required=True)
    institutions = fields.List(fields.Nested(HeldInstitutionSchema), required=True)
    residents = fields.List(fields.Nested(HeldResidentSchema), required=True)
    owed = fields.List(fields.Nested(OwedSchema), required=True)
    rounds = fields.List(fields.Nested(RoundSchema), required=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)
    followups = fields.List(fields.Nested(FollowUpSchema), required=True)
    referrals = fields.Nested(HeldReferralsSchema, required=True, allow_none=True)
    removals = fields.Nested(RemovalsSchema, required=True)
