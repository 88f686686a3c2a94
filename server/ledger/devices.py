"""How the phones of a manager's people are: a low rate beside three silent phones must not be misread."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from server.accounts.models import Account, MembershipRow
from server.auth.actor import Actor
from server.auth.roles import PERMISSIONS, Permission
from server.sync.models import Device, LedgerEntry, Tombstone

SHOWN = timedelta(days=95)  # what such a phone still held would be too old
_SENDERS = [role.value for role, held in PERMISSIONS.items() if Permission.SYNC_USE in held]
_SAME = "device_id name app_version last_sync_at waiting oldest_waiting_at offset_ms".split()


def sync_health(session: Session, actor: Actor, now: datetime) -> dict[str, Any]:
    """In the shape of `DevicesSchema`: phones of the last 95 days, and of older ones those that left
    something waiting; such as were heard of since their owner is of the manager's people."""
    people: dict[UUID, str] = dict(iter(session.execute(_people(actor, now))))
    here = _serves(actor, now).where(
        MembershipRow.account_id == Device.account_id, MembershipRow.began_at <= Device.last_sync_at
    )
    theirs = Device.account_id.in_(people), here.exists()
    devices = session.scalars(
        select(Device)
        .where(*theirs, or_(Device.last_sync_at > now - SHOWN, Device.waiting > 0))
        .order_by(Device.last_sync_at, Device.device_id)
    ).all()
    refused = _refused(session, actor)
    seen = set(session.scalars(select(Device.account_id).where(*theirs)))
    return {
        "devices": [
            {
                **{name: getattr(row, name) for name in _SAME},
                "account": {"id": row.account_id, "name": people[row.account_id]},
                "refused": refused.get((row.account_id, row.device_id), 0),
            }
            for row in devices
        ],
        "never": [{"id": id_, "name": name} for id_, name in people.items() if id_ not in seen],
    }


def _people(actor: Actor, now: datetime) -> Select[UUID, str]:
    """Who may send, in the organisations the actor manages: id and name, by name."""
    return (
        select(Account.id, Account.name)
        .where(Account.id.in_(_serves(actor, now)), Account.disabled_at.is_(None))
        .order_by(Account.name, Account.id)
    )


def _serves(actor: Actor, now: datetime) -> Select[UUID]:
    """Memberships held now, as accounts. What a phone told while its owner was only somewhere else is for the
    managers there."""
    return select(MembershipRow.account_id).where(
        MembershipRow.organisation_id.in_(actor.organisations(Permission.LEDGER_REPAIR)),
        MembershipRow.role.in_(_SENDERS),
        or_(MembershipRow.ended_at.is_(None), MembershipRow.ended_at > now),
    )


def _refused(session: Session, actor: Actor) -> dict[tuple[UUID, UUID], int]:
    """Refused entries that call for somebody, by author and phone."""
    given_up = (
        select(Tombstone.id)
        .where(Tombstone.author_id == LedgerEntry.author_id, Tombstone.about_id == LedgerEntry.entry_id)
        .exists()
    )
    counted = (
        select(LedgerEntry.author_id, LedgerEntry.device_id, func.count())
        .where(LedgerEntry.scope(actor), LedgerEntry.outcome == "refused", ~given_up)
        .group_by(LedgerEntry.author_id, LedgerEntry.device_id)
    )
    return {(author, device): count for author, device, count in session.execute(counted)}
