"""Records from before it was kept what their values meant: that is added, by the policy of their day."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from server.audit.service import record
from server.audit.tags import Tag
from server.catalogue import queries as catalogue
from server.clinical.policies import assessment, judged_by, rules
from server.clinical.queries import targets_in
from server.clinical.rules.beside import together
from server.clinical.rules.facts import Facts, Known, Target, age_on
from server.events import emit
from server.organisations.models import Organisation
from server.organisations.revisions import hold_revisions
from server.residents.models import Resident
from server.rounds.events import FollowedRecorded
from server.rounds.models import RecordVersion, ServiceRecord

_RESIDENTS = 100  # in one transaction
_Stream = tuple[UUID, str]  # a hospital and a rule: it looks back at what the hospital's people measured


class Step(NamedTuple):
    """How many records got an assessment, and the last resident looked at; None at the end."""

    assessed: int
    last: UUID | None


def assess_missing(session: Session, after: UUID, now: datetime) -> Step:
    """The next residents, by id after `after`: what each record lacks, told what was known on its day. What
    was assessed stays as it is, and where something is missing in a record nothing is said of it."""
    chosen = _residents(session, after)
    if not chosen:
        return Step(0, None)
    people = session.scalars(
        select(Resident).where(Resident.id.in_(chosen)).options(selectinload(Resident.conditions))
    ).all()
    hold_revisions(session, {person.institution_id for person in people})
    targets = _targets(session, people)
    lines = _lines(session, chosen)
    assessed = [
        line
        for person in people
        for line in _assess(person, lines[person.id], targets[person.institution_id])
    ]
    _tell(session, assessed, now)
    return Step(len(assessed), chosen[-1])


def _judgeable() -> tuple[ColumnElement[bool], ...]:
    done = ServiceRecord.outcome == "done", ServiceRecord.state != "void"
    return ServiceRecord.service.in_(_judged()), *done


@cache
def _judged() -> Mapping[str, tuple[str, ...]]:
    """The rules that judge each service, of those that any does."""
    found = {code: judged_by(code) for code in catalogue.services()}
    return {code: named for code, named in found.items() if named}


def _residents(session: Session, after: UUID) -> Sequence[UUID]:
    """Those with a record that lacks something, or may: what its own rule said may be all that is kept."""
    several = [code for code, named in _judged().items() if len(named) > 1]
    lacks = or_(ServiceRecord.assessment.is_(None), ServiceRecord.service.in_(several))
    lacking = select(ServiceRecord.subject_id).where(*_judgeable(), lacks)
    wanted = select(Resident.id).where(Resident.id.in_(lacking), Resident.id > after)
    return session.scalars(wanted.order_by(Resident.id).limit(_RESIDENTS)).all()


def _targets(session: Session, people: Sequence[Resident]) -> Mapping[UUID, Sequence[Target]]:
    """What the county of each of their institutions ever set."""
    named = {person.institution_id for person in people}
    places = select(Organisation.id, Organisation.region).where(Organisation.id.in_(named))
    regions: dict[UUID, str] = dict(iter(session.execute(places)))
    of_region = {region: targets_in(session, region) for region in sorted(set(regions.values()))}
    return {id_: of_region[region] for id_, region in regions.items()}


def _lines(session: Session, residents: Sequence[UUID]) -> Mapping[UUID, Sequence[ServiceRecord]]:
    """All that was judged or could be, in the order in which it was measured."""
    found: dict[UUID, list[ServiceRecord]] = defaultdict(list)
    rows = session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.subject_id.in_(residents), *_judgeable())
        .order_by(ServiceRecord.on, ServiceRecord.made_at, ServiceRecord.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        if row.subject_id:
            found[row.subject_id].append(row)
    return found


def _assess(
    person: Resident, lines: Sequence[ServiceRecord], targets: Sequence[Target]
) -> list[ServiceRecord]:
    """Those of somebody's lines that now have an assessment, or more of one."""
    said: dict[_Stream, list[tuple[date, Mapping[str, Any]]]] = defaultdict(list)
    assessed = []
    for line in lines:
        if line.assessment is None or len(_judged()[line.service]) > 1:
            runs = {rule: _run(said[line.medical_id, rule], line.on) for rule in _judged()[line.service]}
            meant = _completed(line.assessment, _meaning(person, line, Known(targets=targets, runs=runs)))
            if meant != line.assessment:
                line.assessment = meant
                assessed.append(line)
        own = rules().get(line.service)
        if line.assessment and own:
            said[line.medical_id, own].append((line.on, line.assessment))
    return assessed


def _run(before: Sequence[tuple[date, Mapping[str, Any]]], on: date) -> tuple[int, int]:
    last: Mapping[str, Any] = next((what for day, what in reversed(before) if day < on), {})
    return last.get("uncontrolled", 0), last.get("raised", 0)


def _completed(kept: dict[str, Any] | None, meant: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was kept stays as it is; what other rules say beside it is added."""
    if kept is None or "beside" in kept or meant is None:
        return kept or meant
    return together([kept, *meant.get("beside", ())])


def _meaning(person: Resident, line: ServiceRecord, known: Known) -> dict[str, Any] | None:
    held = frozenset(
        each.code
        for each in person.conditions
        if each.since <= line.on and (each.until is None or line.on <= each.until)
    )
    told = known._replace(facts=Facts(age_on(person.born, line.on), held))
    return assessment(catalogue.form_of(line.service), line.form, line.on, told)


def _tell(session: Session, assessed: Sequence[ServiceRecord], now: datetime) -> None:
    """The version that stands says it too; the trail of both parties, and follow-ups, learn of it."""
    by_id = {line.id: line for line in assessed}
    versions = select(RecordVersion).where(RecordVersion.record_id.in_(by_id))
    for version in session.scalars(versions):
        line = by_id[version.record_id]
        if version.version == line.version:
            version.assessment = line.assessment
    for line in assessed:
        if line.urgent and line.subject_id:
            emit(session, FollowedRecorded(line.institution_id, line.subject_id, line.service))
    parties = Counter((line.medical_id, line.institution_id) for line in assessed)
    for (medical, institution), records in sorted(parties.items()):
        told = {"subject": institution, "organisation": medical, "other": institution}
        record(session, None, Tag.RECORDS_ASSESSED, now, **told, records=records)
