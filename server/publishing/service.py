"""Publishing a period: asked for here, and frozen by the worker; and noting what changes it afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.events import AgreementAmending, AgreementChanged
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor, region_prefix
from server.auth.roles import Role
from server.errors import NotFound, Refusal, invalid
from server.fulfilment.events import FulfilmentChanged
from server.ids import new_id
from server.organisations.models import Organisation
from server.prepared import Upsert
from server.publishing.freezing import freeze
from server.publishing.models import ChangedAgreement, PublishedPeriod, State
from server.publishing.queries import waiting
from server.publishing.rules import TIMEZONE, headline
from server.rollups.rules import Period, period_of


def ask(session: Session, actor: Actor, region: str | None, period: str, now: datetime) -> PublishedPeriod:
    """Have a period of a region that the actor oversees frozen; `region` is a six-digit code.

    One that failed is begun again. Refused: NotFound (another region), `period_not_over` (names its last
    day), `conflict` (published already, or under way).
    """
    prefix, span = _own_region(actor, region), _span(period)
    today = clock.local_day(now, TIMEZONE)
    if today <= span.last:
        raise Refusal("period_not_over", last=span.last.isoformat())
    asked = _failed_before(session, prefix, span) or PublishedPeriod(id=new_id())
    asked.region, asked.period, asked.first, asked.last = prefix, span.key, span.first, span.last
    asked.as_of, asked.published_at, asked.published_by_id = today, now, actor.id
    asked.bureau_id = _bureau(actor, prefix)
    asked.state, asked.failure, asked.digest, asked.headline = State.PENDING, None, "", headline(())
    session.add(asked)
    session.flush()  # who asks for the same meanwhile waits here and is refused
    about = {"subject": asked.id, "organisation": asked.bureau_id}
    record(session, actor, Tag.PERIOD_PUBLISHING, now, **about, region=prefix, period=span.key)
    return asked


def publish(
    session: Session, actor: Actor, region: str | None, period: str, now: datetime
) -> PublishedPeriod:
    """Ask, and do the worker's part here and now: for operators, who wait. Also refused: `recomputing`."""
    asked = ask(session, actor, region, period, now)
    if streams := waiting(session, asked.region):
        raise Refusal("recomputing", streams=streams)
    freeze(session, asked, now)
    return asked


def on_fulfilment_changed(
    session: Session, events: Sequence[FulfilmentChanged | AgreementChanged], now: datetime
) -> None:
    """Mark the agreements, in id order, for their windows to be compared with the published ones."""
    session.flush()  # a new agreement is referred to
    changed = sorted({each.agreement_id for each in events})
    _MARK.run(session.connection(), [{"agreement_id": one, "marked_at": now} for one in changed])


_MARK = Upsert(cast(Table, ChangedAgreement.__table__), "agreement_id", "marked_at")


def on_amending(session: Session, events: Sequence[AgreementAmending], _now: datetime) -> None:
    """Nothing is promised otherwise on days of a period that is published, or being so: refused as `conflict`
    with the last such day."""
    for event in events:
        region = select(Organisation.region).where(Organisation.id == event.institution_id).scalar_subquery()
        kept = (PublishedPeriod.last >= event.since, PublishedPeriod.state != State.FAILED)
        last = session.scalar(
            select(func.max(PublishedPeriod.last)).where(*kept, region.startswith(PublishedPeriod.region))
        )
        if last is not None:
            raise Refusal("conflict", reason="published", last=last.isoformat())


def _own_region(actor: Actor, code: str | None) -> str:
    own = actor.regions
    if code is None:
        if len(own) != 1:
            raise invalid("region", "required")
        return own[0]
    prefix = region_prefix(code)
    if prefix not in own:
        raise NotFound("region")
    return prefix


def _bureau(actor: Actor, prefix: str) -> UUID:
    return next(
        each.organisation_id
        for each in actor.memberships
        if each.role == Role.REGULATOR and region_prefix(each.region) == prefix
    )


def _span(period: str) -> Period:
    span = period_of(period)
    if span is None:
        raise invalid("period", "not_a_period")
    return span


def _failed_before(session: Session, prefix: str, span: Period) -> PublishedPeriod | None:
    same = (PublishedPeriod.region == prefix, PublishedPeriod.period == span.key)
    found = session.scalar(select(PublishedPeriod).where(*same).with_for_update())
    if found is not None and found.state != State.FAILED:
        raise Refusal("conflict", region=prefix, period=span.key)
    return found
