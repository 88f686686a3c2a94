"""Addresses of organisations that get the heads every night."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.audit.rules import NO_ORGANISATION
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.errors import NotFound, invalid
from server.organisations.models import Organisation
from server.trail.models import HeadDelivery, HeadRecipient

MOST = 20  # addresses of an organisation
# What every mail server takes without extensions, and no second address or header fits into.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Listed(NamedTuple):
    """An address; `sent` is the last night whose heads it got."""

    organisation: Organisation
    address: str
    sent: date | None


class Addressed(NamedTuple):
    """Addresses that get one sheet: an organisation's, or the operator's own (None)."""

    organisation: Organisation | None
    to: tuple[str, ...]


def add_recipient(
    session: Session, actor: Actor | None, organisation: Organisation, address: str, now: datetime
) -> None:
    """One more address, at most 20; one that is there stays. The organisation's own trail keeps who gets its
    heads. `actor` is None for the operator's command."""
    if not _ADDRESS.fullmatch(address):
        raise invalid("address", "not_an_address")
    own = select(func.count()).where(HeadRecipient.organisation_id == organisation.id)
    if (session.scalar(own) or 0) >= MOST:
        raise invalid("address", "too_many", MOST)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"organisation_id": organisation.id, "address": address, "added_at": now}
    new = dialect.insert(HeadRecipient).values(row).on_conflict_do_nothing()
    if session.scalar(new.returning(HeadRecipient.address)):
        _trail(session, actor, organisation, now, added=address)


def remove_recipient(
    session: Session, actor: Actor | None, organisation: Organisation, address: str, now: datetime
) -> None:
    own = HeadRecipient.organisation_id == organisation.id, HeadRecipient.address == address
    gone = delete(HeadRecipient).where(*own).returning(HeadRecipient.address)
    if session.scalar(gone) is None:
        raise invalid("address", "not_listed")
    _trail(session, actor, organisation, now, removed=address)


def _trail(
    session: Session, actor: Actor | None, organisation: Organisation, now: datetime, **details: Any
) -> None:
    id_ = organisation.id
    record(session, actor, Tag.HEADS_RECIPIENTS, now, subject=id_, organisation=id_, **details)


def keepers(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The organisations whose addresses the actor keeps, by name."""
    own = actor.organisations(Permission.HEADS_ADDRESS)
    return session.scalars(
        select(Organisation).where(Organisation.id.in_(own)).order_by(Organisation.name, Organisation.id)
    ).all()


def kept_by(session: Session, actor: Actor, organisation_id: UUID) -> Organisation:
    """One of these."""
    if organisation_id not in actor.organisations(Permission.HEADS_ADDRESS):
        raise NotFound("organisation")
    return session.get_one(Organisation, organisation_id)


def recipients(session: Session, of: Collection[UUID] | None = None) -> Sequence[Listed]:
    """The addresses of these organisations, or all, by organisation."""
    sent = (
        select(func.max(HeadDelivery.day))
        .where(
            HeadDelivery.organisation_id == HeadRecipient.organisation_id,
            HeadDelivery.address == HeadRecipient.address,
        )
        .scalar_subquery()
    )
    listed = (
        select(Organisation, HeadRecipient.address, sent)
        .join(HeadRecipient, HeadRecipient.organisation_id == Organisation.id)
        .order_by(Organisation.region, Organisation.name, HeadRecipient.address)
    )
    rows = session.execute(listed if of is None else listed.where(Organisation.id.in_(of)))
    return [Listed(*row) for row in rows]


def last_sent(session: Session, organisation_id: UUID) -> dict[str, date]:
    """The last night whose heads an organisation's addresses got, by address."""
    rows = session.execute(
        select(HeadDelivery.address, func.max(HeadDelivery.day))
        .where(HeadDelivery.organisation_id == organisation_id)
        .group_by(HeadDelivery.address)
    )
    return dict(iter(rows))


def waiting(session: Session, day: date, operators: Collection[str]) -> list[Addressed]:
    """Who has not got a night's heads yet, by whose sheet they get; `operators` get all heads."""
    done = select(HeadDelivery.organisation_id, HeadDelivery.address).where(HeadDelivery.day == day)
    has = {(row.organisation_id, row.address) for row in session.execute(done)}
    of_organisations: dict[UUID, Addressed] = {}
    for organisation, address, _ in recipients(session):
        if (organisation.id, address) not in has:
            known = of_organisations.get(organisation.id, Addressed(organisation, ()))
            of_organisations[organisation.id] = known._replace(to=(*known.to, address))
    own = tuple(address for address in operators if (NO_ORGANISATION, address) not in has)
    return [*([Addressed(None, own)] if own else []), *of_organisations.values()]


def delivered(
    session: Session, day: date, organisation_id: UUID, addresses: Collection[str], now: datetime
) -> None:
    same = {"day": day, "organisation_id": organisation_id, "at": now}
    session.add_all(HeadDelivery(**same, address=address) for address in addresses)


def deliveries(session: Session, day: date) -> int:
    """How many addresses have a night's heads."""
    return session.scalar(select(func.count()).where(HeadDelivery.day == day)) or 0
