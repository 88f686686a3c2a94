"""Wire shapes of residents. An identity number goes in and never comes out."""

from marshmallow import fields, validate

from server.residents.rules import CONDITIONS
from server.web.schemas import Instant, NamedSchema, Schema, meant_day, one_of, text


class NewConditionSchema(Schema):
    code = one_of(CONDITIONS)
    since = meant_day()


class ContactSchema(Schema):
    """Whom to call: the one number of a relative that is kept."""

    name = text(80)
    relation = text(40, shortest=0, load_default="")
    phone = text(40)


class NewResidentSchema(Schema):
    name = text(80)
    sex = one_of(["female", "male"])
    born = meant_day()
    bed = text(40, shortest=0, load_default="")
    moved_in = meant_day()
    identity_number = text(18, load_default=None, allow_none=True, load_only=True)
    conditions = fields.List(
        fields.Nested(NewConditionSchema),
        load_default=list,
        validate=validate.Length(max=20, error="wrong_number"),
    )
    consented_on = meant_day(load_default=None, allow_none=True)
    emergency_contact = fields.Nested(ContactSchema, load_default=None, allow_none=True)


class MoveInSchema(Schema):
    on = meant_day()
    bed = text(40, shortest=0, load_default=None, allow_none=True)


class MoveOutSchema(Schema):
    on = meant_day()
    reason = text(200)


class ConditionEndSchema(Schema):
    code = one_of(CONDITIONS)
    until = meant_day()


class StaySchema(Schema):
    starts = fields.Date(required=True, data_key="from")
    ends = fields.Date(required=True, allow_none=True, data_key="to")
    reason = fields.String(required=True, allow_none=True)


class ConditionSchema(Schema):
    code = fields.String(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, allow_none=True)


class ResidentSchema(NamedSchema):
    """`present`: lives there today. Of the identity number only whether one is on file."""

    institution_id = fields.UUID(required=True)
    sex = fields.String(required=True)
    born = fields.Date(required=True)
    bed = fields.String(required=True)
    present = fields.Boolean(required=True)
    identity_number_on_file = fields.Boolean(required=True)
    consented_on = fields.Date(required=True, allow_none=True)
    emergency_contact = fields.Nested(ContactSchema, required=True, allow_none=True)
    stays = fields.List(fields.Nested(StaySchema), required=True)
    conditions = fields.List(fields.Nested(ConditionSchema), required=True)


class ViewSchema(Schema):
    """A resident was looked at; `at` by the phone's clock, to the hour."""

    resident_id = fields.UUID(required=True)
    at = Instant(required=True)


class ViewsSchema(Schema):
    account_id = fields.UUID(required=True)
    views = fields.List(
        fields.Nested(ViewSchema), required=True, validate=validate.Length(max=500, error="too_long")
    )


class ResidentsSchema(Schema):
    residents = fields.List(fields.Nested(ResidentSchema), required=True)
