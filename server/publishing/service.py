"""Publishing a period: its windows as they stand, frozen with a digest."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor, region_prefix
from server.auth.roles import Role
from server.errors import NotFound, Refusal, invalid
from server.ids import new_id
from server.publishing.models import PublishedPeriod, PublishedWindow
from server.publishing.queries import (
    due_sums,
    freeze_requests,
    freeze_windows,
    frozen_rows,
    heading,
    in_batches,
    in_force,
    parts_of,
    waiting,
)
from server.publishing.rules import Part, canonical, digest, headline
from server.rollups.rules import Period, period_of

TIMEZONE = "Asia/Shanghai"  # one day for the whole region


def publish(
    session: Session, actor: Actor, region: str | None, period: str, now: datetime
) -> PublishedPeriod:
    """Freeze a period of a region that the actor oversees; `region` is a six-digit code.

    Refused: NotFound (another region), `period_not_over` (names its last day), `conflict` (published
    already), `recomputing` (streams of the region wait for a recount).
    """
    prefix, span = _own_region(actor, region), _span(period)
    today = clock.local_day(now, TIMEZONE)
    if today <= span.last:
        raise Refusal("period_not_over", last=span.last.isoformat())
    if _is_published(session, prefix, span):
        raise Refusal("conflict", region=prefix, period=span.key)
    if streams := waiting(session, prefix):
        raise Refusal("recomputing", streams=streams)
    frozen = _begun(session, actor, prefix, span, today, now)
    rows = freeze_windows(session, frozen, span) + freeze_requests(session, frozen, span)
    # What is shown and hashed is read from the frozen rows: a change that comes in meanwhile is in neither.
    frozen.headline = headline(_delivered(session, frozen, span))
    frozen.digest = digest(canonical(heading(frozen), frozen_rows(session, frozen)))
    about = {"subject": frozen.id, "organisation": _bureau(actor, prefix)}
    record(session, actor, Tag.PERIOD_PUBLISHED, now, **about, region=prefix, period=span.key, rows=rows)
    return frozen


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


def _is_published(session: Session, prefix: str, span: Period) -> bool:
    same = (PublishedPeriod.region == prefix, PublishedPeriod.period == span.key)
    return session.scalar(select(PublishedPeriod.id).where(*same)) is not None


def _begun(
    session: Session, actor: Actor, prefix: str, span: Period, today: date, now: datetime
) -> PublishedPeriod:
    """The period, for its rows to refer to; who publishes the same meanwhile waits here and is refused."""
    frozen = PublishedPeriod(
        id=new_id(),
        region=prefix,
        period=span.key,
        first=span.first,
        last=span.last,
        as_of=today,
        published_at=now,
        published_by_id=actor.id,
        digest="",
        headline={},
    )
    session.add(frozen)
    session.flush()
    return frozen


def _delivered(session: Session, frozen: PublishedPeriod, span: Period) -> Iterator[list[Part]]:
    """What was due of each agreement in force, from the frozen rows."""
    own = PublishedWindow.published_id == frozen.id
    for agreements in in_batches(session, in_force(frozen.region, span)):
        due = due_sums(session, PublishedWindow, agreements, frozen.as_of, own)
        yield from (parts_of(agreement, due) for agreement in agreements)
