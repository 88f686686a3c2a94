"""Wire shapes of the trail."""

from marshmallow import ValidationError, fields

from server.audit.tags import Tag
from server.web.schemas import Instant, NamedSchema, Schema, meant_day, text


def _known(tag: str) -> None:
    """Not as a list in the description of the interface: a new kind of act would change everybody's types."""
    if tag not in set(Tag):
        raise ValidationError("unknown_choice")


class TrailAskedSchema(Schema):
    """Filters; `day` is local. `before`, the last entry of the page before, asks for the next page."""

    tag = fields.String(load_default=None, validate=_known)
    actor = fields.UUID(load_default=None)
    subject = fields.UUID(load_default=None)
    day = meant_day(load_default=None)
    before = fields.UUID(load_default=None)


class TrailEntrySchema(Schema):
    """`seq` and `digest` (hex) are its place in the chain of `organisation_id`, null until it is sealed.

    `person` is the name of the account that it was done to, or that signed in, of acts on accounts.
    """

    id = fields.UUID(required=True)
    at = Instant(required=True)
    tag = fields.String(required=True)
    actor = fields.Nested(NamedSchema, required=True, allow_none=True)
    session_id = fields.UUID(required=True, allow_none=True)
    organisation_id = fields.UUID(required=True)
    other = fields.Nested(NamedSchema, required=True, allow_none=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    person = fields.String(required=True, allow_none=True)
    details = fields.Dict(required=True)
    sealed = fields.Boolean(required=True)
    seq = fields.Integer(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)


class TrailSchema(Schema):
    """Newest first; `more` tells that there are older ones."""

    entries = fields.List(fields.Nested(TrailEntrySchema), required=True)
    more = fields.Boolean(required=True)


class PeopleSchema(Schema):
    """By name."""

    people = fields.List(fields.Nested(NamedSchema), required=True)


class RecipientSchema(Schema):
    """An address that gets the heads that concern an organisation, every night."""

    address = text(200)


class ListedRecipientSchema(Schema):
    """`sent` is the last night whose heads it got."""

    organisation = fields.Nested(NamedSchema, required=True)
    address = fields.String(required=True)
    sent = fields.Date(required=True, allow_none=True)


class RecipientsSchema(Schema):
    """One's organisations, and the addresses of all of them; each has `most` at most."""

    organisations = fields.List(fields.Nested(NamedSchema), required=True)
    recipients = fields.List(fields.Nested(ListedRecipientSchema), required=True)
    most = fields.Integer(required=True)
