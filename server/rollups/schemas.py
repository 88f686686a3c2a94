"""Wire shapes of the dashboard. Rates: four decimals, truncated; None where nothing is asked."""

from marshmallow import fields

from server.fulfilment.schemas import TitleSchema
from server.web.schemas import Instant, NamedSchema, Schema, meant_day, one_of, text

_LEVELS = ["all", "province", "city", "county", "town", "institution"]


def _rate() -> fields.String:
    return fields.String(required=True, allow_none=True)


def _figure() -> fields.Integer:
    return fields.Integer(required=True)


class PlaceQuerySchema(Schema):
    """All optional: where the actor starts."""

    within = text(6, load_default=None)
    town = text(80, load_default=None)
    institution_id = fields.UUID(load_default=None)


class PastDaySchema(PlaceQuerySchema):
    as_of = fields.Date(required=True)


class PastDayProgressSchema(Schema):
    """How many agreements of the place are computed, of how many."""

    as_of = fields.Date(required=True)
    agreements = _figure()
    made = _figure()


class StandingQuerySchema(PlaceQuerySchema):
    """All optional: the current year, where the actor starts, as of today."""

    period = text(7, load_default=None)
    as_of = meant_day(load_default=None)


class PeriodSchema(Schema):
    key = fields.String(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)


class StepSchema(Schema):
    """`key` asks for it: a six-digit code, a town's name or an id; empty for everything in reach."""

    level = one_of(_LEVELS)
    key = fields.String(required=True)
    name = fields.String(required=True)


class PlaceSchema(StepSchema):
    """`path`: from the widest in the actor's reach down to the place itself."""

    path = fields.List(fields.Nested(StepSchema), required=True)


class WorstCommitmentSchema(Schema):
    """The commitment with the lowest rate."""

    agreement_id = fields.UUID(required=True)
    commitment_id = fields.UUID(required=True)
    title = fields.Nested(TitleSchema, required=True)
    confirmed_rate = _rate()
    medical = fields.Nested(NamedSchema, required=True)
    care = fields.Nested(NamedSchema, required=True)


class MeansSchema(Schema):
    """Means of the rates of `rated` of the `agreements` that touch the period."""

    agreements = _figure()
    rated = _figure()
    confirmed_rate = _rate()
    reported_rate = _rate()
    on_time_rate = _rate()
    worst = fields.Nested(WorstCommitmentSchema, required=True, allow_none=True)


class CategoryCountsSchema(Schema):
    """Pooled counts of due windows, or of due requests. Shares are of what was promised and not excused."""

    category = fields.String(required=True)
    name = fields.Nested(TitleSchema, required=True)
    scope = one_of(["institution", "resident", "demand"])
    promised = _figure()
    excused = _figure()
    confirmed = _figure()
    confirmed_late = _figure()
    reported = _figure()
    reported_excused = _figure()
    share = _rate()
    reported_share = _rate()


class GroupSchema(MeansSchema):
    """`key` is what the next request takes: within, town or institution_id; or the agreement's id."""

    level = one_of(["county", "town", "institution", "agreement"])
    key = fields.String(required=True)
    name = fields.String(required=True)


class TrendSchema(Schema):
    period = fields.String(required=True)
    agreements = _figure()
    rated = _figure()
    confirmed_rate = _rate()
    reported_rate = _rate()


class StandingSchema(MeansSchema):
    """`computed_at`: when the worker computed a past day of many agreements, with what was known then;
    `left_out` is how many of them it could not. None and 0 of what is computed now."""

    as_of = fields.Date(required=True)
    period = fields.Nested(PeriodSchema, required=True)
    periods = fields.List(fields.String(), required=True)
    place = fields.Nested(PlaceSchema, required=True)
    recomputing = _figure()
    computed_at = Instant(required=True, allow_none=True)
    left_out = _figure()
    categories = fields.List(fields.Nested(CategoryCountsSchema), required=True)
    groups = fields.List(fields.Nested(GroupSchema), required=True)
    trend = fields.List(fields.Nested(TrendSchema), required=True)
