"""Wire shape of a poster."""

from marshmallow import fields

from server.web.schemas import Instant, NamedSchema, Schema


class PosterSchema(Schema):
    """What is printed: `url` as the QR says it, `svg` the QR itself."""

    institution = fields.Nested(NamedSchema, required=True)
    address = fields.String(required=True)
    version = fields.Integer(required=True)
    short_code = fields.String(required=True)
    url = fields.String(required=True)
    svg = fields.String(required=True)
    issued_at = Instant(required=True)


class CurrentPosterSchema(Schema):
    version = fields.Integer(required=True)
    short_code = fields.String(required=True)


class InstitutionSchema(NamedSchema):
    address = fields.String(required=True)
    town = fields.String(required=True)
    poster = fields.Nested(CurrentPosterSchema, required=True, allow_none=True)


class InstitutionsSchema(Schema):
    institutions = fields.List(fields.Nested(InstitutionSchema), required=True)
