"""Publishing a period: its windows as they stand, frozen with a digest."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain, islice
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from server import clock
from server.agreements.models import Agreement
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor, region_prefix
from server.auth.roles import Role
from server.errors import NotFound, Refusal, invalid
from server.ids import new_id
from server.publishing.models import PublishedPeriod, PublishedWindow
from server.publishing.queries import ROW, in_force, requests_of, waiting, windows_of
from server.publishing.rules import Heading, Part, Row, canonical, digest, headline
from server.rollups.adapter import clause_of
from server.rollups.rules import Period, add, period_of

TIMEZONE = "Asia/Shanghai"  # one day for the whole region
_BATCH = 1000


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
    agreements = in_force(session, prefix, span)
    windows, requests = windows_of(session, prefix, span), requests_of(session, agreements, span, today)
    rows = sorted(chain(windows, requests), key=_order)
    due = (row for row in rows if row.deadline < today)
    shown = headline(len(agreements), list(_parts(agreements, due).values()))
    heading = Heading(prefix, span.key, span.first, span.last, today, shown)
    frozen = _store(session, actor, heading, rows, now)
    about = {"subject": frozen.id, "organisation": _bureau(actor, prefix)}
    record(session, actor, Tag.PERIOD_PUBLISHED, now, **about, region=prefix, period=span.key, rows=len(rows))
    return frozen


def _order(row: Row) -> tuple[UUID, UUID, date, date]:
    return (row.agreement_id, row.commitment_id, row.start, row.end)


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


def _parts(agreements: Sequence[Agreement], due: Iterable[Row]) -> dict[UUID, list[Part]]:
    """By agreement id, what was due of each commitment that had something due."""
    commitments = {one.id: one for agreement in agreements for one in agreement.commitments}
    grouped: dict[UUID, list[Row]] = defaultdict(list)
    for row in due:
        grouped[row.commitment_id].append(row)
    parts: dict[UUID, list[Part]] = defaultdict(list)
    for commitment_id, rows in grouped.items():
        clause = clause_of(commitments[commitment_id])
        parts[rows[0].agreement_id].append(Part(clause, add(row.totals for row in rows)))
    return parts


def _store(
    session: Session, actor: Actor, heading: Heading, rows: Sequence[Row], now: datetime
) -> PublishedPeriod:
    frozen = PublishedPeriod(
        id=new_id(),
        region=heading.region,
        period=heading.period,
        first=heading.first,
        last=heading.last,
        as_of=heading.as_of,
        published_at=now,
        published_by_id=actor.id,
        digest=digest(canonical(heading, rows)),
        headline=dict(heading.headline),
    )
    session.add(frozen)
    session.flush()  # its rows refer to it
    values = ({"published_id": frozen.id, **{name: getattr(row, name) for name in ROW}} for row in rows)
    while batch := list(islice(values, _BATCH)):
        session.connection().execute(insert(PublishedWindow), batch)
    return frozen
