"""What is known of the people a batch speaks of: where they live, how old they are, what they have, and what
was measured of them before. It is read with all else that the batch needs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Date, String, Uuid, func, literal, literal_column, select, union_all
from sqlalchemy.orm import aliased

from server import clock
from server.auth.actor import Actor
from server.clinical.models import CountyTarget
from server.clinical.policies import judged_by, rules
from server.clinical.queries import target_of
from server.clinical.rules.assess import REMEMBERING
from server.clinical.rules.beside import said_of
from server.clinical.rules.facts import Facts, Known, Target, age_on
from server.db import among
from server.given import Given
from server.organisations.models import Organisation
from server.prepared import Prepared, Question, Row as Cells
from server.residents.models import Condition, Resident, Stay
from server.residents.rules import Period
from server.rounds.models import Round, ServiceRecord
from server.rounds.rules import Line, Person, Spell, Visit
from server.sync.protocol import Entry

_ZONE = "Asia/Shanghai"


class Lived(NamedTuple):
    """Days of a resident in an institution."""

    starts: date
    ends: date | None


class Reading(NamedTuple):
    """What a rule said of an earlier record."""

    on: date
    made_at: datetime
    assessment: Mapping[str, Any]


Earlier = Mapping[tuple[UUID, UUID, str], Reading]


@dataclass(slots=True)
class Measured:
    """`earlier` are, by round, resident and rule, the last readings of days before the round's; `targets`
    those of the counties of the institutions. Lines of the batch itself are added as they are made."""

    earlier: Earlier
    targets: Mapping[UUID, Sequence[Target]]
    lines: defaultdict[tuple[UUID, str], list[Line]] = field(default_factory=lambda: defaultdict(list))

    def add(self, line: Line) -> None:
        rule = rules().get(line.service)
        if line.subject_id and rule in REMEMBERING:
            self.lines[line.subject_id, rule].append(line)

    def known(self, person: Person | None, service: str, visit: Visit) -> Known:
        """What the rules are told of somebody on the day of a round; nothing where none judges it."""
        if person is None or not judged_by(service):
            return Known()
        runs = {rule: _run(self._last(person.id, rule, visit.id, visit.on)) for rule in _remembering(service)}
        return Known(_facts(person, visit.on), self.targets.get(visit.institution_id, ()), runs)

    def known_again(self, person: Person | None, line: Line) -> Known:
        """The same for a line that is corrected: what was measured before is what it was told then, or what
        was known by then where it was told nothing (it was declined)."""
        if person is None or not judged_by(line.service):
            return Known()
        runs = {}
        for rule in _remembering(line.service):
            told = said_of(line.assessment, rule)
            last = self._last(person.id, rule, line.round_id, line.on)
            runs[rule] = _run(told, "_before") if told else _run(last)
        return Known(_facts(person, line.on), self.targets.get(line.institution_id, ()), runs)

    def _last(self, person: UUID, rule: str, round_id: UUID, on: date) -> Mapping[str, Any]:
        """What the rule said last on an earlier day, in the database or in the batch."""
        stored = self.earlier.get((round_id, person, rule))
        made = [
            Reading(line.on, line.made_at, line.assessment)
            for line in self.lines.get((person, rule), ())
            if line.assessment and line.state != "void" and line.on < on
        ]
        last = max([*made, *([stored] if stored else [])], key=lambda each: each[:2], default=None)
        return last.assessment if last else {}


def _remembering(service: str) -> list[str]:
    return [rule for rule in judged_by(service) if rule in REMEMBERING]


def _run(said: Mapping[str, Any], when: str = "") -> tuple[int, int]:
    """Readings in a row as of what a rule said, or `_before` it."""
    return said.get(f"uncontrolled{when}", 0), said.get(f"raised{when}", 0)


def _facts(person: Person, day: date) -> Facts:
    held = (
        each for each in person.conditions if each.starts <= day and (each.ends is None or day <= each.ends)
    )
    return Facts(age_on(person.born, day), frozenset(each.code for each in held))


_WANTED: CompoundSelect[Any] = union_all(
    select(Resident.id).where(among(Resident.id, "ids")),
    select(ServiceRecord.subject_id).where(among(ServiceRecord.id, "amended")),
)
_HERE = (Resident.id.in_(_WANTED), among(Resident.institution_id, "reach"))
_PERSON = (Resident.id, Resident.institution_id, Resident.born)
_PEOPLE = Prepared(
    union_all(
        select(*_PERSON, literal("").label("code"), Stay.starts, Stay.ends)
        .join(Stay, Stay.resident_id == Resident.id)
        .where(*_HERE),
        select(*_PERSON, Condition.code, Condition.since, Condition.until)
        .join(Condition, Condition.resident_id == Resident.id)
        .where(*_HERE),
    )
)


def people_of(actor: Actor, ids: Collection[UUID], entries: Iterable[Entry]) -> Question[dict[UUID, Person]]:
    """The residents of these ids, and those of lines that are corrected."""
    amended = {entry.payload["line_id"] for entry in entries if entry.kind == "amend"}
    return Question(_PEOPLE, {"ids": ids, "amended": amended, "reach": actor.reach}, _read_people)


def _read_people(rows: Iterable[Cells]) -> dict[UUID, Person]:
    people: dict[UUID, Person] = {}
    for id_, institution, born, code, starts, ends in rows:
        stays: list[Period] = []
        person = people.setdefault(id_, Person(id_, institution, born, stays, []))
        if code:
            person.conditions.append(Spell(code, starts, ends))
        else:
            person.stays.append(Lived(starts, ends))
    return people


_ASKED = Given("asked", round=Uuid(), subject=Uuid(), service=String(), day=Date())
_AGAIN = Given("again", line=Uuid(), service=String())
_BEFORE = aliased(ServiceRecord)
_CORRECTED = aliased(ServiceRecord)
_READ = (ServiceRecord.on, ServiceRecord.made_at, ServiceRecord.assessment)


def _newest(subject: Any, service: Any, before: Any, *of: Any) -> Any:
    """The last reading of a service before a day."""
    return (
        select(_BEFORE.id)
        .where(
            _BEFORE.subject_id == subject,
            _BEFORE.service == service,
            _BEFORE.on < before,
            # As text: a planner takes the index only for what stands in the question as it does there.
            _BEFORE.state != literal_column("'void'"),
            _BEFORE.assessment.is_not(None),
            among(_BEFORE.medical_id, "medical"),
        )
        .order_by(_BEFORE.on.desc(), _BEFORE.made_at.desc())
        .limit(1)
        .correlate(*of)
        .scalar_subquery()
    )


_ROUND_ON = select(Round.on).where(Round.id == _ASKED["round"]).correlate(_ASKED.rows).scalar_subquery()
_DAY = func.coalesce(_ROUND_ON, _ASKED["day"])
LAST_READINGS = (
    select(_ASKED["round"], _ASKED["subject"], ServiceRecord.service, *_READ)
    .select_from(_ASKED.rows)
    .join(
        ServiceRecord,
        ServiceRecord.id == _newest(_ASKED["subject"], _ASKED["service"], _DAY, _ASKED.rows),
    )
)
_EARLIER = Prepared(
    union_all(
        LAST_READINGS,
        select(_CORRECTED.round_id, _CORRECTED.subject_id, ServiceRecord.service, *_READ)
        .select_from(_AGAIN.rows)
        .join(_CORRECTED, _CORRECTED.id == _AGAIN["line"])
        .join(
            ServiceRecord,
            ServiceRecord.id
            == _newest(_CORRECTED.subject_id, _AGAIN["service"], _CORRECTED.on, _AGAIN.rows, _CORRECTED),
        ),
    )
)


def earlier_of(actor: Actor, entries: Sequence[Entry]) -> Question[Earlier]:
    """The last readings before, of whom this batch measures: by the author's institutions, as phones show
    them. One look into an index for each service of the rules; for a correction too, which may be of a line
    that was told nothing."""
    days = {entry.round_id: clock.local_day(entry.at, _ZONE) for entry in entries if entry.kind == "check_in"}
    asked = {
        (entry.round_id, entry.payload["subject_id"], service, days.get(entry.round_id, entry.at.date()))
        for entry in entries
        if entry.kind == "record" and entry.payload["subject_id"]
        for service in _same_rules(_remembering(entry.payload["service"]))
    }
    again = {
        (entry.payload["line_id"], service)
        for entry in entries
        if entry.kind == "amend"
        for service in _same_rules(REMEMBERING)
    }
    rows = {**_ASKED.parameters(tuple(asked)), **_AGAIN.parameters(tuple(again))}
    return Question(_EARLIER, {**rows, "medical": actor.medical}, _read_earlier)


def _same_rules(named: Collection[str]) -> list[str]:
    """Services whose records are earlier readings of these rules."""
    return [code for code, rule in rules().items() if rule in named]


def _read_earlier(rows: Iterable[Cells]) -> Earlier:
    found: dict[tuple[UUID, UUID, str], Reading] = {}
    for round_id, subject, service, *reading in rows:
        key = (round_id, subject, rules()[service])
        read = Reading(*reading)
        found[key] = max(found.get(key, read), read, key=lambda each: each[:2])
    return found


_THERE = union_all(
    select(Round.institution_id).where(among(Round.id, "rounds")),
    select(Organisation.id).where(among(Organisation.id, "named")),
)
_TARGETS = Prepared(
    select(
        *(Organisation.id, CountyTarget.region, CountyTarget.policy, CountyTarget.target),
        *(CountyTarget.starts, CountyTarget.value),
    )
    .join(CountyTarget, CountyTarget.region == Organisation.region)
    .where(Organisation.id.in_(_THERE), among(Organisation.id, "reach"))
)


def targets_of(touched: Mapping[str, Any]) -> Question[dict[UUID, list[Target]]]:
    """The targets of the counties of the institutions that a batch touches."""
    return Question(_TARGETS, touched, _read_targets)


def _read_targets(rows: Iterable[Cells]) -> dict[UUID, list[Target]]:
    found: defaultdict[UUID, list[Target]] = defaultdict(list)
    for institution, *target in rows:
        found[institution].append(target_of(*target))
    return found
