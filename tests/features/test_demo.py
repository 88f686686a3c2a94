"""The demo county: the same from the same seed, and with everything in it that people should see."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock
from server.accounts.models import Account, Clinician
from server.agreements.models import Agreement, Commitment, CommitmentTerm, Suspension
from server.app import build
from server.confirmation.models import ConfirmationAct
from server.db import Base, db
from server.demands.models import Demand
from server.demo import county, service
from server.fulfilment.models import FIGURES, Obligation, StaleStream
from server.organisations.models import Organisation
from server.publishing.models import PublishedPeriod
from server.residents.models import Condition, Resident, Stay
from server.rollups.models import StaleAgreement
from server.rounds.models import Round, ServiceRecord
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.client import Client

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
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
    select(Suspension.starts, Suspension.ends, Suspension.reason),
    select(Round.id, Round.on, Round.checked_in_at, Round.minutes, Round.grade, Round.grade_reasons),
    select(
        *(ServiceRecord.id, ServiceRecord.service, ServiceRecord.on, ServiceRecord.state),
        *(ServiceRecord.outcome, ServiceRecord.form, ServiceRecord.urgent, ServiceRecord.not_counted),
    ),
    select(ConfirmationAct.record_id, ConfirmationAct.act, ConfirmationAct.at, ConfirmationAct.reason),
    select(Demand.id, Demand.service, Demand.asked_at, Demand.answered_at),
    select(PublishedPeriod.region, PublishedPeriod.period, PublishedPeriod.headline),
    select(
        Commitment.key, Obligation.start, Obligation.end, *(getattr(Obligation, name) for name in FIGURES)
    ).join(Obligation.commitment),
)


def _made(folder: Path, seed: int, weeks: int) -> Application:
    """A county in a database and with keys of its own, as of `NOW`."""
    folder.mkdir()
    app = build(settings_for(f"sqlite:///{folder / 'demo.db'}", folder))
    with app.app_context(), clock.fixed(NOW):
        Base.metadata.create_all(db.engine)
        service.create(app, seed, weeks=weeks)
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
    digests = [_digest(_made(tmp_path / f"{seed}-{turn}", seed, 4)) for turn, seed in enumerate((1, 1, 2))]
    assert digests[0] == digests[1]
    assert digests[2] != digests[0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    app = _made(tmp_path_factory.mktemp("demo") / "whole", 1, 26)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_everything_that_people_should_see_is_there(demo: Application) -> None:
    with demo.app_context():
        rounds = db.session.scalars(select(Round)).all()
        lines = db.session.scalars(select(ServiceRecord)).all()
        weekly = db.session.scalars(
            select(Obligation).join(Obligation.commitment).where(Commitment.key == "rounds")
        ).all()
        closures = db.session.scalars(select(Suspension)).all()
        moved_out = db.session.scalars(select(Stay).where(Stay.ends.is_not(None))).all()
    states = Counter(line.state for line in lines)
    assert states["confirmed"] > states["pending"] > 0
    assert states["disputed"] >= 3
    assert {"A", "B", "C", "D"} == {each.grade for each in rounds}
    assert {"no_fix", "kiosk_clock_old"} <= {
        why for each in rounds if each.grade == "B" for why in each.grade_reasons
    }
    assert any(each.method == "manual" for each in rounds)
    assert any(line.urgent for line in lines)
    assert {line.not_counted for line in lines} == {None, "certificate_expired"}
    assert {line.outcome for line in lines} >= {"done", "declined"}
    assert any(line.service == "green_channel_emergency" for line in lines)
    due = [row for row in weekly if row.deadline < NOW.date() and row.promised]
    assert any(row.confirmed == 0 for row in due), "weeks without a round"
    assert any(row.confirmed_late for row in due), "weeks made good late"
    assert closures, "a week in which one home was closed"
    assert any(row.reported > row.confirmed for row in weekly), "rounds that nobody confirmed"
    assert moved_out
    assert max(each.on for each in rounds) < NOW.date()


def test_every_kind_of_clause_is_there_and_has_figures(demo: Application) -> None:
    """Also every way to count and to align: what a screen can show is in some agreement of the county."""
    with demo.app_context():
        clauses = [each.clause for each in db.session.scalars(select(Commitment))]
        waiting = db.session.scalar(select(func.count()).select_from(StaleStream))
        marked = db.session.scalar(select(func.count()).select_from(StaleAgreement))
        amended = select(func.count()).select_from(CommitmentTerm).group_by(CommitmentTerm.commitment_id)
        terms = max(db.session.scalars(amended))
        answered = db.session.scalars(select(Demand)).all()
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
    assert terms
    assert (waiting, marked) == (0, 0), "nothing is left to the worker"
    waits = [each.answered_at - each.asked_at for each in answered if each.answered_at]
    assert min(waits) < timedelta(minutes=30) < max(waits)


def test_what_was_published_has_been_adjusted_since(demo: Application) -> None:
    client = Client(demo)
    with clock.fixed(NOW):
        assert client.sign_in("health", county.PASSWORD).status_code == 200
        (head,) = client.json("/published")["published"]
        page = client.json(f"/published/{head['id']}")
    assert head["period"] == "2026-10"
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
    else:
        rates = [each["confirmed_rate"] for each in page["agreements"] if each["state"] != "draft"]
        assert len(rates) == {"manager": 2, "health": 3}[login]
        assert all("0.3" < rate < "1.0000" for rate in rates)
        assert rates == sorted(rates)
