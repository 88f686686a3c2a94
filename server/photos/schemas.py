"""Wire shapes of photos: the picture itself is the body."""

from marshmallow import fields

from server.web.schemas import Schema


class OfLineSchema(Schema):
    """The record that names the photo."""

    line_id = fields.UUID(required=True)
