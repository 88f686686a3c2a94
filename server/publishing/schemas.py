"""Wire shapes of published periods."""

from marshmallow import fields, validate

from server.publishing.rules import FIGURES
from server.web.schemas import Instant, NamedSchema, Schema, one_of, text


class PublishSchema(Schema):
    """`region` is a six-digit code; needed of those who oversee several."""

    period = text(7, shortest=4)
    region = text(6, shortest=6, load_default=None, allow_none=True)


class PublishedPageSchema(Schema):
    page = fields.Integer(load_default=1, validate=validate.Range(1, 10_000, error="not_valid"))


def _rate() -> fields.String:
    return fields.String(required=True, allow_none=True)


class PublishedRatesSchema(Schema):
    confirmed_rate = _rate()
    reported_rate = _rate()
    on_time_rate = _rate()


class PublishedCategorySchema(Schema):
    category = fields.String(required=True)
    scope = one_of(["institution", "resident", "demand"])
    promised = fields.Integer(required=True)
    excused = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    confirmed_late = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    reported_excused = fields.Integer(required=True)


class HeadlineSchema(PublishedRatesSchema):
    agreements = fields.Integer(required=True)
    rated = fields.Integer(required=True)
    categories = fields.List(fields.Nested(PublishedCategorySchema), required=True)


class PublishedRegionSchema(Schema):
    code = fields.String(required=True)
    name = fields.String(required=True)


class PublishingProgressSchema(Schema):
    """How many agreements are frozen, of how many; 0 of 0 before it began."""

    frozen = fields.Integer(required=True)
    of = fields.Integer(required=True)


class PublishedHeadSchema(Schema):
    """`last` is the period's last day, `as_of` the day it was frozen, `digest` a SHA-256 in hex.

    Until it is published digest and headline are empty; `progress` is that of one under way (`pending`).
    """

    id = fields.UUID(required=True)
    region = fields.Nested(PublishedRegionSchema, required=True)
    period = fields.String(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    as_of = fields.Date(required=True)
    published_at = Instant(required=True)
    published_by = fields.String(required=True, allow_none=True)
    state = one_of(["pending", "published", "failed"])
    failure = one_of(["recomputing", "broken"], allow_none=True)
    progress = fields.Nested(PublishingProgressSchema, required=True, allow_none=True)
    digest = fields.String(required=True)
    headline = fields.Nested(HeadlineSchema, required=True)


class PublishedListSchema(Schema):
    published = fields.List(fields.Nested(PublishedHeadSchema), required=True)


class PublishedPartySchema(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    medical = fields.Nested(NamedSchema, required=True)
    care = fields.Nested(NamedSchema, required=True)


class PublishedAgreementSchema(Schema):
    """`changed`: at least one of its rows is adjusted."""

    agreement = fields.Nested(PublishedPartySchema, required=True)
    frozen = fields.Nested(PublishedRatesSchema, required=True)
    now = fields.Nested(PublishedRatesSchema, required=True)
    changed = fields.Boolean(required=True)


FrozenFiguresSchema = Schema.from_dict(
    {name: fields.Integer(required=True) for name in FIGURES}, name="FrozenFiguresSchema"
)


class PublishedTitleSchema(Schema):
    zh = fields.String(required=True)
    en = fields.String(required=True)


class AdjustmentSchema(Schema):
    """A row that stands otherwise now: of a commitment on demand, the requests of the whole period."""

    agreement = fields.Nested(PublishedPartySchema, required=True)
    commitment_id = fields.UUID(required=True)
    title = fields.Nested(PublishedTitleSchema, required=True)
    kind = one_of(["periodic", "once", "on_demand"])
    start = fields.Date(required=True)
    end = fields.Date(required=True)
    cause = one_of(["changed", "came_due", "gone", "new"])
    frozen = fields.Nested(FrozenFiguresSchema, required=True, allow_none=True)
    now = fields.Nested(FrozenFiguresSchema, required=True, allow_none=True)


class PublishedPeriodSchema(PublishedHeadSchema):
    """A page (`?page=`, from 1) of up to 200 agreements, those that changed first, and of 200 adjustments."""

    agreements = fields.List(fields.Nested(PublishedAgreementSchema), required=True)
    agreements_total = fields.Integer(required=True)
    adjustments = fields.List(fields.Nested(AdjustmentSchema), required=True)
    adjustments_total = fields.Integer(required=True)
