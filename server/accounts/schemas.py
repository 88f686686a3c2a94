"""Wire shapes of signing in, and of the people one manages."""

from marshmallow import fields, validate

from server.accounts.rules import CATEGORIES
from server.auth.roles import Role
from server.web.schemas import Instant, Schema, one_of, text


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


class GrantSchema(Schema):
    organisation_id = fields.UUID(required=True)
    role = one_of([role.value for role in Role])


class CertificateSchema(Schema):
    number = text(40)
    category = one_of(CATEGORIES)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)


class NewAccountSchema(Schema):
    login = text(80)
    name = text(80)
    password = text(200, load_only=True)
    memberships = fields.List(
        fields.Nested(GrantSchema),
        required=True,
        validate=validate.Length(min=1, max=20, error="wrong_number"),
    )
    certificate = fields.Nested(CertificateSchema, load_default=None, allow_none=True)


class AccountSchema(Schema):
    """`memberships` are those held now in organisations that the reader manages."""

    id = fields.UUID(required=True)
    login = fields.String(required=True)
    name = fields.String(required=True)
    memberships = fields.List(fields.Nested(MembershipSchema), required=True)
    certificate_valid_until = fields.Date(required=True, allow_none=True)
    disabled = fields.Boolean(required=True)


class AccountsAskedSchema(Schema):
    """`after`: the answer's `next`, for the page that follows."""

    after = text(80, load_default=None)


class AccountsSchema(Schema):
    """By login; `next` continues after the last one, null at the end."""

    accounts = fields.List(fields.Nested(AccountSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class NewPasswordSchema(Schema):
    password = text(200, load_only=True)


class OwnPasswordSchema(Schema):
    old = text(200, load_only=True)
    new = text(200, load_only=True)
