"""Wire shapes of kiosks."""

from marshmallow import fields, validate

from server.kiosks.rules import REVOKED_FOR
from server.web.schemas import Instant, NamedSchema, Schema, one_of, text


class InviteSchema(Schema):
    institution_id = fields.UUID(required=True)
    name = text(40)


class InvitationSchema(Schema):
    """`code` as `ABCD-2345`; it is shown this once."""

    code = fields.String(required=True)
    expires_at = Instant(required=True)


class PublicKeySchema(Schema):
    """A P-256 key as WebCrypto exports it. A private one (`d`) is refused as an unknown field."""

    kty = text(10)
    crv = text(10)
    x = text(60)
    y = text(60)
    ext = fields.Boolean()
    key_ops = fields.List(fields.String())


class EnrolSchema(Schema):
    code = text(40)
    public_key = fields.Nested(PublicKeySchema, required=True)
    device_name = text(400, shortest=0, load_default="")


class EnrolledSchema(Schema):
    kiosk = fields.Nested(NamedSchema, required=True)
    institution = fields.Nested(NamedSchema, required=True)
    server_time = Instant(required=True)


class HandshakeSchema(Schema):
    """`signature` is r||s in base64url over the text that docs/sync-protocol.md gives."""

    sent_at = text(40)
    nonce = text(80, load_default=None, allow_none=True)
    jumps = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, 2**31 - 1, error="out_of_range")
    )
    signature = text(100)


class CheckedInSchema(Schema):
    """Somebody who checked in at the kiosk; `title` is a category of certificates, null without one."""

    at = Instant(required=True)
    surname = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    grade = fields.String(required=True)


class HandshakeReplySchema(EnrolledSchema):
    recent = fields.List(fields.Nested(CheckedInSchema), required=True)
    revoked = fields.Boolean(required=True)


class KioskSchema(NamedSchema):
    """`jumps`: how often its clock was set, as it says; `last_seen_at`: its last handshake."""

    institution = fields.Nested(NamedSchema, required=True)
    device_name = fields.String(required=True)
    enrolled_at = Instant(required=True)
    last_seen_at = Instant(required=True)
    jumps = fields.Integer(required=True)
    revoked_at = Instant(required=True, allow_none=True)
    revoked_for = fields.String(required=True, allow_none=True)


class RevokeSchema(Schema):
    """Who does not say why is taken for one whose device may be in other hands."""

    reason = one_of(REVOKED_FOR, required=False, load_default="lost")


class KiosksSchema(Schema):
    kiosks = fields.List(fields.Nested(KioskSchema), required=True)
