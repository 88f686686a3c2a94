"""Wire shapes of the jobs."""

from marshmallow import fields

from server.web.schemas import Schema


class JobsHealthSchema(Schema):
    """`nightly_slot` is the local day of the last good nightly run."""

    drain_lag_seconds = fields.Integer(required=True)
    stale_streams = fields.Integer(required=True)
    stale_agreements = fields.Integer(required=True)
    drifts_24h = fields.Integer(required=True)
    nightly_slot = fields.String(required=True, allow_none=True)
