"""Wire shapes of the jobs, and of the chains that they seal and check."""

from marshmallow import fields

from server.web.schemas import Instant, NamedSchema, Schema, one_of


class JobsHealthSchema(Schema):
    """`nightly_slot` is the local day of the last good nightly run; `digest_mail` how the last one went."""

    drain_lag_seconds = fields.Integer(required=True)
    stale_streams = fields.Integer(required=True)
    stale_agreements = fields.Integer(required=True)
    drifts_24h = fields.Integer(required=True)
    failing_agreements = fields.Integer(required=True)
    nightly_slot = fields.String(required=True, allow_none=True)
    seal_lag_seconds = fields.Integer(required=True)
    digest_mail = one_of(["sent", "not_set_up", "failed", "under_way"], allow_none=True)
    broken_chains = fields.Integer(required=True)


class HeadSchema(Schema):
    """Where a chain ended as a day was over, and when the sheet of that day was mailed."""

    day = fields.Date(required=True)
    seq = fields.Integer(required=True)
    digest = fields.String(required=True)
    mailed_at = Instant(required=True, allow_none=True)


class CheckSchema(Schema):
    """The last check of the whole chain; `broken_at` numbers the first link that does not hold."""

    at = Instant(required=True)
    broken_at = fields.Integer(required=True, allow_none=True)
    differs = fields.String(required=True, allow_none=True)


class ChainSchema(Schema):
    """`seq` and `digest` (hex) are its end now, 0 and null before anything was sealed."""

    organisation = fields.Nested(NamedSchema, required=True)
    seq = fields.Integer(required=True)
    digest = fields.String(required=True, allow_none=True)
    head = fields.Nested(HeadSchema, required=True, allow_none=True)
    check = fields.Nested(CheckSchema, required=True, allow_none=True)


class ChainsSchema(Schema):
    chains = fields.List(fields.Nested(ChainSchema), required=True)
