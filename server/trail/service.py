"""Addresses of organisations that get the heads every night."""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.audit.rules import NO_ORGANISATION
from server.audit.service import record
from server.audit.tags import Tag
from server.errors import invalid
from server.organisations.models import Organisation
from server.trail.models import HeadDelivery, HeadRecipient

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


def add_recipient(session: Session, organisation: Organisation, address: str, now: datetime) -> None:
    """One more address; one that is there stays. The organisation's own trail keeps who gets its heads."""
    if not _ADDRESS.fullmatch(address):
        raise invalid("address", "not_an_address")
    if session.get(HeadRecipient, (organisation.id, address)):
        return
    session.add(HeadRecipient(organisation_id=organisation.id, address=address, added_at=now))
    _trail(session, organisation, now, added=address)


def remove_recipient(session: Session, organisation: Organisation, address: str, now: datetime) -> None:
    own = HeadRecipient.organisation_id == organisation.id, HeadRecipient.address == address
    gone = delete(HeadRecipient).where(*own).returning(HeadRecipient.address)
    if session.scalar(gone) is None:
        raise invalid("address", "not_listed")
    _trail(session, organisation, now, removed=address)


def _trail(session: Session, organisation: Organisation, now: datetime, **details: Any) -> None:
    id_ = organisation.id
    record(session, None, Tag.HEADS_RECIPIENTS, now, subject=id_, organisation=id_, **details)


def recipients(session: Session) -> Sequence[Listed]:
    """All addresses, by organisation."""
    sent = (
        select(func.max(HeadDelivery.day))
        .where(
            HeadDelivery.organisation_id == HeadRecipient.organisation_id,
            HeadDelivery.address == HeadRecipient.address,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Organisation, HeadRecipient.address, sent)
        .join(HeadRecipient, HeadRecipient.organisation_id == Organisation.id)
        .order_by(Organisation.region, Organisation.name, HeadRecipient.address)
    )
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
