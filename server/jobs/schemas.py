"""Wire shapes of the jobs."""

from marshmallow import fields

from server.web.schemas import Schema, one_of


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
