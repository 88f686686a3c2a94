"""The demo county: the same from the same seed, and with everything in it that people should see."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock
from server.accounts.models import Account, Clinician
from server.agreements.models import Agreement, Amendment, Commitment, CommitmentTerm, Suspension
from server.app import build
from server.catalogue import queries as catalogue
from server.confirmation.models import ConfirmationAct, Ruling
from server.db import Base, db
from server.demands.models import Demand
from server.demo import county, service
from server.demo.deals import DEALS, Deal
from server.demo.filling import asked_about, filled, new_body, seeded
from server.followups.models import FollowUp
from server.fulfilment.models import FIGURES, Obligation, StaleStream
from server.organisations.models import Organisation
from server.photos.models import Photo
from server.publishing.models import PublishedPeriod
from server.referrals.models import Referral
from server.referrals.rules import STATES
from server.residents.models import Condition, Resident, Stay
from server.rollups.models import StaleAgreement
from server.rounds.models import Participant, RecordVersion, Round, ServiceRecord
from server.sync.models import Device, LedgerEntry
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.client import Client

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WEEKS = 13  # half of what `xunyue demo create` makes: all there is to see is there by then
SIX_PARTS = "integrated_elder_service"  # recorded as its six parts
# What the county says to people. Ids that phones made come from the seed, too; the server's own do not, nor
# do its keys, and what is sealed, hashed or signed with them.
CONTENT: tuple[Any, ...] = (
    select(Organisation.kind, Organisation.name, Organisation.latitude, Organisation.created_at),
    select(Account.login, Account.name, Account.created_at),
    select(Clinician.certificate_number, Clinician.category, Clinician.valid_from, Clinician.valid_until),
    select(Resident.name, Resident.search, Resident.sex, Resident.born, Resident.bed, Resident.consented_on),
    select(Resident.name, Resident.bed, Stay.starts, Stay.ends, Stay.reason).join(Stay.resident),
    select(Resident.name, Resident.bed, Condition.code, Condition.since).join(Condition.resident),
    select(Agreement.number, Agreement.state, Agreement.signed_on, Agreement.starts, Agreement.ends),
    select(Round.id, Round.on, Round.checked_in_at, Round.minutes, Round.grade, Round.grade_reasons),
    select(
        *(ServiceRecord.id, ServiceRecord.service, ServiceRecord.on, ServiceRecord.state),
        *(ServiceRecord.outcome, ServiceRecord.form, ServiceRecord.urgent, ServiceRecord.not_counted),
    ),
    select(ConfirmationAct.record_id, ConfirmationAct.act, ConfirmationAct.at, ConfirmationAct.reason),
    select(Referral.id, Referral.state, Referral.requested_at),
    select(PublishedPeriod.region, PublishedPeriod.period, PublishedPeriod.headline),
    select(
        Commitment.key, Obligation.start, Obligation.end, *(getattr(Obligation, name) for name in FIGURES)
    ).join(Obligation.commitment),
)


def _made(folder: Path, seed: int, weeks: int, deals: tuple[Deal, ...]) -> Application:
    """A county in a database and with keys of its own, as of `NOW`."""
    folder.mkdir()
    app = build(settings_for(f"sqlite:///{folder / 'demo.db'}", folder))
    with app.app_context(), clock.fixed(NOW):
        Base.metadata.create_all(db.engine)
        service.create(app, seed, weeks=weeks, deals=deals)
    return app


def _digest(app: Application) -> str:
    digest = hashlib.sha256()
    with app.app_context():
        for statement in CONTENT:
            rows = sorted(repr(tuple(row)) for row in db.session.execute(statement))
            assert rows, statement
            digest.update("\n".join(rows).encode())
        db.engine.dispose()
    return digest.hexdigest()


def test_the_same_seed_makes_the_same_county(tmp_path: Path) -> None:
    """With other keys, too; another seed makes another."""
    two = DEALS[:2]
    digests = [
        _digest(_made(tmp_path / f"{seed}-{turn}", seed, 4, two)) for turn, seed in enumerate((1, 1, 2))
    ]
    assert digests[0] == digests[1]
    assert digests[2] != digests[0]


@pytest.mark.parametrize("form", sorted(set(catalogue.forms()) - {SIX_PARTS}))
def test_every_form_is_filled_in_as_it_asks_to_be(form: str) -> None:
    random, day = seeded(form), date(2026, 11, 20)
    for conditions in ((), ("hypertension", "disabled"), ("type2_diabetes", "disabled", "bedridden")):
        body = new_body(random, "female", frozenset(conditions))
        drawn = [filled(random, form, day, body) for _ in range(12)]
        assert len({repr(values) for values in drawn}) > 1, "values differ"
        for values in drawn:
            judgement = catalogue.judges()[form](values, day)
            assert not judgement.errors, values
            assert not judgement.urgent, values
            assert not asked_about(form, values, day), values


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Made once for the tests below, which only read."""
    app = _made(tmp_path_factory.mktemp("demo") / "whole", 1, WEEKS, DEALS)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_a_county_of_6_and_12_institutions_and_600_residents(demo: Application) -> None:
    with demo.app_context():
        counted = select(Organisation.region, Organisation.kind, func.count()).group_by(
            Organisation.region, Organisation.kind
        )
        places = {(region, kind): count for region, kind, count in db.session.execute(counted)}
        there = select(Organisation.region, func.count()).join(
            Resident, Resident.institution_id == Organisation.id
        )
        residents = dict(iter(db.session.execute(there.group_by(Organisation.region))))
        served = set(db.session.scalars(select(Agreement.institution_id).where(Agreement.state == "active")))
    assert (places[county.REGION, "medical"], places[county.REGION, "care"]) == (6, 12)
    assert residents[county.REGION] == 600
    assert len(served) == 12 + 1, "and one home in the county beside it"


def test_every_form_is_in_use(demo: Application) -> None:
    with demo.app_context():
        recorded = set(db.session.scalars(select(ServiceRecord.service).distinct()))
        filled_in = select(ServiceRecord.service).where(ServiceRecord.outcome == "done")
        done = set(db.session.scalars(filled_in.distinct()))
    assert recorded == done == set(catalogue.services()) - {SIX_PARTS}
    forms = {catalogue.services()[code].form for code in done} - {None}
    assert forms == set(catalogue.forms()) - {SIX_PARTS}
    assert done >= set(catalogue.forms()[SIX_PARTS]["parts"])


def test_rounds_are_shown_in_every_way(demo: Application) -> None:
    with demo.app_context():
        rounds = db.session.scalars(select(Round)).all()
        joined = db.session.scalars(select(Participant)).all()
        weekly = db.session.scalars(
            select(Obligation).join(Obligation.commitment).where(Commitment.key == "rounds")
        ).all()
    assert {"A", "B", "C", "D"} == {each.grade for each in rounds}
    assert {"no_fix", "kiosk_clock_old"} <= {
        why for each in rounds if each.grade == "B" for why in each.grade_reasons
    }
    assert {each.method for each in rounds} == {"rotating", "poster", "short_code", "manual"}
    assert any(each.checked_out_at is None for each in rounds), "one that was not checked out of"
    assert any(each.received_at - each.checked_in_at > timedelta(days=1) for each in rounds), "no signal"
    assert max(each.on for each in rounds) < NOW.date()
    assert joined
    due = [row for row in weekly if row.deadline < NOW.date() and row.promised]
    assert any(row.confirmed == 0 for row in due), "weeks without a round"
    assert any(row.confirmed_late for row in due), "weeks made good late"
    assert any(row.reported > row.confirmed for row in weekly), "rounds that nobody confirmed"


def test_lines_stand_in_every_way(demo: Application) -> None:
    with demo.app_context():
        lines = db.session.scalars(select(ServiceRecord)).all()
        late = set(db.session.scalars(select(RecordVersion.late_reason).distinct()))
        reasons = set(db.session.scalars(select(RecordVersion.reason).distinct()))
        photos = db.session.scalar(select(func.count()).select_from(Photo))
        closures = db.session.scalar(select(func.count()).select_from(Suspension))
        moved_out = db.session.scalar(select(func.count()).select_from(Stay).where(Stay.ends.is_not(None)))
    states = Counter(line.state for line in lines)
    assert states["confirmed"] > states["pending"] > 0
    assert states["void"]
    assert {line.not_counted for line in lines} == {None, "certificate_expired"}
    assert {line.outcome for line in lines} == {"done", "declined", "absent", "elsewhere"}
    assert any("readings" in line.form for line in lines)
    assert late >= {"result_arrived_later", "written_on_paper"}
    assert reasons >= {"wrong_value", "entered_twice"}
    assert photos
    assert closures
    assert moved_out


def test_disputes_end_in_every_way(demo: Application) -> None:
    with demo.app_context():
        acts = Counter(db.session.scalars(select(ConfirmationAct.act)))
        rulings = db.session.scalars(select(Ruling)).all()
        open_ones = db.session.scalars(
            select(ServiceRecord.id).where(ServiceRecord.state == "disputed")
        ).all()
        upheld = set(db.session.scalars(select(ConfirmationAct.record_id).filter_by(act="uphold")))
    assert acts["dispute"] > acts["uphold"] > 0
    assert {each.party for each in rulings} == {"medical", "care", "regulator"}
    assert any(each.settles for each in rulings)
    assert set(open_ones) & upheld, "one that waits for a ruling"
    assert set(open_ones) - upheld, "one that waits for its clinician"


def test_referrals_and_follow_ups_are_in_every_state(demo: Application) -> None:
    with demo.app_context():
        referrals = db.session.scalars(select(Referral)).all()
        duties = db.session.scalars(select(FollowUp)).all()
        answered = db.session.scalars(select(Demand).where(Demand.answered_at.is_not(None))).all()
    assert {each.state for each in referrals} == set(STATES)
    assert {each.direction for each in referrals} == {"green_channel", "up", "down"}
    assert {each.state for each in referrals if each.from_id} >= {"requested", "closed"}, "sent back"
    today = clock.local_day(NOW, "Asia/Shanghai")
    assert any(each.state == "open" and each.due_on < today for each in duties), "overdue"
    assert any(each.state == "open" and each.due_on >= today for each in duties), "due"
    assert any(each.state == "done" for each in duties)
    waits = [each.answered_at - each.asked_at for each in answered if each.answered_at]
    assert min(waits) < timedelta(minutes=30) < max(waits)


def test_what_is_rare_is_there(demo: Application) -> None:
    with demo.app_context():
        lines = db.session.scalars(select(ServiceRecord).where(ServiceRecord.state != "void")).all()
        duties = set(db.session.scalars(select(FollowUp.state).distinct()))
    codes = {rule["code"] for form in catalogue.forms().values() for rule in form.get("urgent", ())}
    assert {code for line in lines for code in line.urgent} == codes
    assert duties == {"open", "done", "void"}
    offers = ("offer_green_channel", "offer_follow_up")
    assert any({line.form.get(offer) for offer in offers} == {"declined"} for line in lines)
    found = [line.assessment for line in lines if line.assessment]
    assert {code for each in found for code in each.get("adjusted", ())} == {
        *("coma", "mental_diagnosis", "risk_events")
    }
    levels = {(each["rule"], each["level"]) for each in found if "level" in each}
    care = {"independent", "mild", "moderate", "dependent"}
    assert levels == {*(("ability", level) for level in range(5)), *(("self_care", level) for level in care)}


def test_agreements_are_in_every_state(demo: Application) -> None:
    with demo.app_context():
        agreements = db.session.scalars(select(Agreement)).all()
        amendments = set(db.session.scalars(select(Amendment.state)))
        targets = [line.assessment for line in db.session.scalars(select(ServiceRecord)) if line.assessment]
    assert {each.state for each in agreements} == {"draft", "active", "terminated"}
    soon = NOW.date() + timedelta(days=30)
    assert any(each.state == "active" and NOW.date() <= each.ends <= soon for each in agreements)
    assert amendments == {"signed", "proposed"}
    assert any(each.get("county") for each in targets), "the county's own target"


def test_every_kind_of_clause_is_there_and_has_figures(demo: Application) -> None:
    """Also every way to count and to align: what a screen can show is in some agreement of the county."""
    with demo.app_context():
        clauses = [each.clause for each in db.session.scalars(select(Commitment))]
        waiting = db.session.scalar(select(func.count()).select_from(StaleStream))
        marked = db.session.scalar(select(func.count()).select_from(StaleAgreement))
        amended = select(func.count()).select_from(CommitmentTerm).group_by(CommitmentTerm.commitment_id)
        terms = max(db.session.scalars(amended))
    assert {clause.get("kind", "periodic") for clause in clauses} == {"periodic", "once", "on_demand"}
    assert {clause.get("match", "any") for clause in clauses} == {"any", "all"}
    assert {clause.get("count_by", "day") for clause in clauses} == {"day", "record"}
    assert {clause.get("align", "calendar") for clause in clauses} == {"calendar", "anniversary"}
    assert {clause.get("partial", "prorate") for clause in clauses} == {"prorate", "full", "whole"}
    assert {"week", "month", "quarter", "half_year", "year", "term"} <= {each.get("per") for each in clauses}
    assert any(clause.get("every") == 2 for clause in clauses)
    assert any(
        "respond_within_minutes" in each and each["respond_within_minutes"] is None for each in clauses
    )
    assert terms > 1
    assert (waiting, marked) == (0, 0), "nothing is left to the worker"


def test_what_went_wrong_waits_for_managers(demo: Application) -> None:
    with demo.app_context():
        refused = Counter(db.session.scalars(select(LedgerEntry.code).filter_by(outcome="refused")))
        repaired = db.session.scalars(select(LedgerEntry).filter_by(outcome="repaired")).all()
        silent = db.session.scalars(select(Device).where(Device.waiting > 0)).all()
    assert set(refused) == {"invalid", "not_a_resident", "unknown_round"}
    assert repaired
    assert silent


def test_what_was_published_has_been_adjusted_since(demo: Application) -> None:
    client = Client(demo)
    with clock.fixed(NOW):
        assert client.sign_in("health", county.PASSWORD).status_code == 200
        published = client.json("/published")["published"]
        (head,) = [each for each in published if each["period"] == "2026-10"]
        page = client.json(f"/published/{head['id']}")
    assert page["adjustments"]


@pytest.mark.parametrize(
    ("login", "path"),
    [("manager", "/agreements"), ("health", "/agreements"), ("doctor", "/sync"), ("staff", "/sync")],
)
def test_everybody_can_sign_in_and_has_something_to_see(demo: Application, login: str, path: str) -> None:
    client = Client(demo)
    with clock.fixed(NOW):
        assert client.sign_in(login, county.PASSWORD).status_code == 200
        page = client.json(path)
    if path == "/sync":
        assert page["residents"]
        assert page["owed"]
        assert page["rounds"]
        return
    rates = [each["confirmed_rate"] for each in page["agreements"] if each["state"] != "draft"]
    assert len(rates) == {"manager": 3, "health": 13}[login]
    assert rates == sorted(rates)
    if login == "health":
        assert rates[0] < "0.5", "one does badly"
        assert rates[-1] > "0.85", "and some do well"
