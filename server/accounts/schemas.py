"""Wire shapes of signing in."""

from marshmallow import fields

from server.web.schemas import Instant, Schema, text


class SignInSchema(Schema):
    login = text(80)
    password = text(200, load_only=True)
    device_name = text(400, shortest=0, load_default="")


class MembershipSchema(Schema):
    organisation_id = fields.UUID(required=True)
    organisation_name = fields.String(required=True)
    organisation_kind = fields.String(required=True, attribute="kind")
    role = fields.String(required=True)


class MeSchema(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    login = fields.String(required=True)
    server_time = Instant(required=True)
    permissions = fields.List(fields.String(), required=True)
    memberships = fields.List(fields.Nested(MembershipSchema), required=True)


class SessionSchema(Schema):
    id = fields.UUID(required=True)
    device_name = fields.String(required=True)
    created_at = Instant(required=True)
    last_seen_at = Instant(required=True)
    current = fields.Boolean(required=True)


class SessionsSchema(Schema):
    sessions = fields.List(fields.Nested(SessionSchema), required=True)
