"""Wire shapes of organisations and of where they are."""

from marshmallow import ValidationError, fields, validate

from server.auth.roles import OrganisationKind
from server.organisations.rules import DATUMS, FENCE_M, region_error
from server.web.schemas import NamedSchema, Schema, one_of, text

_FENCE = validate.Range(*FENCE_M, error="out_of_range")


class PointSchema(Schema):
    """Degrees as they were entered: WGS-84 from a browser, GCJ-02 or BD-09 from a Chinese map."""

    latitude = fields.Float(required=True, validate=validate.Range(-90, 90, error="out_of_range"))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180, error="out_of_range"))
    datum = one_of(DATUMS)


class PlacingSchema(PointSchema):
    """`accuracy_m` where a device on site measured the point, null where it was read from a map."""

    accuracy_m = fields.Float(
        load_default=None, allow_none=True, validate=validate.Range(0, 100_000, error="out_of_range")
    )
    fence_m = fields.Integer(required=True, strict=True, validate=_FENCE)


class NewOrganisationSchema(Schema):
    kind = one_of([kind.value for kind in OrganisationKind])
    name = text(120)
    region = text(6)
    town = text(80, shortest=0, load_default="")
    address = text(200, shortest=0, load_default="")
    location = fields.Nested(PointSchema, load_default=None, allow_none=True)
    fence_m = fields.Integer(load_default=200, strict=True, validate=_FENCE)
    uscc = text(40, load_default=None, allow_none=True)


class WarningSchema(Schema):
    """Something doubtful that was kept: `path` as in errors."""

    path = fields.String(required=True)
    code = fields.String(required=True)


class OrganisationSchema(NamedSchema):
    kind = fields.String(required=True)
    region = fields.String(required=True)
    town = fields.String(required=True)
    address = fields.String(required=True)
    location = fields.Nested(PointSchema, required=True, allow_none=True)
    fence_m = fields.Integer(required=True)
    uscc = fields.String(required=True, allow_none=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True)


class OrganisationsSchema(Schema):
    organisations = fields.List(fields.Nested(OrganisationSchema), required=True)


def _region(code: str) -> None:
    if problem := region_error(code):
        raise ValidationError(problem)


class RegionSchema(Schema):
    """A GB/T 2260 code, of a province (330000), a city (330100) or a county (330102), with its names."""

    code = fields.String(required=True, validate=_region)
    name_zh = text(80)
    name_en = text(120, shortest=0, load_default="")
