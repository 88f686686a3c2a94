"""Wire shapes of the calendar's link."""

from marshmallow import fields

from server.web.messages import LANGUAGES
from server.web.schemas import Instant, Schema, one_of


class NewLinkSchema(Schema):
    language = one_of(LANGUAGES)


class LinkSchema(Schema):
    made_at = Instant(required=True)
    last_used_at = Instant(required=True, allow_none=True)


class LinkOrNoneSchema(Schema):
    link = fields.Nested(LinkSchema, required=True, allow_none=True)


class MadeLinkSchema(LinkSchema):
    """`path` is where the calendar is, on the address of this server; it is told this once."""

    path = fields.String(required=True)
