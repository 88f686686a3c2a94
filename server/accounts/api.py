"""Routes of signing in, of a person's own sessions and password, and of the people one manages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, request, session as cookie
from flask_login import login_user, logout_user
from flask_smorest import Blueprint

from server import clock
from server.accounts import queries, service
from server.accounts.models import Account, Clinician
from server.accounts.schemas import (
    AccountsAskedSchema,
    AccountSchema,
    AccountsSchema,
    CertificateSchema,
    GrantSchema,
    MeSchema,
    NewAccountSchema,
    NewPasswordSchema,
    OwnPasswordSchema,
    SessionsSchema,
    SignInSchema,
)
from server.accounts.signin import SignedIn
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission, Role
from server.db import db
from server.errors import Refusal
from server.web.application import application
from server.web.errors import refused

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1")


@blueprint.post("/session")
@requires(Permission.PUBLIC)
@blueprint.arguments(SignInSchema)
@blueprint.response(200, MeSchema)
def sign_in(payload: dict[str, Any]) -> dict[str, Any] | Response:
    app, now = application(), clock.now()
    credentials = service.Credentials(
        payload["login"], payload["password"], request.remote_addr or "", payload["device_name"][:80]
    )
    opened = service.sign_in(db.session(), credentials, timedelta(days=app.settings.session_days), now)
    if isinstance(opened, Refusal):
        return refused(opened)
    actor = queries.actor_of(db.session(), opened.account, opened.id, app.reach, now)
    cookie.permanent = True
    login_user(SignedIn(actor))
    return _me(actor)


@blueprint.get("/session")
@requires(Permission.SIGNED_IN)
@blueprint.response(200, MeSchema)
def me(actor: Actor) -> dict[str, Any]:
    return _me(actor)


@blueprint.delete("/session")
@requires(Permission.SIGNED_IN)
@blueprint.response(204)
def sign_out(actor: Actor) -> None:
    service.revoke_session(db.session(), actor, actor.session_id, clock.now())
    logout_user()


@blueprint.get("/sessions")
@requires(Permission.SIGNED_IN)
@blueprint.response(200, SessionsSchema)
def sessions(actor: Actor) -> dict[str, Any]:
    live = queries.live_sessions(db.session(), actor, clock.now())
    return {
        "sessions": [
            {
                "id": row.id,
                "device_name": row.device_name,
                "created_at": row.created_at,
                "last_seen_at": row.last_seen_at,
                "current": row.id == actor.session_id,
            }
            for row in live
        ]
    }


@blueprint.delete("/sessions/<uuid:session_id>")
@requires(Permission.SIGNED_IN)
@blueprint.response(204)
def revoke(actor: Actor, session_id: UUID) -> None:
    service.revoke_session(db.session(), actor, session_id, clock.now())


@blueprint.post("/session/password")
@requires(Permission.SIGNED_IN)
@blueprint.arguments(OwnPasswordSchema)
@blueprint.response(204)
def change_password(actor: Actor, payload: dict[str, Any]) -> Response | None:
    refusal = service.change_password(db.session(), actor, payload["old"], payload["new"], clock.now())
    return refused(refusal) if refusal else None


@blueprint.get("/accounts")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.arguments(AccountsAskedSchema, location="query")
@blueprint.response(200, AccountsSchema)
def accounts(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    found = queries.accounts_page(db.session(), actor, payload["after"])
    return {"accounts": _account_views(actor, found.accounts), "next": found.next}


@blueprint.post("/accounts")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.arguments(NewAccountSchema)
@blueprint.response(201, AccountSchema)
def employ(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    made = service.employ(db.session(), actor, _new_account(payload), clock.now())
    return _account_view(actor, made.id)


@blueprint.post("/accounts/<uuid:account_id>/memberships")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.arguments(GrantSchema)
@blueprint.response(200, AccountSchema)
def appoint(actor: Actor, payload: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    account = queries.account_managed(db.session(), actor, account_id)
    service.appoint(db.session(), actor, account, *_role(payload), clock.now())
    return _account_view(actor, account_id)


@blueprint.post("/accounts/<uuid:account_id>/memberships/end")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.arguments(GrantSchema)
@blueprint.response(200, AccountSchema)
def end_membership(actor: Actor, payload: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    account = queries.account_managed(db.session(), actor, account_id)
    service.end_membership(db.session(), actor, account, *_role(payload), clock.now())
    return _account_view(actor, account_id)


@blueprint.post("/accounts/<uuid:account_id>/certificate")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.arguments(CertificateSchema)
@blueprint.response(200, AccountSchema)
def renew_certificate(actor: Actor, payload: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    account = queries.account_managed(db.session(), actor, account_id)
    service.renew_certificate(db.session(), actor, account, service.Certificate(**payload), clock.now())
    return _account_view(actor, account_id)


@blueprint.post("/accounts/<uuid:account_id>/password")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.arguments(NewPasswordSchema)
@blueprint.response(204)
def reset_password(actor: Actor, payload: dict[str, Any], account_id: UUID) -> None:
    account = queries.account_managed(db.session(), actor, account_id)
    service.reset_password(db.session(), actor, account, payload["password"], clock.now())


@blueprint.post("/accounts/<uuid:account_id>/disable")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.response(200, AccountSchema)
def disable(actor: Actor, account_id: UUID) -> dict[str, Any]:
    account = queries.account_managed(db.session(), actor, account_id)
    service.disable(db.session(), actor, account, clock.now())
    return _account_view(actor, account_id)


@blueprint.post("/accounts/<uuid:account_id>/enable")
@requires(Permission.ACCOUNTS_MANAGE)
@blueprint.response(200, AccountSchema)
def enable(actor: Actor, account_id: UUID) -> dict[str, Any]:
    account = queries.account_managed(db.session(), actor, account_id)
    service.enable(db.session(), actor, account, clock.now())
    return _account_view(actor, account_id)


def _role(payload: dict[str, Any]) -> tuple[UUID, Role]:
    return payload["organisation_id"], Role(payload["role"])


def _new_account(payload: dict[str, Any]) -> service.NewAccount:
    """The value that `NewAccountSchema` describes."""
    plain = {name: payload[name] for name in ("login", "name", "password")}
    certificate = payload["certificate"]
    return service.NewAccount(
        **plain,
        memberships=tuple(_role(each) for each in payload["memberships"]),
        certificate=service.Certificate(**certificate) if certificate else None,
    )


def _account_view(actor: Actor, account_id: UUID) -> dict[str, Any]:
    return _account_views(actor, [queries.account_managed(db.session(), actor, account_id)])[0]


def _account_views(actor: Actor, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Accounts (memberships loaded) in the shape of `AccountSchema`."""
    managed = queries.organisations_managed(db.session(), actor)
    certificates = queries.certificates(db.session(), [account.id for account in accounts])
    return [_one_view(account, managed, certificates.get(account.id)) for account in accounts]


def _one_view(account: Account, managed: frozenset[UUID], certificate: Clinician | None) -> dict[str, Any]:
    now = clock.now()
    held = [row for row in account.memberships if row.held(now) and row.organisation_id in managed]
    return {
        **{name: getattr(account, name) for name in ("id", "login", "name")},
        "memberships": [
            {
                "organisation_id": row.organisation_id,
                "organisation_name": row.organisation.name,
                "kind": row.organisation.kind,
                "role": row.role,
            }
            for row in held
        ],
        "certificate_valid_until": certificate.valid_until if certificate else None,
        "disabled": account.disabled_at is not None,
    }


def _me(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id,
        "name": actor.name,
        "login": actor.login,
        "server_time": clock.now(),
        "permissions": sorted(actor.permissions),
        "memberships": actor.memberships,
    }
