"""Signing in and out, and the people one manages: their roles, passwords and certificates."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.accounts.events import CertificateFiled
from server.accounts.models import (
    Account,
    AccountSession,
    CertificateRow,
    Clinician,
    MembershipRow,
    SignInFailure,
)
from server.accounts.passwords import MINIMUM_LENGTH, hash_password, matches
from server.accounts.queries import account_with_memberships, failures_since, organisations_managed
from server.accounts.rules import THROTTLE_WINDOW, wait_before_sign_in
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import ADMINISTRATORS, ROLES_IN, OrganisationKind, Role
from server.auth.scope import visible
from server.errors import FieldError, NotFound, Refusal, invalid
from server.events import emit, savepoint
from server.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class Credentials:
    login: str
    password: str
    address: str
    device_name: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A practising certificate; both days inclusive."""

    number: str
    category: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Somebody to be; `memberships` are (organisation, role) pairs."""

    login: str
    name: str
    password: str
    memberships: tuple[tuple[UUID, Role], ...]
    certificate: Certificate | None


def sign_in(
    session: Session, credentials: Credentials, lifetime: timedelta, now: datetime
) -> AccountSession | Refusal:
    """A new session, or the refusal as a value: the failure it counted must be committed, not rolled back."""
    wait = max(wait_after_failures(session, *each, now) for each in _throttled_by(credentials))
    if wait > timedelta(0):
        return Refusal("throttled", retry_after_s=ceil(wait.total_seconds()))
    account = account_with_memberships(session, credentials.login)
    right = matches(account.password_hash if account else None, credentials.password)
    if account is None or not right or account.disabled_at:
        for each in _throttled_by(credentials):
            count_failure(session, *each, now)
        record(session, None, Tag.SIGN_IN_FAILED, now, subject=account.id if account else None)
        return Refusal("sign_in_failed")
    own = _source(*_throttled_by(credentials)[0])
    session.execute(delete(SignInFailure).where(SignInFailure.source == own))
    return _open_session(session, account, credentials.device_name, lifetime, now)


def _throttled_by(credentials: Credentials) -> tuple[tuple[str, str], ...]:
    return ("login", credentials.login.strip().lower()), ("address", credentials.address)


def _source(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def wait_after_failures(session: Session, kind: str, value: str, now: datetime) -> timedelta:
    """How long a login or an address (`kind`, a key of FREE_FAILURES) must wait for its next try."""
    failures = failures_since(session, _source(kind, value), now - THROTTLE_WINDOW)
    return wait_before_sign_in(kind, failures, now)


def count_failure(session: Session, kind: str, value: str, now: datetime) -> None:
    session.add(SignInFailure(source=_source(kind, value), at=now))


def _open_session(
    session: Session, account: Account, device_name: str, lifetime: timedelta, now: datetime
) -> AccountSession:
    opened = AccountSession(
        account=account, device_name=device_name, created_at=now, last_seen_at=now, expires_at=now + lifetime
    )
    session.add(opened)
    session.flush()  # the cookie needs its id
    home = min((each.organisation_id for each in account.memberships if each.held(now)), default=None)
    record(session, None, Tag.SIGN_IN, now, subject=account.id, organisation=home, opened=str(opened.id))
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
    if not login:
        raise invalid("login", "required")
    account = Account(login=login, name=name, password_hash=_hashed(password), created_at=now)
    try:
        with savepoint(session):
            session.add(account)  # flushed at its end: others refer to it
    except IntegrityError:
        raise invalid("login", "already_used") from None
    record(session, actor, Tag.ACCOUNT_CREATED, now, subject=account.id)
    return account


def _hashed(password: str, path: str = "password") -> str:
    if len(password) < MINIMUM_LENGTH:
        raise invalid(path, "too_short", MINIMUM_LENGTH)
    return hash_password(password)


def grant(
    session: Session, actor: Actor | None, account: Account, organisation_id: UUID, role: Role, now: datetime
) -> None:
    """A role in an organisation from now on; nothing changes for somebody who holds it."""
    row = _membership(session, account, organisation_id, role)
    if row and not row.over(now):
        return
    held = {"account_id": account.id, "organisation_id": organisation_id, "role": role.value}
    session.add(MembershipRow(**held, began_at=now))
    _trail_role(session, actor, Tag.MEMBERSHIP_GRANTED, account, organisation_id, role, now)


def _membership(
    session: Session, account: Account, organisation_id: UUID, role: Role
) -> MembershipRow | None:
    """The last period in which the account held it."""
    return session.scalar(
        select(MembershipRow)
        .where(
            MembershipRow.account_id == account.id,
            MembershipRow.organisation_id == organisation_id,
            MembershipRow.role == role.value,
        )
        .order_by(MembershipRow.ended_at.is_(None).desc(), MembershipRow.began_at.desc())
        .limit(1)
    )


def _trail_role(
    session: Session,
    actor: Actor | None,
    tag: Tag,
    account: Account,
    organisation_id: UUID,
    role: Role,
    now: datetime,
) -> None:
    record(session, actor, tag, now, subject=account.id, organisation=organisation_id, role=role.value)


def file_certificate(
    session: Session,
    actor: Actor | None,
    account: Account,
    certificate: Certificate,
    now: datetime,
    path: str = "",
) -> None:
    """Put a certificate on file beside those before it; the clinician's records are judged again by all.

    One of the same first day, or of the same number and last day, corrects the one on file.
    """
    if certificate.valid_until < certificate.valid_from:
        raise invalid(f"{path}valid_until", "before_start", certificate.valid_from.isoformat())
    # Filings of one person queue here. Keys are left alone: entries that refer to the account do not wait.
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update(key_share=True))
    _keep_certificate(session, account.id, certificate)
    emit(session, CertificateFiled(account.id))
    record(
        session,
        actor,
        Tag.CERTIFICATE_FILED,
        now,
        subject=account.id,
        category=certificate.category,
        valid_from=certificate.valid_from.isoformat(),
        valid_until=certificate.valid_until.isoformat(),
    )


def _keep_certificate(session: Session, account_id: UUID, certificate: Certificate) -> None:
    own = CertificateRow.account_id == account_id
    same_end = (CertificateRow.number == certificate.number) & (
        CertificateRow.valid_until == certificate.valid_until
    )
    corrected = or_(CertificateRow.valid_from == certificate.valid_from, same_end)
    session.execute(delete(CertificateRow).where(own, corrected))
    session.add(CertificateRow(account_id=account_id, **asdict(certificate)))
    session.flush()
    by_start = select(CertificateRow).where(own).order_by(CertificateRow.valid_from.desc()).limit(1)
    newest = session.scalars(by_start).one()
    shown = session.get(Clinician, account_id) or Clinician(account_id=account_id)
    shown.certificate_number, shown.category = newest.number, newest.category
    shown.valid_from, shown.valid_until = newest.valid_from, newest.valid_until
    session.add(shown)


def employ(session: Session, actor: Actor | None, new: NewAccount, now: datetime) -> Account:
    """A person with roles that are the actor's to give (None: the operator's), and maybe a certificate."""
    for position, (organisation_id, role) in enumerate(new.memberships):
        _check_grant(session, actor, organisation_id, role, f"memberships[{position}].")
    if new.certificate and Role.CLINICIAN not in {role for _, role in new.memberships}:
        raise invalid("certificate", "only_for_clinicians")
    account = create_account(session, actor, new.login, new.name, new.password, now)
    for organisation_id, role in new.memberships:
        grant(session, actor, account, organisation_id, role, now)
    if new.certificate:
        file_certificate(session, actor, account, new.certificate, now, "certificate.")
    return account


def appoint(
    session: Session, actor: Actor, account: Account, organisation_id: UUID, role: Role, now: datetime
) -> None:
    """One more role for somebody the actor manages."""
    _check_grant(session, actor, organisation_id, role)
    grant(session, actor, account, organisation_id, role, now)


def end_membership(
    session: Session, actor: Actor, account: Account, organisation_id: UUID, role: Role, now: datetime
) -> None:
    """Take a role away at once; what was done in it stays."""
    _check_other(actor, account)
    _check_grant(session, actor, organisation_id, role)
    row = _membership(session, account, organisation_id, role)
    if row is None:
        raise invalid("role", "not_held")
    if row.held(now):
        row.ended_at = now
        _trail_role(session, actor, Tag.MEMBERSHIP_ENDED, account, organisation_id, role, now)


def _check_grant(
    session: Session, actor: Actor | None, organisation_id: UUID, role: Role, path: str = ""
) -> None:
    """Whether the role exists in such an organisation, and is the actor's to give and to take."""
    organisation = session.get(Organisation, organisation_id)
    reached = actor is None or organisation_id in organisations_managed(session, actor)
    if organisation is None or not reached:
        raise invalid(f"{path}organisation_id", "no_such_organisation")
    if role not in ROLES_IN[OrganisationKind(organisation.kind)]:
        raise invalid(f"{path}role", "not_in_this_kind")
    if actor and not _may_grant(actor, organisation, role):
        raise invalid(f"{path}role", "above_your_own")


def _may_grant(actor: Actor, organisation: Organisation, role: Role) -> bool:
    """In an organisation whose people the actor manages: administrators are made by administrators alone."""
    overseen = actor.prefixes(Role.SYSTEM_ADMIN, OrganisationKind.REGULATOR)
    administers = organisation.region.startswith(overseen) or any(
        membership.organisation_id == organisation.id and membership.role == Role.SYSTEM_ADMIN
        for membership in actor.memberships
    )
    return administers or role not in ADMINISTRATORS


def disable(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Out at once, on every device; what waits on a phone stays there."""
    _check_governed(session, actor, account, now)
    account.disabled_at = account.disabled_at or now
    _end_sessions(session, account.id, now)
    record(session, actor, Tag.ACCOUNT_DISABLED, now, subject=account.id)


def enable(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Somebody who was disabled may sign in again, with the roles still held; no session comes back."""
    _check_governed(session, actor, account, now)
    if account.disabled_at:
        account.disabled_at = None
        record(session, actor, Tag.ACCOUNT_ENABLED, now, subject=account.id)


def reset_password(session: Session, actor: Actor, account: Account, password: str, now: datetime) -> None:
    """A new password for somebody who has lost theirs; all their sessions end."""
    _check_governed(session, actor, account, now)
    account.password_hash = _hashed(password)
    _end_sessions(session, account.id, now)
    record(session, actor, Tag.PASSWORD_CHANGED, now, subject=account.id, by="reset")


def renew_certificate(
    session: Session, actor: Actor, account: Account, certificate: Certificate, now: datetime
) -> None:
    _check_governed(session, actor, account, now)
    file_certificate(session, actor, account, certificate, now)


def _check_governed(session: Session, actor: Actor, account: Account, now: datetime) -> None:
    """Whoever sets a password could act as that person: every role of theirs must be the actor's to give.

    `account` has its memberships and their organisations loaded.
    """
    _check_other(actor, account)
    managed = organisations_managed(session, actor)
    held = [row for row in account.memberships if row.held(now)]
    if not all(
        row.organisation_id in managed and _may_grant(actor, row.organisation, Role(row.role)) for row in held
    ):
        raise Refusal("forbidden")


def _check_other(actor: Actor, account: Account) -> None:
    if account.id == actor.id:
        raise Refusal("conflict", reason="own_account")


def change_password(session: Session, actor: Actor, old: str, new: str, now: datetime) -> Refusal | None:
    """One's own password; the other devices are signed out.

    As in `sign_in` a wrong old one is a value: the failure it counted must be committed.
    """
    account = session.get_one(Account, actor.id)
    wait = wait_after_failures(session, "login", account.login, now)
    if wait > timedelta(0):
        return Refusal("throttled", retry_after_s=ceil(wait.total_seconds()))
    if not matches(account.password_hash, old):
        count_failure(session, "login", account.login, now)
        return Refusal("invalid", FieldError("old", "wrong_password"))
    account.password_hash = _hashed(new, "new")
    _end_sessions(session, account.id, now, spared=actor.session_id)
    record(session, actor, Tag.PASSWORD_CHANGED, now, subject=account.id, by="owner")
    return None


def _end_sessions(session: Session, account_id: UUID, now: datetime, spared: UUID | None = None) -> None:
    session.execute(
        update(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.id.is_distinct_from(spared),
        )
        .values(revoked_at=now)
    )
