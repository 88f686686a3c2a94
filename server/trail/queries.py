"""Reading the trail: the entries of one's own organisations, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from server.accounts.models import Account, MembershipRow
from server.audit.exporting import Named
from server.audit.models import AuditChain, AuditEntry
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.auth.scope import visible
from server.errors import NotFound
from server.organisations.models import Organisation
from server.rounds.models import ServiceRecord

PAGE = 200
_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of a kind of act, a person, a thing, a local day; older than the entry `before`."""

    tag: str | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    day: date | None = None
    before: UUID | None = None


def page(session: Session, actor: Actor, wanted: Wanted) -> Sequence[AuditEntry]:
    """At most `PAGE` entries of the actor's own organisations, newest first."""
    return session.scalars(
        visible(select(AuditEntry), AuditEntry, actor)
        .where(*_conditions(wanted), *_older(session, actor, wanted.before))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(PAGE)
    ).all()


def names(session: Session, entries: Iterable[AuditEntry]) -> dict[UUID, str]:
    """What those who acted, accounts they acted on, and the other parties are called."""
    entries = list(entries)
    accounts = {each.actor_id for each in entries} | {each.subject_id for each in entries if on_account(each)}
    people = select(Account.id, Account.name).where(Account.id.in_(accounts))
    parties = {each.other_id for each in entries}
    others = select(Organisation.id, Organisation.name).where(Organisation.id.in_(parties))
    return dict(iter(session.execute(people))) | dict(iter(session.execute(others)))


def on_account(entry: AuditEntry) -> bool:
    return entry.tag.startswith("account.")


def people(session: Session, actor: Actor) -> Sequence[Account]:
    """Who has, or once had, a role in the organisations whose trail the actor reads, by name."""
    own = actor.organisations(Permission.AUDIT_READ)
    members = select(MembershipRow.account_id).where(MembershipRow.organisation_id.in_(own))
    return session.scalars(
        select(Account).where(Account.id.in_(members)).order_by(Account.name, Account.id)
    ).all()


def chain_named(session: Session, actor: Actor, organisation_id: UUID) -> Named:
    """The chain of one of the actor's own organisations, once something is sealed in it."""
    own = actor.organisations(Permission.AUDIT_READ)
    row = session.execute(
        select(Organisation.id, Organisation.name)
        .join(AuditChain, AuditChain.id == Organisation.id)
        .where(Organisation.id == organisation_id, Organisation.id.in_(own), AuditChain.seq > 0)
    ).first()
    if row is None:
        raise NotFound("chain")
    return Named(row.id, row.name)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    columns: dict[str, Any] = {"tag": AuditEntry.tag, "actor_id": AuditEntry.actor_id}
    found = [column == getattr(wanted, name) for name, column in columns.items() if getattr(wanted, name)]
    if wanted.subject_id:
        found.append(_about(wanted.subject_id))
    if wanted.day:
        begins = datetime.combine(wanted.day, time(), _ZONE)
        found += [AuditEntry.at >= begins, AuditEntry.at < begins + timedelta(days=1)]
    return found


def _about(subject_id: UUID) -> ColumnElement[bool]:
    """What was done to something; a record was stored with others of its round."""
    round_id = select(ServiceRecord.round_id).where(ServiceRecord.id == subject_id).scalar_subquery()
    named = AuditEntry.details["records"][str(subject_id)].as_string().is_not(None)
    stored = and_(AuditEntry.subject_id == round_id, AuditEntry.tag == Tag.RECORD_STORED, named)
    return or_(AuditEntry.subject_id == subject_id, stored)


def _older(session: Session, actor: Actor, before: UUID | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    last = session.scalar(visible(select(AuditEntry), AuditEntry, actor).where(AuditEntry.id == before))
    if last is None:
        raise NotFound("entry")
    return [tuple_(AuditEntry.at, AuditEntry.id) < tuple_(last.at, last.id)]
