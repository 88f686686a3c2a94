"""Reading accounts: the actor of a session, a person's signed-in devices, and the people one manages."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import Session, selectinload

from server.accounts.models import (
    Account,
    AccountSession,
    CertificateRow,
    Clinician,
    MembershipRow,
    SignInFailure,
)
from server.auth.actor import Actor, Membership, ReachFinder, ServedFinder
from server.auth.roles import OrganisationKind, Permission, Role
from server.auth.scope import visible
from server.errors import NotFound
from server.organisations.models import Organisation, in_prefixes
from server.prepared import Prepared, Question, Row, ask

PAGE = 100


class Opened(NamedTuple):
    """A signed-in browser, whether it has ended or not."""

    actor: Actor
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    disabled_at: datetime | None


_OF_SESSION = (
    *(AccountSession.last_seen_at, AccountSession.expires_at, AccountSession.revoked_at, Account.disabled_at),
    *(Account.id, Account.name, Account.login),
)
_MEMBERSHIP = (
    *(MembershipRow.organisation_id, Organisation.name, Organisation.kind),
    *(MembershipRow.role, Organisation.region),
)
# One row for each membership held now, one without where there is none.
_OPENED = Prepared(
    select(*_OF_SESSION, *_MEMBERSHIP)
    .join(Account, Account.id == AccountSession.account_id)
    .outerjoin(
        MembershipRow,
        (MembershipRow.account_id == Account.id)
        & or_(MembershipRow.ended_at.is_(None), MembershipRow.ended_at > bindparam("now")),
    )
    .outerjoin(Organisation, Organisation.id == MembershipRow.organisation_id)
    .where(AccountSession.id == bindparam("session"))
)


def opened_session(session: Session, session_id: UUID, served: ServedFinder, now: datetime) -> Opened | None:
    """The session with its person, the roles held now and their reach: asked in one go, for every request
    begins with it."""
    given = {"session": session_id, "now": now}
    opened: Opened | None
    opened, served_now = ask(
        session.connection(), Question(_OPENED, given, partial(_opened, session_id)), served(session_id, now)
    )
    if opened is None:
        return None
    actor = opened.actor
    reach = actor.care.union(care for medical, care in served_now if medical in actor.medical)
    return opened._replace(actor=replace(actor, reach=reach))


def _opened(session_id: UUID, rows: Sequence[Row]) -> Opened | None:
    if not rows:
        return None
    seen, expires, revoked, disabled, *person = rows[0][: len(_OF_SESSION)]
    held = [row[len(_OF_SESSION) :] for row in rows]
    memberships = tuple(_membership(*each) for each in held if each[0])
    account_id, name, login = person
    actor = Actor("person", account_id, session_id, name, login, memberships, frozenset())
    return Opened(actor, seen, expires, revoked, disabled)


def _membership(organisation_id: UUID, name: str, kind: str, role: str, region: str) -> Membership:
    return Membership(organisation_id, name, OrganisationKind(kind), Role(role), region)


def in_reach(session: Session, actor: Actor, reach: ReachFinder, now: datetime) -> Actor:
    """The actor with the care institutions it deals with now."""
    served = reach(session, actor.medical, now) if actor.medical else frozenset()
    return replace(actor, reach=served | actor.care)


def actor_of(
    session: Session, account: Account, session_id: UUID, reach: ReachFinder, now: datetime
) -> Actor:
    """`account` has its memberships loaded (see `account_with_memberships`)."""
    memberships = tuple(
        _membership(
            row.organisation_id,
            row.organisation.name,
            row.organisation.kind,
            row.role,
            row.organisation.region,
        )
        for row in account.memberships
        if row.held(now)
    )
    actor = Actor("person", account.id, session_id, account.name, account.login, memberships, frozenset())
    return in_reach(session, actor, reach, now)


def account_with_memberships(session: Session, login: str) -> Account | None:
    return session.scalar(
        select(Account)
        .where(Account.login == login.strip().lower())
        .options(selectinload(Account.memberships).joinedload(MembershipRow.organisation))
        .execution_options(populate_existing=True)
    )


def failures_since(session: Session, source: str, since: datetime) -> Sequence[datetime]:
    return session.scalars(
        select(SignInFailure.at).where(SignInFailure.source == source, SignInFailure.at >= since)
    ).all()


def live_sessions(session: Session, actor: Actor, now: datetime) -> Sequence[AccountSession]:
    return session.scalars(
        visible(select(AccountSession), AccountSession, actor)
        .where(AccountSession.revoked_at.is_(None), AccountSession.expires_at > now)
        .order_by(AccountSession.last_seen_at.desc())
    ).all()


_PERIODS = Prepared(
    select(CertificateRow.valid_from, CertificateRow.valid_until).where(
        CertificateRow.account_id == bindparam("account")
    )
)


def certificate_periods(account_id: UUID) -> Question[Sequence[tuple[date, date]]]:
    """First and last days of a clinician's certificates on file."""
    return Question(_PERIODS, {"account": account_id}, lambda rows: [(row[0], row[1]) for row in rows])


def managed(actor: Actor) -> ColumnElement[bool]:
    """Organisations whose people the actor manages: its own, and those a regulator's administrator oversees.

    The administrator of an institution manages that one alone: the parties of an agreement have no hold on
    each other's accounts.
    """
    own = actor.organisations(Permission.ACCOUNTS_MANAGE)
    overseen = in_prefixes(actor.prefixes(Role.SYSTEM_ADMIN, OrganisationKind.REGULATOR))
    return or_(Organisation.id.in_(own), overseen)


def accounts_with_memberships() -> Select[Account]:
    """Accounts with their roles, as the database has them now."""
    return (
        select(Account)
        .options(selectinload(Account.memberships).joinedload(MembershipRow.organisation))
        .order_by(Account.login)
        .execution_options(populate_existing=True)
    )


def accounts_managed(actor: Actor) -> Select[Account]:
    """People who have, or once had, a role in an organisation that the actor manages."""
    people = select(MembershipRow.account_id).join(MembershipRow.organisation).where(managed(actor))
    return accounts_with_memberships().where(Account.id.in_(people))


class AccountsPage(NamedTuple):
    """`next` continues after the last account, None at the end."""

    accounts: Sequence[Account]
    next: str | None


def accounts_page(session: Session, actor: Actor, after: str | None) -> AccountsPage:
    """The people one manages by login, `PAGE` at a time."""
    statement = accounts_managed(actor).limit(PAGE + 1)
    if after is not None:
        statement = statement.where(Account.login > after)
    found = session.scalars(statement).all()
    shown = found[:PAGE]
    return AccountsPage(shown, shown[-1].login if len(found) > PAGE else None)


def account_managed(session: Session, actor: Actor, account_id: UUID) -> Account:
    found = session.scalar(accounts_managed(actor).where(Account.id == account_id))
    if found is None:
        raise NotFound("account")
    return found


def organisations_managed(session: Session, actor: Actor) -> frozenset[UUID]:
    return frozenset(session.scalars(select(Organisation.id).where(managed(actor))))


def certificates(session: Session, accounts: Iterable[UUID]) -> dict[UUID, Clinician]:
    """The newest certificate of each, by account."""
    rows = session.scalars(select(Clinician).where(Clinician.account_id.in_(set(accounts))))
    return {row.account_id: row for row in rows}
