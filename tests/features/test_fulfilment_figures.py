"""What the database keeps is what the engine says of the same facts, whatever happened."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from server import clock
from server.accounts.models import Account, MembershipRow
from server.agreements.events import AgreementChanged
from server.agreements.models import Agreement, CommitmentTerm, Suspension
from server.agreements.service import move_agreement
from server.auth.roles import OrganisationKind
from server.checkin.models import Poster
from server.db import db
from server.events import emit
from server.fulfilment.models import FIGURES, Obligation, exists
from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.printing import result_line
from server.fulfilment.rules.scenario import read_scenario
from server.organisations.models import Organisation
from server.residents.events import ResidentChanged
from server.residents.models import Condition, Resident
from server.rounds.models import ServiceRecord
from tests.factories.client import Client
from tests.factories.phone import Phone
from tests.factories.world import World

STARTS, DAYS = date(2026, 1, 1), 240
AS_OF = STARTS + timedelta(days=DAYS + 10)
CLAUSES: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("rounds", {"services": ["round"], "per": "week", "makeup_days": 3, "weight": 3}, 1),
    (
        "bp",
        {
            "services": ["blood_pressure"],
            "scope": "resident",
            "per": "quarter",
            "min_gap_days": 14,
            "eligible": {"min_age": 65, "any_of": ["hypertension"]},
        },
        2,
    ),
    (
        "guidance",
        {"services": ["tcm_health_guidance"], "scope": "resident", "kind": "once", "within_days": 30},
        1,
    ),
    (
        "talk",
        {
            "services": ["health_education_lecture"],
            "per": "month",
            "min_minutes": 30,
            "partial": "full",
            "makeup_days": 7,
        },
        1,
    ),
)


@dataclass
class Home:
    """One care home with its agreement, and what happened there so far."""

    world: World
    doctor: Client
    staff: Client
    place: Organisation
    poster: Poster
    residents: list[Resident]
    agreement: Agreement
    visits: list[tuple[Any, dict[Any, int]]]


Deed = tuple[str, int, int, int]  # what, on which day of the agreement, and two numbers that say which
WORDS = (
    *("visit", "visit", "visit", "confirm", "confirm", "dispute", "void", "amend"),
    *("move_out", "condition", "term", "suspend", "terminate"),
)
DEEDS = st.lists(
    st.tuples(st.sampled_from(WORDS), st.integers(0, DAYS), st.integers(0, 1000), st.integers(0, 1000)),
    min_size=3,
    max_size=16,
)


def _found(world: World, doctor: Client, staff: Client) -> Home:
    place = world.organisation(OrganisationKind.CARE, "又一家", latitude=30.2, longitude=120.1)
    known = [("hypertension", date(2020, 1, 1))]
    residents = [
        world.resident(place, name="甲", born=date(1940, 2, 29), conditions=known),
        world.resident(place, name="乙", born=date(1961, 5, 20), conditions=known),
        world.resident(place, name="丙", born=date(1950, 1, 1), moved_in=date(2026, 3, 15)),
    ]
    agreement = world.agree(world.hospital, place, number=f"随-{place.id}", clauses=CLAUSES)
    return Home(world, doctor, staff, place, world.issue_poster(place), residents, agreement, [])


def _at(day: int) -> datetime:
    return datetime(2026, 1, 1, 2, tzinfo=UTC) + timedelta(days=day)


def _visit(home: Home, day: int, first: int, second: int) -> None:
    """A round with a reading or two; who does not live there is refused, as in life."""
    phone = Phone(home.doctor, home.place.id, _at(day))
    round_id = phone.check_in(home.place, home.poster)
    lines = {round_id: 1}
    chosen = home.residents[first % 3]
    if second % 4 == 0:
        lines[phone.record("blood_pressure", chosen, {}, outcome="absent")] = 1
    else:
        lines[phone.record("blood_pressure", chosen, {"sbp": 138, "dbp": 82})] = 1
    if second % 3 == 0:
        lines[phone.record("tcm_health_guidance", chosen, {"topics": ["diet"], "text": "少盐"})] = 1
    if second % 5 == 0:
        form = {"topic": "falls", "minutes": 25 + second % 20, "attendees": 9}
        lines[phone.record("health_education_lecture", None, form)] = 1
    results = phone.sync()
    stored = {result["id"] for result in results if result["outcome"] == "stored"}
    kept = {line: version for line, version in lines.items() if str(line) in stored or line == round_id}
    if results[0]["outcome"] == "stored":
        home.visits.append((phone, kept))


def _said_by_staff(act: str) -> Callable[[Home, int, int, int], None]:
    def say(home: Home, day: int, first: int, second: int) -> None:
        if home.visits:
            visit, lines = home.visits[first % len(home.visits)]
            phone = Phone(home.staff, home.place.id, _at(day) + timedelta(hours=3))
            chosen = dict(list(lines.items())[second % 2 :])
            if chosen and act == "confirm":
                phone.confirm(visit.round_id, chosen)
            elif chosen:
                phone.dispute(visit.round_id, chosen)
            phone.sync()

    return say


def _correct(kind: str) -> Callable[[Home, int, int, int], None]:
    def correct(home: Home, day: int, first: int, second: int) -> None:
        if home.visits:
            visit, lines = home.visits[first % len(home.visits)]
            line = list(lines)[second % len(lines)]
            visit.waiting = []  # what was refused stays so
            visit.clock = max(visit.clock, _at(day) + timedelta(hours=4))
            said = {
                "line_id": str(line),
                "version": lines[line],
                "reason": "wrong_value",
                "reason_text": None,
            }
            if kind == "amend":
                said |= {"outcome": "declined", "form": {}, "form_version": None, "unusual": []}
            entry = visit.say(kind, said)
            (result,) = visit.send(visit.waiting).get_json()["results"]
            assert result["id"] == str(entry)
            if result["outcome"] == "stored":
                lines[line] += 1

    return correct


def _move_out(home: Home, day: int, first: int, second: int) -> None:
    resident = home.residents[first % 3]
    with clock.fixed(_at(day)), home.world.app.app_context():
        found = db.session.scalars(
            select(Resident).where(Resident.id == resident.id).options(selectinload(Resident.stays))
        ).one()
        gone = found.stays[-1].ends is not None or found.stays[-1].starts > _at(day).date()
    if not gone:
        with clock.fixed(_at(day)):
            on = max(_at(day - second % 9).date(), STARTS, found.stays[-1].starts)
            home.world.move_out(resident, on)


def _condition(home: Home, day: int, first: int, second: int) -> None:
    resident, since = home.residents[first % 3], _at(day - second % 30).date()
    with clock.fixed(_at(day)), home.world.work() as session:
        until = since + timedelta(days=second % 90) if second % 2 else None
        session.add(Condition(resident_id=resident.id, code="hypertension", since=since, until=until))
        emit(session, ResidentChanged(resident.id, home.place.id))


def _term(home: Home, day: int, first: int, second: int) -> None:
    """A supplementary agreement: another count from a day on."""
    commitment = home.agreement.commitments[first % len(CLAUSES)]
    with clock.fixed(_at(day)), home.world.work() as session:
        starts = _at(day).date() + timedelta(days=1)
        taken = session.scalar(
            select(CommitmentTerm.id).where(
                CommitmentTerm.commitment_id == commitment.id, CommitmentTerm.starts == starts
            )
        )
        if not taken:
            session.add(CommitmentTerm(commitment_id=commitment.id, starts=starts, count=second % 4))
            emit(session, AgreementChanged(home.agreement.id))


def _suspend(home: Home, day: int, first: int, second: int) -> None:
    with clock.fixed(_at(day)), home.world.work() as session:
        starts = _at(day - first % 20).date()
        ends = starts + timedelta(days=second % 25)
        session.add(Suspension(agreement_id=home.agreement.id, starts=starts, ends=ends, reason="流感"))
        emit(session, AgreementChanged(home.agreement.id))


def _terminate(home: Home, day: int, first: int, second: int) -> None:
    with clock.fixed(_at(day)), home.world.work() as session:
        agreement = session.get_one(Agreement, home.agreement.id)
        if agreement.state == "active" and first % 3 == 0:
            on = min(max(_at(day + second % 60).date(), agreement.starts), agreement.ends)
            move_agreement(session, None, agreement, "terminate", on, clock.now())


DO: dict[str, Callable[[Home, int, int, int], None]] = {
    "visit": _visit,
    "confirm": _said_by_staff("confirm"),
    "dispute": _said_by_staff("dispute"),
    "void": _correct("void"),
    "amend": _correct("amend"),
    "move_out": _move_out,
    "condition": _condition,
    "term": _term,
    "suspend": _suspend,
    "terminate": _terminate,
}


def _scenario(agreement: Agreement, people: list[Resident], records: list[ServiceRecord]) -> dict[str, Any]:
    """The facts as a scenario file, written without the product's own adapter."""
    return {
        "as_of": AS_OF.isoformat(),
        "agreement": {
            "starts": agreement.starts.isoformat(),
            "ends": agreement.ends.isoformat(),
            "terminated_on": agreement.terminated_on and agreement.terminated_on.isoformat(),
        },
        "suspensions": [
            {"from": each.starts.isoformat(), "to": each.ends.isoformat()} for each in agreement.suspensions
        ],
        "commitments": [
            {
                "key": each.key,
                **each.clause,
                "terms": [{"from": term.starts.isoformat(), "count": term.count} for term in each.terms],
            }
            for each in agreement.commitments
        ],
        "residents": [
            {
                "id": str(each.id),
                "born": each.born.isoformat(),
                "stays": [
                    {"from": s.starts.isoformat(), "to": s.ends and s.ends.isoformat()} for s in each.stays
                ],
                "conditions": [
                    {"code": c.code, "since": c.since.isoformat(), "until": c.until and c.until.isoformat()}
                    for c in each.conditions
                ],
            }
            for each in people
        ],
        "records": [
            {
                "service": each.service,
                "on": each.on.isoformat(),
                "state": each.state,
                "outcome": each.outcome,
                "subject": each.subject_id and str(each.subject_id),
                "minutes": each.minutes,
                "attendees": each.attendees,
            }
            for each in records
        ],
    }


def _engine(home: Home) -> dict[str, Any]:
    with home.world.app.app_context():
        session = db.session
        agreement = session.scalars(
            select(Agreement)
            .where(Agreement.id == home.agreement.id)
            .options(selectinload(Agreement.suspensions), selectinload(Agreement.commitments))
        ).one()
        for commitment in agreement.commitments:
            session.refresh(commitment, ["terms"])
        people = session.scalars(
            select(Resident)
            .where(Resident.institution_id == home.place.id)
            .options(selectinload(Resident.stays), selectinload(Resident.conditions))
        ).all()
        records = session.scalars(
            select(ServiceRecord).where(ServiceRecord.institution_id == home.place.id)
        ).all()
        scenario = _scenario(agreement, list(people), list(records))
    result: dict[str, Any] = json.loads(result_line(evaluate(read_scenario(json.dumps(scenario)))))
    return result


def _kept(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """Windows by commitment key, as obligations keep them."""
    rows = home.world.rows(
        select(Obligation).where(
            Obligation.agreement_id == home.agreement.id, Obligation.start <= AS_OF, exists()
        )
    )
    keys = {each.id: each.key for each in home.agreement.commitments}
    found: dict[str, list[tuple[Any, ...]]] = {key: [] for key in keys.values()}
    for row in rows:
        subject = str(row.resident_id) if row.resident_id else None
        days = (row.start.isoformat(), row.end.isoformat(), row.deadline.isoformat())
        found[keys[row.commitment_id]].append((subject, *days, *(getattr(row, name) for name in FIGURES)))
    return {key: sorted(windows, key=str) for key, windows in found.items()}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_obligations_are_what_the_engine_says(standing_world: World) -> None:
    """Figures of integers alone, so one database is enough; the other tests run on both."""
    world = standing_world
    with clock.fixed(_at(DAYS + 20)):
        doctor, staff = world.client(world.doctor), world.client(world.staff)
        manager = world.client(world.manager)

    @settings(max_examples=12, deadline=None)
    @given(DEEDS)
    def happens(deeds: list[Deed]) -> None:
        with clock.fixed(_at(-5)):
            home = _found(world, doctor, staff)
        with world.work() as session:
            account = session.scalars(select(Account).where(Account.login == world.staff)).one()
            held = {"account_id": account.id, "organisation_id": home.place.id, "role": "care_staff"}
            session.add(MembershipRow(**held, began_at=_at(-5)))
        for word, day, first, second in sorted(deeds, key=lambda deed: deed[1]):
            DO[word](home, day, first, second)
        expected = _engine(home)
        assert _kept(home) == {
            each["key"]: sorted(
                (
                    (
                        *(window[name] for name in ("subject", "start", "end", "deadline")),
                        *(window[name] for name in FIGURES),
                    )
                    for window in each["windows"]
                ),
                key=str,
            )
            for each in expected["commitments"]
        }
        with clock.fixed(datetime.combine(AS_OF, datetime.min.time(), UTC)):
            page = manager.json(f"/agreements/{home.agreement.id}")
        shown = {each["key"]: each for each in page["commitments"]}
        for each in expected["commitments"]:
            same = {name: value for name, value in each.items() if name.startswith("due_") or "rate" in name}
            assert {name: shown[each["key"]][name] for name in same} == same
        for name in ("confirmed_rate", "reported_rate", "rated", "of"):
            assert page[name] == expected[name], name

    happens()
