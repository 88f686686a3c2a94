"""Signing in and out, and creating people."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.accounts.models import Account, AccountSession, Clinician, MembershipRow, SignInFailure
from server.accounts.passwords import MINIMUM_LENGTH, hash_password, matches
from server.accounts.queries import account_with_memberships, failures_since
from server.accounts.rules import THROTTLE_WINDOW, wait_before_sign_in
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import Role
from server.auth.scope import visible
from server.errors import NotFound, Refusal, invalid


@dataclass(frozen=True, slots=True)
class Credentials:
    login: str
    password: str
    address: str
    device_name: str


def sign_in(
    session: Session, credentials: Credentials, lifetime: timedelta, now: datetime
) -> AccountSession | Refusal:
    """A new session, or the refusal as a value: the failure it counted must be committed, not rolled back."""
    sources = {kind: _source(kind, value) for kind, value in _throttled_by(credentials)}
    wait = max(_wait(session, kind, source, now) for kind, source in sources.items())
    if wait > timedelta(0):
        return Refusal("throttled", retry_after_s=ceil(wait.total_seconds()))
    account = account_with_memberships(session, credentials.login)
    right = matches(account.password_hash if account else None, credentials.password)
    if account is None or not right or account.disabled_at:
        session.add_all(SignInFailure(source=source, at=now) for source in sources.values())
        record(session, None, Tag.SIGN_IN_FAILED, now, subject=account.id if account else None)
        return Refusal("sign_in_failed")
    session.execute(delete(SignInFailure).where(SignInFailure.source == sources["login"]))
    return _open_session(session, account, credentials.device_name, lifetime, now)


def _throttled_by(credentials: Credentials) -> tuple[tuple[str, str], ...]:
    return ("login", credentials.login.strip().lower()), ("address", credentials.address)


def _source(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def _wait(session: Session, kind: str, source: str, now: datetime) -> timedelta:
    return wait_before_sign_in(kind, failures_since(session, source, now - THROTTLE_WINDOW), now)


def _open_session(
    session: Session, account: Account, device_name: str, lifetime: timedelta, now: datetime
) -> AccountSession:
    opened = AccountSession(
        account=account, device_name=device_name, created_at=now, last_seen_at=now, expires_at=now + lifetime
    )
    session.add(opened)
    session.flush()  # the cookie needs its id
    record(session, None, Tag.SIGN_IN, now, subject=account.id, opened=str(opened.id))
    return opened


def revoke_session(session: Session, actor: Actor, session_id: UUID, now: datetime) -> None:
    """End one of the actor's own sessions (404 for anybody else's)."""
    found = session.scalar(
        visible(select(AccountSession), AccountSession, actor).where(AccountSession.id == session_id)
    )
    if found is None:
        raise NotFound("session")
    found.revoked_at = found.revoked_at or now
    tag = Tag.SIGN_OUT if session_id == actor.session_id else Tag.SESSION_REVOKED
    record(session, actor, tag, now, subject=session_id)


def create_account(
    session: Session, actor: Actor | None, login: str, name: str, password: str, now: datetime
) -> Account:
    """A person who can sign in; `login` is unique whatever its case."""
    login = login.strip().lower()
    if len(password) < MINIMUM_LENGTH:
        raise invalid("password", "too_short", MINIMUM_LENGTH)
    if session.scalar(select(Account.id).where(Account.login == login)):
        raise invalid("login", "already_used")
    account = Account(login=login, name=name, password_hash=hash_password(password), created_at=now)
    session.add(account)
    session.flush()  # others refer to it
    record(session, actor, Tag.ACCOUNT_CREATED, now, subject=account.id)
    return account


def grant(
    session: Session, actor: Actor | None, account: Account, organisation_id: UUID, role: Role, now: datetime
) -> None:
    session.add(MembershipRow(account_id=account.id, organisation_id=organisation_id, role=role.value))
    record(
        session,
        actor,
        Tag.MEMBERSHIP_GRANTED,
        now,
        subject=account.id,
        organisation=organisation_id,
        role=role.value,
    )


def file_certificate(
    session: Session, account: Account, number: str, category: str, valid_from: date, valid_until: date
) -> None:
    session.add(
        Clinician(
            account_id=account.id,
            certificate_number=number,
            category=category,
            valid_from=valid_from,
            valid_until=valid_until,
        )
    )
