"""Disputes on which the clinician stands: the managers of both parties rule, and where they differ or one is
silent, the regulator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind, Permission
from server.auth.scope import visible
from server.confirmation.models import Ruling
from server.confirmation.queries import Standing, line_views, standings
from server.confirmation.rules import Ruled, awaits, settled_as, why_not_rule
from server.errors import NotFound, Refusal
from server.events import emit
from server.ids import new_id
from server.organisations.models import Organisation, in_regions
from server.organisations.revisions import raise_revisions
from server.rounds.events import RecordChanged
from server.rounds.models import Round, ServiceRecord
from server.rounds.queries import LINE_LOADED

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Said:
    """A ruling, on the version that was seen."""

    version: int
    verdict: str
    text: str


def cases(session: Session, actor: Actor, now: datetime, *, settled: bool) -> dict[str, Any]:
    """In the shape of `CasesSchema`: what is disputed and waits, longest first, or what was ruled on, latest
    first, within the actor's scope."""
    wanted = visible(select(ServiceRecord), ServiceRecord, actor)
    if settled:
        wanted = wanted.where(
            ServiceRecord.id.in_(select(Ruling.record_id).where(Ruling.settles)),
            ServiceRecord.state != "disputed",
        )
    else:
        wanted = wanted.where(ServiceRecord.state == "disputed")
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    order = ServiceRecord.made_at.desc() if settled else ServiceRecord.made_at.asc()
    lines = session.scalars(_loaded(wanted).order_by(order, ServiceRecord.id).limit(SHOWN)).all()
    return {"now": now, "total": total, "cases": case_views(session, actor, lines, now)}


def _loaded(statement: Select[ServiceRecord]) -> Select[ServiceRecord]:
    return statement.options(*LINE_LOADED, joinedload(ServiceRecord.round).joinedload(Round.medical))


def case_views(
    session: Session, actor: Actor, lines: Sequence[ServiceRecord], now: datetime
) -> list[dict[str, Any]]:
    said = standings(session, lines)
    parties = _parties(session, actor, lines)
    names = _names(session, {line.institution_id for line in lines})
    return [
        {
            "line": view,
            "institution": {"id": line.institution_id, "name": names[line.institution_id]},
            "medical": {"id": line.medical_id, "name": line.round.medical.name},
            "awaits": _awaited(line, said[line.id], now),
            "why_not": (why_not := _why_not(actor, line, said[line.id], parties[line.id], now)),
            "may_rule": why_not is None,
        }
        for line, view in zip(lines, line_views(session, actor, lines), strict=True)
    ]


def _names(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(set(ids))))
    return dict(iter(rows))


def _parties(session: Session, actor: Actor, lines: Sequence[ServiceRecord]) -> Mapping[UUID, str | None]:
    """For whom the actor would rule on each line; whoever manages both institutions is the medical one's."""
    medical = actor.organisations(Permission.DISPUTES_RULE, OrganisationKind.MEDICAL)
    care = actor.organisations(Permission.DISPUTES_RULE, OrganisationKind.CARE)
    places = {line.institution_id for line in lines}
    overseen = set(
        session.scalars(select(Organisation.id).where(Organisation.id.in_(places), in_regions(actor)))
        if actor.regions
        else ()
    )

    def party(line: ServiceRecord) -> str | None:
        if line.medical_id in medical:
            return "medical"
        if line.institution_id in care:
            return "care"
        return "regulator" if line.institution_id in overseen else None

    return {line.id: party(line) for line in lines}


def _awaited(line: ServiceRecord, said: Standing, now: datetime) -> str | None:
    if line.state != "disputed":
        return None
    return awaits(said.answer.received_at if said.answer else None, _ruled(said), now)


def _ruled(said: Standing) -> list[Ruled]:
    return [Ruled(each.party, each.verdict, each.by_id) for each in said.rulings]


def _why_not(
    actor: Actor, line: ServiceRecord, said: Standing, party: str | None, now: datetime
) -> str | None:
    """Nobody rules on what they did, or disputed, themselves."""
    spoke = {line.performer_id, said.word.by_id if said.word else None}
    return why_not_rule(party, _awaited(line, said, now)) or ("own_dispute" if actor.id in spoke else None)


def rule(session: Session, actor: Actor, line_id: UUID, ruling: Said, now: datetime) -> ServiceRecord:
    """Keep a ruling; where it settles the dispute, the line is confirmed or void from now on."""
    line = _locked(session, actor, line_id)
    said = standings(session, [line])[line.id]
    if line.version != ruling.version:
        raise Refusal("conflict", reason="stale_version", version=line.version)
    party = _parties(session, actor, [line])[line.id]
    why_not = _why_not(actor, line, said, party, now)
    if why_not or party is None or said.word is None:
        raise Refusal("conflict", reason=why_not)
    verdict = settled_as([*_ruled(said), Ruled(party, ruling.verdict, actor.id)])
    session.add(
        Ruling(
            id=new_id(),
            dispute_id=said.word.id,
            record_id=line.id,
            version=line.version,
            party=party,
            verdict=ruling.verdict,
            text=ruling.text,
            settles=verdict is not None,
            by_id=actor.id,
            at=now,
        )
    )
    _told(session, actor, line, party, verdict, now)
    session.flush()
    return line


def _locked(session: Session, actor: Actor, line_id: UUID) -> ServiceRecord:
    """The line as it is while nobody else writes of its institution: phones learn of what is said of it."""
    mine = visible(select(ServiceRecord.institution_id), ServiceRecord, actor)
    institution = session.scalar(mine.where(ServiceRecord.id == line_id))
    if institution is None:
        raise NotFound("line")
    raised = raise_revisions(session, [institution])
    line = session.scalars(
        _loaded(select(ServiceRecord).where(ServiceRecord.id == line_id)).execution_options(
            populate_existing=True
        )
    ).one()
    line.revision = raised[institution]
    return line


def _told(
    session: Session, actor: Actor, line: ServiceRecord, party: str, verdict: str | None, now: datetime
) -> None:
    """The trail of both parties, and where it is settled, fulfilment."""
    parties = (line.institution_id, line.medical_id)
    organisation, other = reversed(parties) if party == "medical" else parties
    details = {"version": line.version, "party": party, "settled": verdict}
    record(
        session,
        actor,
        Tag.RECORD_RULED,
        now,
        subject=line.id,
        organisation=organisation,
        other=other,
        **details,
    )
    if verdict:
        line.state = verdict
        emit(
            session,
            RecordChanged(line.institution_id, line.medical_id, line.service, line.subject_id, line.on),
        )
